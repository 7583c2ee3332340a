"""One head and one token's way through its layer, opened: every step by hand, held against the model's own numbers.

Knows no model: a room hands over a block of nn/heads.py, what the layer read, and the numbers its model has.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from playground.core.checks import check_place
from playground.core.words import Wrong
from playground.nn import heads

MOST_AROUND = 24  # tokens whose rows and columns are sent; beyond, a stretch around the chosen one


def around(at: int, count: int, most: int = MOST_AROUND) -> tuple[int, int]:
    """A stretch of at most `most` tokens with `at` in the middle, as far as there is text on both sides.

    >>> around(1, 10, 4), around(5, 10, 4), around(9, 10, 4)
    ((0, 4), (3, 7), (6, 10))
    """
    start = max(0, min(at - most // 2, count - most))
    return start, min(count, start + most)


@dataclass(frozen=True)
class Kind:
    """How this layer and head work, where models differ."""

    factor: float  # q.k is multiplied by it
    activation: str
    causal: bool
    before: bool  # normalisations stand before attention and feed-forward
    parallel: bool  # the feed-forward reads what the attention reads
    centred: bool  # LayerNorm; else RMSNorm
    window: int  # so many of the last tokens are seen; 0: all
    slope: float | None  # ALiBi's, of this head
    sharing: tuple[int, int]  # heads [first, stop) that read the same keys and values as this one


def kind(weights: heads.Block, head: int) -> Kind:
    a = weights.attention
    return Kind(
        factor=a.factor,
        activation=weights.activation,
        causal=a.causal,
        before=weights.before,
        parallel=weights.parallel,
        centred=weights.norm_attention.centred,
        window=a.window,
        slope=a.slope(head),
        sharing=a.sharing(head),
    )


Spreads = dict[str, tuple[np.ndarray, np.ndarray]]  # gain [width], and what each vector is divided by [stretch]


@dataclass(frozen=True, eq=False)
class Inside:
    """One head at work on a stretch of the text, and one token on its way through the layer."""

    around: tuple[int, int]  # [start, stop) of the stretch; `head` has a row for each of its tokens
    inputs: np.ndarray  # [stretch feature], what the layer reads
    reads: np.ndarray  # [stretch feature], what its attention reads of that
    moments: tuple[np.ndarray, np.ndarray]  # [stretch] each: what the norm between them takes away, divides by
    head: heads.Head
    steps: heads.Steps  # of the looking token alone
    norms: tuple[heads.Scaling, heads.Scaling]  # the first and the second of the layer, of the looking token
    angles: tuple[np.ndarray, np.ndarray] | None  # cos and sin [stretch pair]; None: nothing is turned
    spreads: Spreads  # of "queries" and of "keys"; empty where they have no norms of their own
    kind: Kind
    differences: dict[str, float]  # step -> max |by hand - the model's own|
    compared: int  # numbers
    largest: float  # of these numbers; what float32 rounds off grows with them


def inside(
    weights: heads.Block,
    x: np.ndarray,  # [token feature], what the layer read
    head: int,
    query: int,
    own: Callable[[range], dict[str, np.ndarray]],  # the model's own numbers for a stretch, by the names of `numbers`
    last: Callable[[np.ndarray], np.ndarray] = lambda output: output,  # what the model does to its last layer's output
) -> Inside:
    start, stop = around(query, len(x))
    stretch, a = range(start, stop), weights.attention
    reads = weights.reads(x)
    one, steps = heads.head(a, reads, head, stretch), heads.block(weights, x, [query])
    mean, deviation = weights.norm_attention.moments(x[start:stop])
    told, by_hand = own(stretch), numbers(one, steps, query - start)
    by_hand["output"] = last(by_hand["output"])
    return Inside(
        around=(start, stop),
        inputs=x[start:stop].copy(),
        reads=reads[start:stop].copy(),
        moments=(mean[:, 0], deviation[:, 0]),
        head=one,
        steps=steps,
        norms=scalings(weights, steps),
        angles=None if a.turning is None else (a.turning.cos[start:stop], a.turning.sin[start:stop]),
        spreads=spreads(a, one, start, stop),
        kind=kind(weights, head),
        differences={name: float(np.abs(by_hand[name] - told[name]).max()) for name in told},
        compared=sum(array.size for array in told.values()),
        largest=max(float(np.abs(array).max()) for array in told.values()),
    )


def words_of(logits: np.ndarray, word: int, most: int = 8) -> tuple[int, ...]:
    """Ids of the `most` best of logits [word], best first, then `word` if it is not among them; -1 is none."""
    best = [int(i) for i in np.argsort(-logits, kind="stable")[:most]]
    return tuple([*best, word] if word not in (-1, *best) else best)


def spreads(a: heads.Attention, one: heads.Head, start: int, stop: int) -> Spreads:
    if a.norm_query is None or a.norm_key is None:
        return {}
    keys = one.answered.projected[start:stop]
    return {
        "queries": (a.norm_query.gain.copy(), a.norm_query.moments(one.asked.projected)[1][:, 0]),
        "keys": (a.norm_key.gain.copy(), a.norm_key.moments(keys)[1][:, 0]),
    }


def scalings(weights: heads.Block, steps: heads.Steps) -> tuple[heads.Scaling, heads.Scaling]:
    """Of the layer's two normalisations, for the first token of `steps`."""
    first, second = (steps.input, steps.middle) if weights.before else (steps.middle, steps.total)
    if weights.parallel:
        second = steps.input
    return weights.norm_attention.scaling(first[0]), weights.norm_output.scaling(second[0])


def numbers(one: heads.Head, steps: heads.Steps, row: int) -> dict[str, np.ndarray]:
    """The steps by their names; `row`: the looking token's in the stretch."""
    gate = {} if steps.gate is None else {"gate": steps.gate[0]}
    return {
        "queries": one.queries,
        "keys": one.keys,
        "values": one.values,
        "weights": one.weights,
        "mixed": one.mixed[row],
        "attended": steps.heads.output[0],
        "normed": steps.normed[0],
        "up": steps.up[0],
        **gate,
        "active": steps.active[0],
        "down": steps.down[0],
        "output": steps.output[0],
    }


# ---- one number, spelled out


@dataclass(frozen=True, eq=False)
class Spot:
    """One number of a step: which row (token, head) and which column (feature, key), counted from 0."""

    step: str
    row: Any
    column: Any


def spelled(weights: heads.Block, x: np.ndarray, told: Inside, place: tuple[int, int], spot: Spot) -> heads.Sum:
    """The sum behind it; `place`: head and looking token. Raises Wrong for rows and columns that do not exist."""
    return STEPS[spot.step](weights, x, told, place, spot)


def _projected(weights: heads.Block, x: np.ndarray, told: Inside, place: tuple[int, int], spot: Spot) -> heads.Sum:
    """Number `column` of the query, key or value of token `row`, before any turning."""
    attention = weights.attention
    check_place("token", "词元", spot.row, len(x))
    check_place("feature", "特征", spot.column, attention.width)
    own = attention.own if spot.step == "queries" else attention.shared
    maps = {"queries": attention.query, "keys": attention.key, "values": attention.value}
    return heads.spelled(maps[spot.step].rows(own(place[0])), weights.reads(x[[spot.row]])[0], spot.column)


def _product(weights: heads.Block, x: np.ndarray, told: Inside, place: tuple[int, int], spot: Spot) -> heads.Sum:
    """q.k of two tokens, the first one in the stretch."""
    start, stop = told.around
    check_place("token", "词元", spot.row, stop)
    check_place("token", "词元", spot.column, len(x))
    check_place("row", "行", spot.row - start, stop - start)
    return heads.dotted(told.head.queries[spot.row - start], told.head.keys[spot.column])


def _mixed(weights: heads.Block, x: np.ndarray, told: Inside, place: tuple[int, int], spot: Spot) -> heads.Sum:
    """Number `column` of what the head takes together: weights times values over all tokens up to the last one seen."""
    check_place("feature", "特征", spot.column, weights.attention.width)
    row = place[1] - told.around[0]
    seen = slice(0, int(np.flatnonzero(~told.head.hidden[row])[-1]) + 1)
    return heads.dotted(told.head.weights[row, seen], told.head.values[seen, spot.column])


def _share(weights: heads.Block, x: np.ndarray, told: Inside, place: tuple[int, int], spot: Spot) -> heads.Sum:
    """Number `column` of what head `row` adds."""
    attention = weights.attention
    check_place("head", "头", spot.row, attention.heads)
    check_place("feature", "特征", spot.column, len(attention.output.weight))
    mixed = heads.head(attention, weights.reads(x), spot.row, [place[1]]).mixed[0]
    return heads.dotted(mixed, attention.output.weight[spot.column, attention.own(spot.row)])


def _forward(weights: heads.Block, x: np.ndarray, told: Inside, place: tuple[int, int], spot: Spot) -> heads.Sum:
    """Number `column` of one of the feed-forward's maps."""
    mine = {"up": weights.up, "gate": weights.gate, "down": weights.down}[spot.step]
    if mine is None:
        raise Wrong("This layer has no gate.", "这一层没有门。")
    check_place("feature", "特征", spot.column, len(mine.weight))
    return heads.spelled(mine, told.steps.active[0] if spot.step == "down" else told.steps.normed[0], spot.column)


STEPS: dict[str, Callable[[heads.Block, np.ndarray, Inside, tuple[int, int], Spot], heads.Sum]] = {
    **dict.fromkeys(("queries", "keys", "values"), _projected),
    "products": _product,
    "mixed": _mixed,
    "shares": _share,
    **dict.fromkeys(("up", "gate", "down"), _forward),
}
