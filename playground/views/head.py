"""One attention head and one token's way through its layer, as a frame of bytes; knows no model.

What travels: the stretch of text around the looking token in full, for all tokens only the looking token's row of
scores, and of the weighted sum the strongest terms and the rest as one. Twelve heads of 64 numbers at width 768 take
0.3 MB, however long the text is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from playground.nn.heads import Head, Scaling, Steps, Sum
from playground.nn.inside import Inside
from playground.nn.places import Place
from playground.views import frame

TERMS = 12  # of the weighted sum; the others share one, unless it is only one
FIRST = 3  # products of a sum that are written out at its beginning; at its end there is one
LARGEST = 3  # products of a sum that are told besides


def payload(
    one: Head,
    steps: Steps,
    norms: tuple[Scaling, Scaling],
    inputs: np.ndarray,  # [stretch feature]
    around: tuple[int, int],
    query: int,
    told: Mapping[str, Any],
    key: int = -1,
    more: Mapping[str, np.ndarray] | None = None,
) -> bytes:
    """`one` has a row for each token of the stretch `around`, `steps` for the token `query` alone.

    `key` is a token to have among the terms of the weighted sum. `told` goes into the head as it is, `more` among the
    arrays.
    """
    start, stop = around
    row, here = query - start, slice(start, stop)
    seen = np.flatnonzero(~one.hidden[row] | (np.arange(len(one.keys)) == key))
    shown = seen[strongest(one.weights[row, seen], int(np.searchsorted(seen, key)) if key >= 0 else -1)]
    rest = np.setdiff1d(seen, shown)
    masked = np.where(one.hidden, -np.inf, one.scores)
    tops = masked.max(-1)
    arrays = {
        "inputs": inputs,
        "queries": one.queries,
        "keys": one.keys[here],
        "values": one.values[here],
        "products": one.products[:, here],
        "scores": one.scores[:, here],
        "weights": one.weights[:, here],
        "tops": tops,
        "powers": np.exp(masked - tops[:, None]).sum(-1),
        "row_products": one.products[row],
        "row_scores": one.scores[row],
        "row_weights": one.weights[row],
        "parts": one.weights[row, shown, None] * one.values[shown],
        "rest": one.weights[row, rest] @ one.values[rest],
        "mixed": one.mixed[row],
        "shares": steps.heads.shares[:, 0],
        "bias": steps.heads.bias,
        "attended": steps.heads.output[0],
        **{name: getattr(steps, name)[0] for name in STEPS},
        **_norms(norms),
        **(more or {}),
    }
    floats = {name: array.astype(np.float32) for name, array in arrays.items()}
    marks = {
        "hidden": one.hidden[:, here].astype(np.uint8),
        "row_hidden": one.hidden[row].astype(np.uint8),
        "shown": shown.astype(np.int32),
    }
    about = {
        "around": around,
        "query": query,
        "restWeight": float(one.weights[row, rest].sum()),
        "restCount": len(rest),
        "norms": [[norm.mean, norm.deviation] for norm in norms],
    }
    return frame.payload({**told, **about}, {**floats, **marks})


def opened(told: Inside, place: Place, key: object = -1) -> bytes:
    """What payload gives, how the layer works and how far that is from the model's own numbers; and what only some
    models have: gates, turned or normalised queries and keys."""
    about = {
        "layer": place.layer,
        "head": place.head,
        **asdict(told.kind),
        "differences": told.differences,
        "compared": told.compared,
        "largest": told.largest,
    }
    query, key = place.query, key if isinstance(key, int) else -1
    args = told.head, told.steps, told.norms, told.inputs, told.around, query, about, key
    return payload(*args, more=_more(told))


def _more(told: Inside) -> dict[str, np.ndarray]:
    one, here = told.head, slice(*told.around)
    more: dict[str, np.ndarray] = {}
    if told.kind.before:
        more |= {"reads": told.reads, "reads_mean": told.moments[0], "reads_deviation": told.moments[1]}
    if told.steps.gate is not None:
        more["gate"] = told.steps.gate[0]
    for name, (gain, deviation) in told.spreads.items():
        more |= {f"{name}_gain": gain, f"{name}_deviation": deviation}
    if told.spreads:
        more |= {"queries_normed": one.asked.normed, "keys_normed": one.answered.normed[here]}
    if told.angles is not None:
        more |= {"cos": told.angles[0], "sin": told.angles[1]}
    if told.spreads or told.angles is not None:
        more |= {"queries_projected": one.asked.projected, "keys_projected": one.answered.projected[here]}
    return more


STEPS = ("input", "middle", "normed", "up", "active", "down", "total", "output")


def _norms(norms: Sequence[Scaling]) -> dict[str, np.ndarray]:
    return {f"{name}{i}": getattr(norm, name) for i, norm in enumerate(norms) for name in ("gain", "shift")}


def strongest(weights: np.ndarray, key: int = -1, most: int = TERMS) -> np.ndarray:
    """Places of the largest weights in the order of the text; `key` is among them.

    >>> strongest(np.array([0.1, 0.5, 0.2, 0.2]), most=2), strongest(np.array([0.1, 0.5, 0.2, 0.2]), 0, most=2)
    (array([1, 2]), array([0, 1]))
    """
    best = np.argsort(-weights, kind="stable")[: most if len(weights) > most + 1 else None]
    if 0 <= key < len(weights) and key not in best:
        best[-1] = key
    return np.sort(best)


def readout(told: Mapping[str, Any], norm: Scaling | None, arrays: Mapping[str, np.ndarray]) -> bytes:
    """A token's vector from layer to layer, and what the last one is read as; some models do not normalise it."""
    norms = () if norm is None else (norm,)
    about = {"norms": [[norm.mean, norm.deviation] for norm in norms]}
    both = {**arrays, **_norms(norms)}
    return frame.payload({**told, **about}, {name: array.astype(np.float32) for name, array in both.items()})


def spelled(total: Sum) -> dict[str, Any]:
    """A sum as one writes it: its first products, its last, the largest, the bias, the value.

    >>> spelled(Sum(np.ones(6), np.arange(6.0), 0.5, 15.5))["last"]
    [5, 1.0, 5.0, 5.0]
    """
    products = total.products
    count = len(products)
    first = [_product(total, i) for i in range(min(FIRST, count))]
    last = _product(total, count - 1) if count > FIRST else None
    largest = np.argsort(-np.abs(products), kind="stable")[:LARGEST]
    return {
        "first": first,
        "last": last,
        "between": max(0, count - FIRST - 1),
        "terms": count,
        "largest": [_product(total, int(i)) for i in largest],
        "bias": total.bias,
        "value": total.value,
    }


def _product(total: Sum, at: int) -> list[Any]:
    return [at, float(total.inputs[at]), float(total.weights[at]), float(total.products[at])]
