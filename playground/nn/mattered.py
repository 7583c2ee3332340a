"""Which inputs mattered, from attention alone, and how far several answers to that agree. Knows no model.

Rollout and flow: Abnar & Zuidema, "Quantifying Attention Flow in Transformers" (2020). Lengths of what is moved:
Kobayashi et al., "Attention is Not Only a Weight" (2020).
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from playground.core.words import Text, Wrong

W = TypeVar("W", bound=Hashable)

RESIDUAL = 0.5  # share of a token that passes a layer untouched, as in Abnar & Zuidema
UNITS = 10**9  # whole units of flow in 1.0: the library counts in whole numbers below 2^31


def mixed(weights: np.ndarray, residual: float = RESIDUAL) -> np.ndarray:
    """[layer query key]: attention (one matrix per layer, not negative) and the residual path; rows sum to 1."""
    rows = weights.astype(np.float64)
    rows = rows / np.maximum(rows.sum(-1, keepdims=True), np.finfo(float).tiny)
    return (1 - residual) * rows + residual * np.eye(rows.shape[-1])


def rollout(layers: np.ndarray) -> np.ndarray:
    """[query key]: how much of each input is in each output, if layers [layer query key] only mix; rows sum to 1.

    >>> rollout(np.array([[[1.0, 0.0], [0.5, 0.5]], [[0.5, 0.5], [0.0, 1.0]]]))
    array([[0.75, 0.25],
           [0.5 , 0.5 ]])
    """
    through = layers[0]
    for layer in layers[1:]:
        through = layer @ through
    return through


def flow(layers: np.ndarray, query: int, keys: Iterable[int]) -> np.ndarray:
    """[key]: the most that can flow from output `query` to each of the inputs `keys` if weights are widths of pipes.

    Each input is asked for by itself: the flows do not sum to 1. Off by less than 1e-6 through whole units.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_flow

    depth, count, _ = layers.shape
    wide = np.rint(layers * UNITS).astype(np.int32)
    above, here, below = np.nonzero(wide)  # layer, query, key
    places = ((above + 1) * count + here, above * count + below)
    nodes = (depth + 1) * count
    pipes = csr_array((wide[above, here, below], places), shape=(nodes, nodes), dtype=np.int32)
    return np.array([maximum_flow(pipes, depth * count + query, key).flow_value / UNITS for key in keys])


def moved(weights: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """[query key]: the length of what a query takes from a key, all heads together.

    weights [head query key], vectors [head key feature]: a key's value after the head's share of the output projection.
    """
    products = np.einsum("hjd,gjd->jhg", vectors, vectors, optimize=True)  # [key head head], float64
    half = np.einsum("hij,jhg->gij", weights, products, optimize=True)
    return np.sqrt(np.maximum(0, (half * weights).sum(0)))


# ---- how far several answers agree


@dataclass(frozen=True, eq=False)
class Agreement:
    """Between methods, by the strength (absolute value) they give; correlations are NaN where one finds all equally
    strong."""

    spearman: np.ndarray  # [method method], correlation of ranks
    kendall: np.ndarray  # [method method], tau-b
    common: np.ndarray  # [method method], how many of the strongest `most` they share; NaN where one has no such set
    tops: tuple[tuple[int, ...], ...]  # per method the strongest `most`, strongest first; fewer where the rest tie
    tied: tuple[int, ...]  # per method, how many tie for the places that are left; 0 where none is
    most: int


def agreement(scores: np.ndarray, most: int = 3) -> Agreement:
    """scores [method unit], signed or not."""
    strength = np.abs(scores)
    most = min(most, scores.shape[1])
    tops, tied = zip(*(strongest(row, most) for row in strength), strict=True)
    shared = lambda one, other: float(len({*one} & {*other}) if len(one) == len(other) == most else "nan")  # noqa: E731
    return Agreement(_pairs(spearman, strength), _pairs(kendall, strength), _pairs(shared, tops), tops, tied, most)


def strongest(strength: np.ndarray, most: int) -> tuple[tuple[int, ...], int]:
    """Which are among the strongest `most` whoever counts, and how many tie for the places that this leaves.

    >>> strongest(np.array([1.0, 5.0, 1.0, 4.0, 1.0]), 2), strongest(np.array([1.0, 5.0, 1.0, 4.0, 1.0]), 3)
    (((1, 3), 0), ((1, 3), 3))
    """
    order = np.argsort(-strength, kind="stable")
    tied = strength == strength[order[most - 1]]
    if (strength >= strength[order[most - 1]]).sum() == most:
        return tuple(order[:most].tolist()), 0
    return tuple(i for i in order[:most].tolist() if not tied[i]), int(tied.sum())


R = TypeVar("R")


def _pairs(alike: Callable[[R, R], float], rows: Iterable[R]) -> np.ndarray:
    return np.array([[alike(one, other) for other in rows] for one in rows])


def ranks(values: np.ndarray) -> np.ndarray:
    """From 1; equals share the mean of their ranks.

    >>> ranks(np.array([3.0, 1.0, 3.0]))
    array([2.5, 1. , 2.5])
    """
    _, groups, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[groups]


def spearman(one: np.ndarray, other: np.ndarray) -> float:
    a, b = (ranks(row) - (len(row) + 1) / 2 for row in (one, other))
    return _share(float(a @ b), float(a @ a), float(b @ b))


def kendall(one: np.ndarray, other: np.ndarray) -> float:
    """tau-b: pairs in the same order less pairs in the opposite one, over those that are no ties."""
    a, b = (np.sign(row[:, None] - row) for row in (one, other))
    return _share(float((a * b).sum()), float((a * a).sum()), float((b * b).sum()))


def _share(both: float, one: float, other: float) -> float:
    return both / np.sqrt(one * other) if one and other else float("nan")


# ---- several methods, each in parts, as they are ready


@dataclass(frozen=True)
class Part(Generic[W]):
    """One part of a method's work; parts are counted from 0."""

    why: W  # what is asked, settled
    method: str
    at: int


@dataclass(frozen=True)
class Step:
    """So many parts of a method are done."""

    method: str
    done: int
    parts: int


@dataclass(frozen=True, eq=False)
class Score:
    """What one method says; 0 for tokens that it cannot take away."""

    method: str
    tokens: np.ndarray  # [token]
    words: np.ndarray  # [word], pieces summed; occlusion hides them together


@dataclass(frozen=True)
class Refused:
    """A method that cannot be asked here, and why."""

    method: str
    why: Text


def told(
    methods: Sequence[str],
    parts: Callable[[str], int],  # of a method; raises Wrong where it cannot be asked
    part: Callable[[str, int], np.ndarray],
    gather: Callable[[str, list[np.ndarray]], Score],
) -> Iterator[Step | Score | Refused]:
    """Every method, told after every part."""
    for method in methods:
        try:
            count = parts(method)
        except Wrong as wrong:
            yield Refused(method, wrong.text)
            continue
        found = []
        for at in range(count):
            found.append(part(method, at))
            yield Step(method, at + 1, count)
        yield gather(method, found)


def gathered(
    method: str, found: list[np.ndarray], units: Sequence[tuple[int, ...]], words: Sequence[tuple[int, ...]], count: int
) -> Score:
    """The parts of a method put together; `units`: what occlusion hid together, `count`: how many tokens there are."""
    if method == "occlusion":
        return unhidden(np.concatenate(found) if found else np.zeros(0), units, words, count)
    return summed(method, np.sum(found, 0) if method == "integrated" else np.concatenate(found), words)


def unhidden(
    drops: np.ndarray, units: Sequence[tuple[int, ...]], words: Sequence[tuple[int, ...]], count: int
) -> Score:
    """What occlusion found for `units` (pieces hidden together) as a score of `count` tokens and of the `words`."""
    by_unit = dict(zip(units, drops.tolist(), strict=True))
    tokens = np.array([by_unit.get((at,), 0.0) for at in range(count)])
    return Score("occlusion", tokens, np.array([by_unit.get(pieces, 0.0) for pieces in words]))


def summed(method: str, tokens: np.ndarray, words: Sequence[tuple[int, ...]]) -> Score:
    return Score(method, tokens, np.array([tokens[list(pieces)].sum() for pieces in words]))


@dataclass(frozen=True, eq=False)
class Accord:
    """How far the methods agree, over tokens (or words) that all of them can rate."""

    methods: tuple[str, ...]
    places: tuple[int, ...]  # tokens, or numbers of words
    told: Agreement


def accord(scores: Sequence[Score], places: Sequence[int], words: bool) -> Accord | None:
    """None where fewer than two places or methods are left to compare."""
    if len(places) < 2 or len(scores) < 2:
        return None
    table = np.stack([(score.words if words else score.tokens)[list(places)] for score in scores])
    return Accord(tuple(score.method for score in scores), tuple(places), agreement(table))
