"""Which inputs mattered, for the browser: lines of JSON, one for each thing that is ready."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from playground.nn.mattered import Accord, Refused, Score, Step


def line(**said: Any) -> bytes:
    return json.dumps(said, allow_nan=False, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def stream(
    about: Mapping[str, Any],
    told: Iterable[Step | Score | Refused],
    ends: Callable[[], tuple[float, float]],
    accord: Callable[[list[Score], bool], Accord | None],
    rated: Sequence[str],
) -> Iterator[bytes]:
    """What is asked, steps, scores, and after each score how far those so far agree.

    `rated`: between what methods are compared, "tokens", "words" or both; `accord` is told whether between words.
    """
    yield line(about=about)
    scores: list[Score] = []
    for one in told:
        if isinstance(one, Step):
            yield line(step=asdict(one))
        elif isinstance(one, Score):
            scores.append(one)
            yield line(score=score(one, ends))
            yield line(accord={name: agreed(accord(scores, name == "words")) for name in rated})
        else:
            yield line(refused={"method": one.method, "why": one.why.payload()})


def score(one: Score, ends: Callable[[], tuple[float, float]]) -> dict[str, Any]:
    """`ends`: what is asked of the text and of the baseline, between which integrated gradients add up."""
    said: dict[str, Any] = {"method": one.method, "tokens": one.tokens.tolist(), "words": one.words.tolist()}
    if one.method == "integrated":
        end, start = ends()
        total = float(one.tokens.sum())
        said |= {"end": end, "start": start, "sum": total, "error": total - (end - start)}
    return said


def agreed(told: Accord | None) -> dict[str, Any] | None:
    if told is None:
        return None
    return {
        "methods": told.methods,
        "places": told.places,
        "spearman": numbers(told.told.spearman),
        "kendall": numbers(told.told.kendall),
        "common": numbers(told.told.common),
        "tops": [[told.places[i] for i in top] for top in told.told.tops],
        "tied": told.told.tied,
        "most": told.told.most,
    }


def numbers(table: np.ndarray) -> list[list[float | None]]:
    """null where equals leave nothing to say."""
    return [[float(value) if np.isfinite(value) else None for value in row] for row in table]
