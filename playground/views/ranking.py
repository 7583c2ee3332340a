"""A ranking for the browser: bars that add up to one, and a text with gaps to try the candidates in."""

from collections.abc import Iterable, Sequence
from typing import Any

from playground.core.parts import Ranking


def payload(ranking: Ranking, ids: Iterable[int] = (), logits: Iterable[float] = ()) -> dict[str, Any]:
    """`rest` is what the candidates not listed share, `others` their number; ids and logits belong to the labels."""
    return {
        "labels": ranking.labels,
        "scores": [float(score) for score in ranking.scores],
        "rest": ranking.rest,
        "others": ranking.others,
        "ids": list(ids),
        "logits": [float(value) for value in logits],
    }


def sentence(text: str, gaps: Sequence[tuple[int, int]]) -> list[str | int]:
    """Pieces of text and, where a gap is, its number.

    >>> sentence("a [MASK] c", [(2, 8)])
    ['a ', 0, ' c']
    """
    parts: list[str | int] = []
    at = 0
    for number, (start, end) in enumerate(gaps):
        parts += [text[at:start], number]
        at = max(at, end)
    parts.append(text[at:])
    return [part for part in parts if part != ""]
