"""The CNN room: questions from the page in, payloads out."""

import base64
import binascii
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from playground.core import limits
from playground.core.parts import Strip
from playground.core.spec import ASSETS
from playground.core.words import Wrong, shown
from playground.families import cnn
from playground.ui import picker
from playground.ui.widget import Widget
from playground.views import field, graph, tiles

PICTURES = ASSETS / "images"
FEW = 16  # thumbnails of a step in a small net; 6 where there are many steps
Question = dict[str, Any]


def build() -> None:
    """One widget; its script asks the first question itself."""
    Widget("cnn", {"models": picker.models(cnn.FAMILY), "examples": examples(), "most": limits.IMAGE_BYTES})


@cache
def examples() -> dict[str, list[dict[str, str]]]:
    """The pictures to start from, by the kind of net that reads them: name, path and PNG in base64."""
    return {
        kind: [
            {
                "name": path.stem.split("_")[2],
                "path": f"assets/images/{path.name}",
                "png": base64.b64encode(path.read_bytes()).decode("ascii"),
            }
            for path in sorted(PICTURES.glob(f"{kind}_*.png"))
        ]
        for kind in ("digit", "photo")
    }


def decoded(image: Any) -> bytes:
    """Bytes of a data URL or of plain base64; raises Wrong for anything else."""
    if not isinstance(image, str) or not image.strip():
        return b""  # the request says that there is no picture
    try:
        return base64.b64decode(image.partition(",")[2] if image.startswith("data:") else image, validate=True)
    except (binascii.Error, ValueError):
        raise Wrong(
            "The picture did not arrive whole: it is not valid base64.", "图片没有完整传到：不是有效的 base64 数据。"
        ) from None


def request_of(question: Question) -> "cnn.Request":
    """`image` (base64 or data URL) or `ink` (rows of numbers from 0 to 1), with `model`, `centred` and `ink_is`."""
    model = question.get("model", cnn.FAMILY.embedded[0])
    if "ink" in question:
        return cnn.Request.from_array(floats(question["ink"]), model, question.get("centred", True))
    image = decoded(question.get("image"))
    return cnn.Request(image, model, question.get("centred", True), question.get("ink_is", "auto"))


def floats(rows: Any) -> np.ndarray:
    """Numbers from JSON, where 0 and 1 may come as integers; what is no number is left for the request to refuse."""
    try:
        return np.asarray(rows, np.float64)
    except (ValueError, TypeError, OverflowError):
        return np.asarray([np.nan])


def ask(question: Question) -> Mapping[str, Any]:
    """The answer, the graph, a thumbnail of every step, and the picture as the net saw it."""
    seen = cnn.trace(request_of(question))
    nodes = graph.payload(seen.graph)
    many = len(nodes) > 20
    for node in nodes:
        node |= {"row": seen.rows[node["key"]], **glance(seen.maps[node["key"]], 6 if many else FEW)}
    answer = seen.answer
    return {
        "model": seen.model,
        "labels": seen.labels,
        "answer": {
            "labels": answer.labels,
            "scores": [float(score) for score in answer.scores],
            "rest": answer.rest,
            "others": answer.others,
        },
        "png": base64.b64encode(seen.sight.png()).decode("ascii"),
        "side": seen.sight.side,
        "grey": seen.seen.values.ndim == 3,
        "steps": nodes,
        "layers": cnn.layers(seen),
        "covers": seen.model in cnn.FAMILY.embedded,
        "code": code(seen.model, question.get("path"), question.get("centred", True)),
    }


def glance(part: Any, most: int) -> dict[str, Any]:
    """A step in the overview: thumbnails, or the numbers of a vector."""
    values = part.values
    if isinstance(part, Strip) or values[0].size == 1:
        named = isinstance(part, Strip) and len(values) <= FEW and part.rows[0] != "unit 1"
        return {"vector": tiles.text(values.ravel()), "rows": part.rows if named else None}
    return {"thumbs": tiles.thumbs(values, most), "largest": float(np.abs(values).max())}


def layer(question: Question) -> Mapping[str, Any]:
    """Every number of one step, and how strong each channel is."""
    seen = cnn.trace(request_of(question))
    part = seen.maps.get(named(question, "step"))
    if part is None:
        raise no_step(question["step"])
    values = part.values if not isinstance(part, Strip) else part.values[:, :, None]
    return tiles.numbers(values) | {"step": question["step"], "strength": tiles.text(tiles.strengths(values))}


def named(question: Question, name: str) -> str:
    value = question.get(name)
    if not isinstance(value, str):
        raise no_step(value)
    return value


def no_step(step: Any) -> Wrong:
    return Wrong(f"This net has no step named {shown(step)!r}.", f"这个网络没有名为 {shown(step)!r} 的步骤。")


def open_(question: Question) -> Mapping[str, Any]:
    """The arithmetic behind one number."""
    at = [question.get(name, 0) for name in ("channel", "row", "column")]
    found = cnn.open_at(request_of(question), named(question, "step"), *at)
    parts = {
        name: {"shape": value.shape, "data": tiles.text(value)} if isinstance(value, np.ndarray) else value
        for name, value in found.parts.items()
    }
    return {
        "step": found.step,
        "kind": found.kind,
        "at": found.at,
        "value": found.value,
        "window": found.window,
        "sources": found.sources,
        "parts": parts,
    }


def cam(question: Question) -> Mapping[str, Any]:
    """Grad-CAM of one class seen from one step."""
    seen = cnn.trace(request_of(question))
    step, label = named(question, "step"), question.get("label", -1)
    found = cnn.field_of(seen, label, step)
    return {"step": step, "label": label, **field.payload(found)}


def cover(question: Question) -> Mapping[str, Any]:
    """How the probability of one class falls when a patch of the picture is covered."""
    seen = cnn.trace(request_of(question))
    found = cnn.covered_in(seen, question.get("label", -1))
    return {
        "label": question.get("label"),
        "probability": found.probability,
        "patch": found.patch,
        "stride": found.stride,
        **field.payload(found.drop),
    }


def filters(question: Question) -> Mapping[str, Any]:
    """The kernels of one convolution: all of them where they are few, else one with all its slices."""
    model = question.get("model", cnn.FAMILY.embedded[0])
    found = cnn.kernels(model, question.get("step"))
    values, first = found.values, 0
    if values.size > tiles.EXACT // 10:
        first = question.get("kernel", 0)
        if isinstance(first, bool) or not isinstance(first, int) or not 0 <= first < len(values):
            raise Wrong(
                f"This convolution has {len(values)} kernels, numbered from 0.",
                f"这个卷积有 {len(values)} 个卷积核，从 0 编号。",
            )
        values = values[first : first + 1]
    return {
        "step": found.step,
        "steps": cnn.convolutions(model),
        "kernels": len(found.values),
        "first": first,
        "shape": values.shape,
        "data": tiles.text(values),
        "bias": tiles.text(found.bias),
    }


def code(model: str, path: Any = None, centred: Any = True) -> str:
    """The shortest Python that prints the numbers on the page; without a path, of the downloaded picture."""
    if isinstance(path, str) and path:
        name, options = Path(path).as_posix()[:200], "" if centred else ", centred=False"
    else:
        name, options = "picture.png", ", centred=False, ink='bright'"
    return (
        "from playground.families.cnn import Request, trace\n\n"
        f"seen = trace(Request.from_path(\n    {name!r}, {model!r}{options}))\n"
        "for label, score in zip(seen.answer.labels, seen.answer.scores):\n"
        '    print(f"{label:12} {score:.4f}")\n'
    )


def warm() -> None:
    """Answer the first example once, so that the first visitor does not wait for the model to open."""
    ask({"image": examples()["digit"][0]["png"]})


def cnn_classify(image: str, model: str = "cnn/digits") -> dict:
    """Classify a picture (base64 or data URL) with an embedded net or a ResNet of the Hub."""
    answer = cnn.trace(request_of({"image": image, "model": model})).answer
    return {
        "model": model,
        "classes": [
            {"label": label, "probability": float(score)}
            for label, score in zip(answer.labels, answer.scores, strict=True)
        ],
        "rest": answer.rest,
    }


VERBS = {
    "ask": ask,
    "layer": layer,
    "open": open_,
    "cam": cam,
    "cover": cover,
    "filters": filters,
    **picker.verbs(cnn.FAMILY),
}
API: tuple[Callable[..., Any], ...] = (cnn_classify,)
