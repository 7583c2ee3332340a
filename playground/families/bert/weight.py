"""One attention weight, opened: the query, the key, their products, and every score the softmax compares."""

from dataclasses import dataclass, replace

import numpy as np
import torch

from playground.core import store
from playground.core.memo import memo
from playground.core.words import Wrong, shown
from playground.families.bert.model import open_bert, projections
from playground.families.bert.trace import Request, forward, whole


@dataclass(frozen=True)
class Look:
    """One weight to open: layer, head, query and key counted from 0."""

    request: Request
    layer: int
    head: int
    query: int
    key: int

    def __post_init__(self) -> None:
        for at in (self.layer, self.head, self.query, self.key):
            if not whole(at):
                raise Wrong(
                    f"There is no place {shown(at)}: places are whole numbers, counted from 0.",
                    f"没有 {shown(at)} 这个位置：位置是从 0 数起的整数。",
                )


@dataclass(frozen=True, eq=False)
class Arithmetic:
    """How one attention weight comes about: softmax(query . keys / root)[key]."""

    query: np.ndarray  # [feature]
    key: np.ndarray  # [feature]
    products: np.ndarray  # [feature]
    total: float  # their sum
    root: float  # square root of the number of features
    scores: np.ndarray  # [key], of this query with every key, divided by `root`
    weights: np.ndarray  # [key], softmax of the scores; sums to 1


@memo(256)
def arithmetic(look: Look) -> Arithmetic:
    """From the layer's own projections; the model does not run again. Raises Wrong for places that do not exist."""
    done = forward(replace(look.request, top=1))
    facts, count = done.facts, len(done.encoded.tokens)
    check_place("layer", "层", look.layer, facts.layers)
    check_place("head", "头", look.head, facts.heads)
    check_place("query token", "查询词元", look.query, count)
    check_place("key token", "键词元", look.key, count)
    with store.using(look.request.model, open_bert) as bert, torch.inference_mode():
        own = slice(look.head * facts.width, (look.head + 1) * facts.width)
        to_query, to_key = projections(bert.net, look.layer)
        states = torch.tensor(done.states[look.layer])
        query = (states[look.query] @ to_query.weight[own].T + to_query.bias[own]).numpy()
        keys = (states @ to_key.weight[own].T + to_key.bias[own]).numpy()
    root = float(np.sqrt(facts.width))
    scores = keys.astype(np.float64) @ query / root
    weights = np.exp(scores - scores.max())
    products = query * keys[look.key]
    return Arithmetic(
        query, keys[look.key].copy(), products, float(products.sum(dtype=np.float64)), root, scores,
        weights / weights.sum(),
    )  # fmt: skip


def check_place(en: str, zh: str, at: object, count: int) -> None:
    if not whole(at) or not 0 <= at < count:  # type: ignore[operator]
        raise Wrong(
            f"There is no {en} {shown(at)}: this model and text have {count}, counted from 0.",
            f"没有{zh} {shown(at)}：这里共有 {count} 个，从 0 数起。",
        )
