"""One attention weight, opened: query and key, turned if the model turns them, their products, and every score the
softmax compares."""

from dataclasses import dataclass

import numpy as np

from playground.nn import heads
from playground.nn.places import Look


@dataclass(frozen=True, eq=False)
class Weight:
    """How one attention weight comes about; float64 throughout."""

    query: heads.Vectors  # one row
    key: heads.Vectors  # one row
    products: np.ndarray  # [feature], of the turned ones
    total: float  # their sum
    scores: np.ndarray  # [key], of this query with every key
    hidden: np.ndarray  # [key], bool: may not be looked at
    weights: np.ndarray  # [key]; sums to 1
    factor: float  # `total` is multiplied by it
    slope: float | None  # ALiBi's, of this head
    window: int  # so many of the last tokens are seen; 0: all
    sharing: tuple[int, int]  # heads [first, stop) that read the same keys and values


def opened(attention: heads.Attention, reads: np.ndarray, look: Look) -> Weight:
    """`reads` [token feature]: what the attention reads."""
    one = heads.head(attention, reads, look.head, [look.query])
    return Weight(
        query=one.asked,
        key=heads.Vectors(*(each[[look.key]] for each in vars(one.answered).values())),
        products=one.queries[0] * one.keys[look.key],
        total=float(one.products[0, look.key]),
        scores=one.scores[0],
        hidden=one.hidden[0],
        weights=one.weights[0],
        factor=attention.factor,
        slope=attention.slope(look.head),
        window=attention.window,
        sharing=attention.sharing(look.head),
    )
