"""What hidden states say when they are read with a model's own head for words (nostalgebraist 2020, "logit lens")."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from playground.core.chances import ranked
from playground.core.parts import Ranking

TOP = 5


@dataclass(frozen=True, eq=False)
class Lens:
    """What every layer says at one place; row 0 reads the input embeddings, the last row is the model's answer."""

    position: int
    rankings: tuple[Ranking, ...]  # [row]
    ids: tuple[tuple[int, ...], ...]  # [row], of the ranking's labels
    entropy: np.ndarray  # [row], bits
    final: str  # the token that is followed: the model's first choice, unless another was asked for
    final_id: int
    final_rank: np.ndarray  # [row], 1 is the first place
    final_chance: np.ndarray  # [row]
    truth: str | None  # what stands there in truth, if that is known
    truth_id: int | None
    truth_rank: np.ndarray | None  # [row]
    truth_chance: np.ndarray | None  # [row]
    difference: float  # largest difference between the last row's logits and the model's
    vocabulary: int


def read(
    spell: Callable[[int], str], position: int, logits: np.ndarray, final: int, truth: int | None, difference: float
) -> Lens:
    """`logits` [row vocabulary], each row as the head reads that layer."""
    logs = logits.astype(np.float64)
    logs -= logs.max(-1, keepdims=True)
    logs -= np.log(np.exp(logs).sum(-1, keepdims=True))
    chances = np.exp(logs)
    rankings, ids = zip(*(ranked(spell, row, TOP) for row in chances), strict=True)
    rank = lambda id: 1 + (logits > logits[:, [id]]).sum(-1)  # noqa: E731
    return Lens(
        position=position,
        rankings=rankings,
        ids=ids,
        entropy=-(chances * logs).sum(-1) / np.log(2),
        final=spell(final),
        final_id=final,
        final_rank=rank(final),
        final_chance=chances[:, final],
        truth=None if truth is None else spell(truth),
        truth_id=truth,
        truth_rank=None if truth is None else rank(truth),
        truth_chance=None if truth is None else chances[:, truth],
        difference=difference,
        vocabulary=logits.shape[-1],
    )
