"""What the page is told once: choices and their names, a glance at each data set and feature, trainings to try."""

import base64
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from playground.core.words import Text
from playground.data import points, tables
from playground.families.mlp.config import (
    ACTIVATIONS,
    EXTENT,
    FEATURES,
    KINDS,
    LAYERS,
    OPTIMIZERS,
    SCHEDULES,
    TASKS,
    Config,
)
from playground.families.mlp.examples import features_of
from playground.families.mlp.frame import signed
from playground.families.mlp.presets import EMBEDDED, PRESETS

THUMB, FEATURE = 140, 16  # points of a data set's thumbnail; side of a feature's
UNITS = 16  # in a layer, as the page offers them


@cache
def offered() -> dict[str, Any]:
    return {
        "defaults": Config().payload(),
        "kinds": {key: _kind(key) for key in KINDS},
        "tasks": _texts(TASKS),
        "activations": _texts(ACTIVATIONS),
        "optimizers": _texts(OPTIMIZERS),
        "schedules": _texts(SCHEDULES),
        "features": {key: _feature(key, name) for key, name in FEATURES.items()},
        "presets": [
            {
                "key": key,
                "title": preset.title.payload(),
                "see": preset.see.payload(),
                "config": preset.config,
                "speed": preset.speed,
            }
            for key, preset in PRESETS.items()
        ]
        + [
            {"key": key, "title": preset.title.payload(), "see": preset.see.payload(), "model": key}
            for key, preset in EMBEDDED.items()
        ],
        "most": {"layers": LAYERS, "units": UNITS},
    }


def _texts(options: Mapping[str, Text]) -> dict[str, dict[str, str]]:
    return {key: option.payload() for key, option in options.items()}


def _kind(key: str) -> dict[str, Any]:
    kind = KINDS[key]
    return {
        "title": kind.title.payload(),
        "plane": kind.plane,
        "task": kind.task,
        "classes": kind.classes,
        "thumb": _thumb(key),
    }


def packed(values: np.ndarray) -> str:
    """Base64 of an array's bytes."""
    return base64.b64encode(values.tobytes()).decode("ascii")


def _thumb(key: str) -> dict[str, Any] | None:
    """A few real points (int8, 127 at the edge), the first digit, or nothing for one's own data."""
    if key in points.MAKERS:
        made = points.make(key, THUMB)
        task = KINDS[key].task
        values = made.y if task == "classes" else made.y * 127
        return {"task": task, "x": packed(np.rint(made.x / EXTENT * 127).astype(np.int8)), "y": _int8(values)}
    if key == "digits":
        return {"pixels": packed(np.rint(tables.digits().x[2] * 255).astype(np.uint8)), "size": tables.SIDE}
    if key in ("iris", "wine"):
        table = {"iris": tables.iris, "wine": tables.wine}[key]()
        two = table.x[:, [-1, -2]] if key == "iris" else table.x[:, [6, -1]]
        low, high = two.min(0), two.max(0)
        return {"task": "classes", "x": _int8(((two - low) / (high - low) * 2 - 1) * 115), "y": _int8(table.y)}
    return None


def _int8(values: np.ndarray) -> str:
    return packed(np.rint(np.clip(values, -127, 127)).astype(np.int8))


def _feature(key: str, name: str) -> dict[str, Any]:
    """A feature as it lies over the plane, its largest value 127."""
    along = ((np.arange(FEATURE) + 0.5) / FEATURE * 2 - 1) * EXTENT
    x2, x1 = np.meshgrid(-along, along, indexing="ij")
    values = features_of((key,), np.stack([x1.ravel(), x2.ravel()], 1))[:, 0]
    return {"name": name, "size": FEATURE, "map": packed(signed(values, float(np.abs(values).max())))}
