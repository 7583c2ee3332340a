"""What layers say and where tokens stand in them, for the browser."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

import numpy as np

from playground.core.atlas import Atlas
from playground.core.parts import Cloud
from playground.nn.lens import Lens
from playground.views import cloud, ranking, tokens


def lens(told: Lens) -> dict[str, Any]:
    names = ("position", "final", "final_id", "truth", "truth_id", "difference", "vocabulary")
    curves = ("entropy", "final_rank", "final_chance", "truth_rank", "truth_chance")
    return {
        **{name: getattr(told, name) for name in names},
        **{name: _listed(getattr(told, name)) for name in curves},
        "rows": [ranking.payload(row, ids) for row, ids in zip(told.rankings, told.ids, strict=True)],
    }


def heard(told: Any) -> dict[str, Any]:
    """What a fine-tuned head says of every layer."""
    return {**asdict(told), "chances": told.chances.tolist()}


def frames(unfolding: Iterable[tuple[Cloud, float]]) -> Iterator[bytes]:
    """A line of JSON for each layer, as it is ready."""
    for drawn, faithful in unfolding:
        yield json.dumps({"frame": cloud.frame(drawn), "faithful": faithful}).encode() + b"\n"


def _listed(values: np.ndarray | None) -> list[float] | None:
    return None if values is None else values.tolist()


def atlas(told: Atlas) -> dict[str, Any]:
    quiet = tokens.quiet(told.tokens)
    return {
        **cloud.payload(told.clouds),
        "places": told.places,
        "quiet": [quiet[at] for at in told.places],
        "kept": told.kept.tolist(),
        "best": told.best.tolist(),
        "near": cloud.packed(told.near.indices, "<u2"),  # [row point neighbour]
        "cosines": cloud.packed(told.near.cosines),  # of the same shape
        "neighbours": told.near.indices.shape[-1],
        "faithful": told.faithful.tolist(),
        "compared": told.compared,
        "moved": cloud.packed(told.moved),  # [row point]
        "features": told.features,
    }
