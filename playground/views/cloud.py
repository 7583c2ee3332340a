"""Clouds for the browser: labelled points, and the same points again in other frames (layers, steps, ways to draw)."""

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np

from playground.core.parts import Cloud


def packed(values: np.ndarray, kind: str = "<f4") -> str:
    """The numbers of an array in base64, row by row; `kind` is a dtype the page knows."""
    return base64.b64encode(np.ascontiguousarray(values, kind).tobytes()).decode()


def frame(cloud: Cloud) -> str:
    """The points [point axis] as little-endian float32 in base64."""
    return packed(cloud.points)


def payload(clouds: Sequence[Cloud]) -> dict[str, Any]:
    """Labels and groups are those of the first cloud; all must have as many points and axes."""
    first = clouds[0]
    if any(cloud.points.shape != first.points.shape for cloud in clouds):
        raise ValueError(f"clouds of different shapes: {[cloud.points.shape for cloud in clouds]}")
    return {
        "labels": first.labels,
        "groups": first.groups or (0,) * len(first.labels),
        "axes": first.points.shape[1],
        "frames": [frame(cloud) for cloud in clouds],
    }
