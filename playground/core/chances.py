"""From a model's scores to probabilities, how unsure they are, and the best of them."""

from collections.abc import Callable

import numpy as np

from playground.core.parts import Ranking


def softmax(logits: np.ndarray) -> np.ndarray:
    """Over the last axis, in float64; -inf gets no probability.

    >>> softmax(np.array([0.0, np.log(3), -np.inf]))
    array([0.25, 0.75, 0.  ])
    """
    powers = np.exp(logits.astype(np.float64) - logits.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def entropy(chances: np.ndarray) -> float:
    """Of one distribution, in bits.

    >>> entropy(np.array([0.5, 0.25, 0.25, 0.0]))
    1.5
    """
    there = chances[chances > 0].astype(np.float64)
    return float(-(there * np.log2(there)).sum())


def ranked(spell: Callable[[int], str], chances: np.ndarray, top: int) -> tuple[Ranking, tuple[int, ...]]:
    """The `top` most probable of `chances` [choice], as `spell` writes them, and their numbers; ties keep their order.

    >>> ranked("abc".__getitem__, np.array([0.25, 0.5, 0.25]), 2)[0].labels
    ('b', 'a')
    """
    best = tuple(int(id) for id in np.argsort(-chances, kind="stable")[:top])
    scores = chances[list(best)]
    rest = max(0.0, 1.0 - float(scores.sum()))
    labels = tuple(spell(id) for id in best)
    return Ranking(labels, scores.astype(np.float32), rest, len(chances) - len(best)), best
