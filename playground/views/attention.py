"""Attention for the browser: where to look first, and the weights as a stream of bytes.

A layer travels as one block: its number (uint32), the largest weight of every row (float32 [head query]), then every
weight as a share of its row's largest (uint16 [head query key]). The error stays below 1e-5, so that four digits are
right; 12 heads of 128 tokens take 0.38 MiB. All numbers are little-endian.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from playground.core.parts import Attention
from playground.nn.weight import Weight

STEPS = 65_535


def block(attention: Attention, layer: int) -> bytes:
    """One layer.

    >>> uniform = Attention(np.full((1, 2, 3, 3), 1 / 3, np.float32), ("a",) * 3, ("a",) * 3)
    >>> len(block(uniform, 0)) == 4 + 2 * 3 * 4 + 2 * 3 * 3 * 2
    True
    """
    weights = attention.weights[layer]  # [head query key]
    largest = weights.max(-1)
    shares = np.rint(weights * (STEPS / np.maximum(largest, 1e-30))[..., None])
    return b"".join(
        (np.uint32(layer).astype("<u4").tobytes(), largest.astype("<f4").tobytes(), shares.astype("<u2").tobytes())
    )


def stream(attention: Attention, first: int = 0) -> Iterator[bytes]:
    """Every layer once, `first` before the others."""
    layers = len(attention.weights)
    for layer in [first, *(layer for layer in range(layers) if layer != first)]:
        yield block(attention, layer)


def read_block(data: bytes, heads: int, queries: int, keys: int) -> tuple[int, np.ndarray]:
    """The number of the layer and its weights [head query key]: the inverse of `block`."""
    rows = heads * queries
    largest = np.frombuffer(data, "<f4", rows, 4).reshape(heads, queries, 1)
    shares = np.frombuffer(data, "<u2", rows * keys, 4 + 4 * rows).reshape(heads, queries, keys)
    return int(np.frombuffer(data, "<u4", 1)[0]), largest * (shares / np.float32(STEPS))


def telling(attention: Attention, quiet: Sequence[bool], query: int | None = None) -> tuple[int, int, int, int]:
    """Layer, head, query and key of the strongest look from one word at another one further off than its neighbours.

    `quiet` marks tokens that say little, such as punctuation: they count neither as query nor as key, unless no other
    is left. `query` fixes the row.
    """
    count = len(attention.queries)
    loud = np.array([not q for q in quiet])
    near = np.abs(np.subtract.outer(np.arange(count), np.arange(count)))
    fixed = np.arange(count) == query if query is not None else loud
    for least in (2, 1, 0):
        allowed = (near >= least) & loud & fixed[:, None]
        if allowed.any():
            break
    else:
        allowed = np.ones((count, count), bool)
    best = np.where(allowed, attention.weights, -1).argmax()
    layer, head, row, column = np.unravel_index(best, attention.weights.shape)
    return int(layer), int(head), int(row), int(column)


def payload(attention: Attention, quiet: Sequence[bool], query: int | None = None) -> dict[str, Any]:
    layers, heads, count, _ = attention.weights.shape
    return {"layers": layers, "heads": heads, "count": count, "pick": telling(attention, quiet, query)}


def arithmetic(told: Weight) -> dict[str, Any]:
    """How one weight comes about; scores of keys that may not be looked at are null. Numbers keep the digits that a
    float32 has."""
    query, key = told.query, told.key
    vectors = {"query": query.turned[0], "key": key.turned[0], "products": told.products, "weights": told.weights}
    if query.projected is not query.turned:
        vectors |= {"query_plain": query.projected[0], "key_plain": key.projected[0]}
    scores = zip(_digits(told.scores), told.hidden, strict=True)
    return {
        **{name: _digits(vector) for name, vector in vectors.items()},
        "total": told.total,
        "root": 1 / told.factor,
        "scores": [None if hidden else score for score, hidden in scores],
        "normed": query.normed is not query.projected,
        "turned": query.turned is not query.normed,
        "slope": told.slope,
        "window": told.window,
        "sharing": told.sharing,
    }


def _digits(values: np.ndarray) -> list[float]:
    return [float(f"{x:.8g}") for x in values]
