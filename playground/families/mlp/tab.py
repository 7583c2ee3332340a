"""The MLP room: a training that lives while its page does; settings from the page in, pictures out."""

import base64
import binascii
import csv
import io
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from playground.core.words import Wrong, shown
from playground.data import tables
from playground.families.mlp import change, export, sight
from playground.families.mlp.arithmetic import Layer, Rule, Walk, open_step
from playground.families.mlp.config import CLASSES, TASKS, Config, read
from playground.families.mlp.frame import EXAMPLES, data_key, frame
from playground.families.mlp.glance import offered, packed
from playground.families.mlp.model import MODELS
from playground.families.mlp.state import State, begin, figures, steps
from playground.ui import live
from playground.ui.widget import Widget
from playground.views.tiles import text

OPENED, TELLING = 64, 8  # inputs of which one step is opened number by number; of more, so many for each unit
Question = dict[str, Any]


def build() -> None:
    """One widget; its script begins the first training itself."""
    Widget("mlp", offered())


# ---- the training


def begin_(question: Question) -> State:
    """From settings, from the weights in `file` (safetensors in base64), or from an embedded `model`."""
    if question.get("file"):
        return export.from_safetensors(_decoded(question["file"]))
    model = question.get("model")
    if model is None:
        return begin(read(question))
    if not isinstance(model, str) or model not in MODELS:
        raise Wrong(f"There is no embedded net {shown(model)!r}.", f"没有名为 {shown(model)!r} 的内置网络。")
    return MODELS[model].open(MODELS[model].folder)


def _decoded(file: Any) -> bytes:
    try:
        return base64.b64decode(file, validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise Wrong("The file did not arrive whole.", "文件没有完整传到。") from None


def change_(state: State, question: Question) -> None:
    """`set`: other settings; `weight`: {layer, unit, source, value}."""
    weight, settings = question.get("weight"), question.get("set")
    if isinstance(weight, Mapping):
        layer, unit, source, value = (weight.get(name) for name in ("layer", "unit", "source", "value"))
        change.edit(state, layer, unit, source, value)  # type: ignore[arg-type]  # which judges what came
    elif isinstance(settings, Mapping):
        change.alter(state, settings)
    else:
        raise Wrong("A change is `set` or `weight`.", "修改应为 `set` 或 `weight`。")


def single(state: State, question: Question) -> None:
    """One update by the training example `single` alone, as `opened` shows it."""
    given = question["single"]
    change.learn(state, given.get("example", -1) if isinstance(given, Mapping) else -1)


ROOM = live.LiveRoom(begin_, steps, frame, change_, single)


# ---- questions about it


def points_(question: Question) -> Mapping[str, Any]:
    """The examples it learns from, the training ones first; of tables the first test examples."""
    with live.held(question, ROOM) as run:
        state: State = run.state
        data, said = state.data, {"data": data_key(state.config), "plane": state.data.plane}
        return said | (_points(state) if data.plane else _examples(state))


def _points(state: State) -> dict[str, Any]:
    train, test = state.data.train, state.data.test
    y = np.concatenate([train.y, test.y]) * state.data.y_spread + state.data.y_centre
    return {
        "task": state.config.learns,
        "classes": len(state.data.classes),
        "most": float(np.abs(y).max()) or 1.0,
        "x": text(np.concatenate([train.raw, test.raw])),
        "y": text(y),
        "test": packed(np.repeat(np.array([0, 1], np.uint8), [len(train), len(test)])),
    }


def _examples(state: State) -> dict[str, Any]:
    data = state.data
    part = data.test
    count = min(EXAMPLES, len(part))
    y = part.y[:count]
    labels = (
        [data.classes[int(v)] for v in y] if data.classes else [f"{v * data.y_spread + data.y_centre:.4g}" for v in y]
    )
    found: dict[str, Any] = {"labels": labels, "columns": data.inputs, "side": data.side}
    if data.side:
        return found | {"pixels": packed(np.rint(part.raw[:count] * 255).astype(np.uint8))}
    return found | {"rows": part.raw[:count].tolist()}


def settings(question: Question) -> Mapping[str, Any]:
    """The settings of the training as it stands."""
    with live.held(question, ROOM) as run:
        return run.state.config.payload()


def opened(question: Question) -> Mapping[str, Any]:
    """One forward and backward step by the training example `example`, number by number."""
    with live.held(question, ROOM) as run:
        walk = open_step(run.state, question["example"], "train")
        return _walk(run.state, walk)


def _walk(state: State, walk: Walk) -> dict[str, Any]:
    data = state.data
    return {
        "example": walk.example,
        "of": len(data.train),
        "raw": walk.raw.tolist() if len(walk.raw) <= OPENED else None,
        "goal": walk.goal.tolist(),
        "loss": walk.loss,
        "loss_kind": data.loss,
        "activation": state.config.activation,
        "layers": [_layer(layer) for layer in walk.layers],
        "penalised": bool(state.config.l1 or state.config.l2),
    }


def _layer(layer: Layer) -> dict[str, Any]:
    """Arrays as lists; nan, where there is no such number, as null. Of many inputs those that say most to each unit."""
    products = layer.weights * layer.inputs
    units, inputs = products.shape
    shown = _telling(products)

    def picked(values: np.ndarray) -> list[Any]:
        """[unit shown], and the bias where it stands last."""
        return _list(np.hstack([np.take_along_axis(values, shown, 1), values[:, inputs:]]))

    about = {name: _list(getattr(layer, name)) for name in ("bias", "sums", "outputs", "upstream", "slope", "delta")}
    about |= {name: picked(getattr(layer, name)) for name in ("weights", "gradient", "penalty", "move", "after")}
    about |= {"inputs": picked(np.broadcast_to(layer.inputs, (units, inputs))), "products": picked(products)}
    rest = products.sum(1) - np.take_along_axis(products, shown, 1).sum(1)
    return (
        about
        | {"shown": shown.tolist(), "rest": _list(rest), "others": inputs - shown.shape[1]}
        | {"rule": _rule(layer.rule, picked)}
    )


def _telling(products: np.ndarray) -> np.ndarray:
    """[unit shown] inputs in their order: all, or those with the largest products."""
    units, inputs = products.shape
    if inputs <= OPENED:
        return np.tile(np.arange(inputs), (units, 1))
    return np.sort(np.argsort(-np.abs(products), axis=1, kind="stable")[:, :TELLING], axis=1)


def _rule(rule: Rule, picked: Callable[[np.ndarray], list[Any]]) -> dict[str, Any]:
    about = {"name": rule.name, "rate": rule.rate, "first_share": rule.first_share, "second_share": rule.second_share}
    names = ("first_before", "first", "second_before", "second")
    return about | {name: picked(getattr(rule, name)) for name in names if getattr(rule, name) is not None}


def _list(values: np.ndarray) -> list[Any]:
    return [_list(row) if isinstance(row, np.ndarray) else float(row) if np.isfinite(row) else None for row in values]


def read_(question: Question) -> Mapping[str, Any]:
    """Check one's own data before anything is trained: points come back as numbers, of a table what is in it."""
    csv, target, task = question["csv"], question.get("target", ""), question.get("task", "classes")
    if not all(isinstance(given, str) for given in (csv, target, task)) or task not in TASKS:
        raise Wrong("Own data is text.", "自己的数据应为文本。")
    if question.get("kind") == "points":
        own = tables.points(csv)
        classes = 2
        if task == "classes" and own:
            classes = min(CLASSES, max(2, int(max(point[2] for point in own)) + 1))
        Config(data="own", own=own, task=task, classes=classes)
        return {"own": own, "classes": classes}
    table = tables.read(csv, target, task)
    return {"columns": table.columns, "target": table.target, "classes": table.classes, "rows": len(table.y)}


def files(question: Question) -> Mapping[str, Any]:
    """What can be taken along: weights, a PyTorch program, the examples."""
    with live.held(question, ROOM) as run:
        state: State = run.state
        return {
            "safetensors": base64.b64encode(export.to_safetensors(state)).decode("ascii"),
            "python": export.to_pytorch(state),
            "csv": _csv(state),
        }


def _csv(state: State) -> str:
    data = state.data
    names = ("x1", "x2") if data.plane else data.inputs
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([*map(_cell, (*names, data.target)), tables.PART])
    for name, part in zip(tables.PARTS, (data.train, data.test), strict=True):
        for row, y in zip(part.raw, part.y, strict=True):
            goal = int(y) if data.classes else float(y * data.y_spread + data.y_centre)
            writer.writerow([*(f"{value:.10g}" for value in row), goal, name])
    return file.getvalue()


def _cell(name: str) -> str:
    """What a spreadsheet would run as a formula is kept as text."""
    return f"'{name}" if name.startswith(("=", "+", "-", "@", "\t", "\r")) else name


def code(question: Question) -> Mapping[str, Any]:
    """The shortest Python that trains this net from the beginning; says so of one that is `altered`."""
    config = read(question)
    idle = {"own"} if config.data != "own" else set()
    idle |= {"csv", "target"} if config.data != "table" else set()
    changed = {name: v for name, v in config.payload().items() if v != getattr(Config(), name) and name not in idle}
    at = live.number(question, "at", 1000, live.STEPS * 1000) or 1
    return {"code": (ALTERED if question.get("altered") else "") + python(changed, at)}


ALTERED = (
    "# Trains from the beginning with the settings of now. The net on the page was given weights, or was changed\n"
    "# on its way: it is in mlp.py.\n"
)
LONG = 120  # characters of a setting that the code on the page still shows


def python(changed: Mapping[str, Any], at: int) -> str:
    settings = [f"{name}={value!r}" for name, value in changed.items()]
    cut = [line if len(line) <= LONG else f"{line[:LONG]}…" for line in settings]
    return (
        "from playground.families.mlp import Config, begin, figures, steps\n\n"
        f"config = Config({', '.join(cut)})\n"
        "for state in steps(begin(config)):\n"
        f"    if state.done == {at}:\n"
        "        break\n"
        "# training loss, test loss, training score, test score\n"
        'print(*(f"{v:.4f}" for v in figures(state, state.nets[0])))\n'
    )


# ---- the API


def mlp_train(data: str = "circle", hidden: list[int] | None = None, updates: int = 1000, seed: int = 0) -> dict:
    """Train a net from the beginning: its losses and scores after `updates` updates (at most 20,000)."""
    updates = live.number({"updates": updates}, "updates", 1000, 20_000)
    state = begin(read({"data": data, "seed": seed} | ({} if hidden is None else {"hidden": hidden})))
    run = steps(state)
    for _ in range(updates):
        next(run)
    found = dict(
        zip(("train_loss", "test_loss", "train_score", "test_score"), figures(state, state.nets[0]), strict=True)
    )
    return {"updates": state.done, **found, "confusion": sight.confusion(state).tolist()}


VERBS = {
    **live.verbs(ROOM),
    "points": points_,
    "settings": settings,
    "opened": opened,
    "read": read_,
    "files": files,
    "code": code,
}
API: tuple[Callable[..., Any], ...] = (mlp_train,)
