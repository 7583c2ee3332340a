"""One picture of a training for the page: figures, weights, a small map of every unit, and what the open tab shows.

`view` says what is looked at: {unit: [layer, unit], tab, example, warp, race}. What it asks for in vain is left out.
"""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from playground.families.mlp import sight
from playground.families.mlp.config import Config
from playground.families.mlp.examples import Data
from playground.families.mlp.net import answer, forward, layers_of
from playground.families.mlp.state import Net, State, figures

Head = dict[str, Any]
Arrays = dict[str, np.ndarray]
BIG = 50  # side of the large map; of each of several classes less
SIDES = ((16, 20), (40, 14), (10_000, 10))  # (units at most, side of their maps): a frame stays small
CURVE, SPARK = 200, 60  # points of a curve in its tab, and beside the network
FEW = 16  # inputs of which each is drawn
EXAMPLES = 40  # single test examples to click
LINES, DOTS = 11, 600  # of the warped space: each way, and training points
SETTINGS = ("rate", "activation", "optimizer", "l1", "l2", "dropout", "batch", "schedule", "length", "factor")


def frame(state: State, view: Mapping[str, Any]) -> tuple[Head, Arrays]:
    if view.get("race"):
        return race(state)
    head, arrays = _net(state)
    head |= _figures(state)
    parts = [_plane(state, view) if state.data.plane else _rows(state, view), _tab(state, view)]
    for more, pictures in parts:
        head |= more
        arrays |= pictures
    return head, arrays


@lru_cache(64)
def data_key(config: Config) -> str:
    """Changes when other examples are learned from."""
    names = ("data", "task", "classes", "points", "noise", "share", "own", "csv", "target", "seed", "features")
    return hashlib.sha256(repr([getattr(config, name) for name in names]).encode()).hexdigest()[:12]


def outputs(state: State) -> list[str]:
    data = state.data
    if data.loss == "logistic":
        return [f"p({data.classes[1]})"]
    return list(data.classes) or [data.target]


def _net(state: State) -> tuple[Head, Arrays]:
    config, data, layers = state.config, state.data, sight.weights(state)
    head = {
        "data": data_key(config),
        "task": config.learns,
        "plane": data.plane,
        "classes": data.classes,
        "loss_kind": data.loss,
        "inputs": () if data.side else data.inputs,  # pixels have no names worth sending
        "outputs": outputs(state),
        "sizes": state.shape.sizes,
        "picture": data.side,
        "epoch": state.epoch,
        "altered": state.altered,
        "settings": {name: getattr(config, name) for name in SETTINGS},
    }
    weights = np.concatenate([matrix.ravel() for matrix, _ in layers])
    biases = np.concatenate([bias for _, bias in layers])
    return head, {"weights": weights.astype(np.float32), "biases": biases.astype(np.float32)}


def _figures(state: State) -> Head:
    train_loss, test_loss, train, test = map(_number, figures(state, state.nets[0]))
    return {"loss": {"train": train_loss, "test": test_loss}, "right": {"train": train, "test": test}}


def _number(value: float) -> float | None:
    """JSON knows finite numbers only."""
    return float(value) if np.isfinite(value) else None


def curve(net: Net, most: int) -> np.ndarray:
    """float32 [point 5]: updates, training and test loss, scores of both; the last point always."""
    rows = np.array(net.curve, np.float32)
    return rows[np.unique(np.linspace(0, len(rows) - 1, min(most, len(rows))).round().astype(int))]


# ---- the plane


def signed(maps: np.ndarray, most: float) -> np.ndarray:
    """int8: 127 is `most`, -127 its opposite."""
    return np.rint(np.clip(maps / (most or 1), -1, 1) * 127).astype(np.int8)


def _plane(state: State, view: Mapping[str, Any]) -> tuple[Head, Arrays]:
    side = next(side for units, side in SIDES if sum(state.shape.sizes) <= units)
    small = sight.grid(state, side)
    layers = [small.inputs, *small.layers]
    scales = [_most(layer) for layer in layers]
    maps = [signed(layer, most) for layer, most in zip(layers, scales, strict=True)]
    values = state.config.learns == "values"
    scales.append(_most(small.output) if values else 1.0)
    maps.append(signed(small.output, scales[-1]))
    big = sight.grid(state, BIG if len(small.output) == 1 else 40)
    plane = signed(big.output, scales[-1]) if values else np.rint(np.clip(big.output, 0, 1) * 255).astype(np.uint8)
    head = {
        "map_side": side,
        "scales": [*scales[:-1], scales[-1] * (state.data.y_spread if values else 1)],  # in the units of the data
        "share_from": None if values else sum(state.shape.sizes[:-1]),
    }
    arrays = {"maps": np.concatenate(maps), "plane": plane}
    unit = _unit(view.get("unit"), state.shape.sizes)
    if unit and unit[0] < len(layers):
        arrays["unit"] = signed([big.inputs, *big.layers][unit[0]][unit[1]], scales[unit[0]])
        head["unit"] = unit
    return head, arrays


def _most(values: np.ndarray) -> float:
    return max(float(np.abs(values).max()), 1e-6) if np.isfinite(values).all() else 1.0


def _unit(value: Any, sizes: tuple[int, ...]) -> tuple[int, int] | None:
    if not isinstance(value, list) or len(value) != 2 or not all(type(part) is int for part in value):
        return None
    layer, unit = value
    return (layer, unit) if 0 <= layer < len(sizes) and 0 <= unit < sizes[layer] else None


# ---- tables and pictures


def _rows(state: State, view: Mapping[str, Any]) -> tuple[Head, Arrays]:
    test, data, wish = state.data.test, state.data, view.get("example")
    example = wish if type(wish) is int and 0 <= wish < len(test) else 0
    given = forward(state.shape, layers_of(state.nets[0].flat, state.shape.sizes), test.x[example : example + 1].T)
    said = answer(data.loss, given[-1])[:, 0]
    layers = [test.x[example, :-1], *(part[:, 0] for part in given[:-1]), said]
    head: Head = {"map_side": 0, "share_from": None, "scales": [_most(layer) for layer in layers], "said": None}
    arrays = {"acts": np.concatenate(layers).astype(np.float32)}
    if data.classes:
        shares = [1 - said[0], said[0]] if data.loss == "logistic" else said
        best = int(np.argmax(shares))
        head["said"] = {"label": data.classes[best], "share": _number(shares[best])}
        arrays["confusion"] = sight.confusion(state).astype(np.int32)
    else:
        arrays["pairs"] = pairs(state)
        truth, value = arrays["pairs"][example]
        head["said"] = {"value": _number(value), "truth": _number(truth)}
    return head, arrays


def pairs(state: State, part: str = "test") -> np.ndarray:
    """float32 [example 2]: the true value and the one said, as they stand in the data."""
    data = state.data
    truth = sight.part_of(state, part).y * data.y_spread + data.y_centre
    return np.stack([truth, sight.answers(state, part).values[:, 0]], 1).astype(np.float32)


# ---- the open tab


def _tab(state: State, view: Mapping[str, Any]) -> tuple[Head, Arrays]:
    name = view.get("tab")
    head: Head = {}
    arrays: Arrays = {"curves": curve(state.nets[0], CURVE if name == "curves" else SPARK)}
    if name == "confusion" and state.data.classes:
        arrays |= {f"confusion_{part}": sight.confusion(state, part).astype(np.int32) for part in ("train", "test")}
    elif name == "confusion":
        arrays["pairs"] = pairs(state)
    elif name == "gradients":
        head["health"] = [_health(layer) for layer in sight.health(state)]
    elif name == "warp":
        return _warp(state, view.get("warp"), arrays)
    return head, arrays


def _health(layer: sight.Health) -> Head:
    return {
        "gradient": _number(layer.gradient),
        "weight": _number(layer.weight),
        "move": _number(layer.move),
        "ratio": _number(layer.ratio),
        "dead": layer.dead.tolist(),
        "full": [round(float(share), 4) for share in layer.full],
    }


def _warp(state: State, wish: Any, arrays: Arrays) -> tuple[Head, Arrays]:
    last = len(state.shape.sizes) - 1
    layer = wish if type(wish) is int and 0 <= wish <= last else max(0, last - 1)
    seen = sight.warp(state, layer, lines=LINES, points=33)
    half = {"lines": seen.lines.astype(np.float16), "dots": seen.dots[:DOTS].astype(np.float16)}
    marks = _marks(state.data)[:DOTS].astype(np.float16)
    return {"warp": {"layer": layer, "axes": seen.axes, "kept": _number(seen.kept)}}, arrays | half | {"marks": marks}


def _marks(data: Data) -> np.ndarray:
    """[example] what each training example teaches: its class, or its value by the largest of them."""
    if data.classes:
        return data.train.y
    values = data.train.y * data.y_spread + data.y_centre
    return values / (np.abs(values).max() or 1.0)


# ---- several nets that started alike


def race(state: State) -> tuple[Head, Arrays]:
    config, side = state.config, 24
    head: Head = {
        "task": config.learns,
        "plane": state.data.plane,
        "classes": state.data.classes,
        "loss_kind": state.data.loss,
        "racers": [{"optimizer": net.optimizer, "rate": net.rate, **_racer(state, net)} for net in state.nets],
    }
    arrays: Arrays = {f"curve_{i}": curve(net, CURVE) for i, net in enumerate(state.nets)}
    if state.data.plane:
        for i in range(len(state.nets)):
            output = sight.grid(state, side, i).output
            values = config.learns == "values"
            arrays[f"map_{i}"] = (
                signed(output, _most(output)) if values else np.rint(np.clip(output, 0, 1) * 255).astype(np.uint8)
            )
    return head, arrays


def _racer(state: State, net: Net) -> Head:
    names = ("train_loss", "test_loss", "train", "test")
    return dict(zip(names, map(_number, figures(state, net)), strict=True)) | {"lost": bool(net.lost)}
