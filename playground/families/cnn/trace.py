"""What one look inside a convolutional net yields: the answer, the graph, and every step's numbers."""

import logging
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from playground.core import limits, store
from playground.core.checkpoint import read_card
from playground.core.memo import memo
from playground.core.parts import Graph, Node, Ranking, Strip, Tiles
from playground.core.words import Text, Wrong, shown
from playground.families.cnn import FAMILY
from playground.families.cnn import sight as looking
from playground.families.cnn.model import CIFAR_MEAN, CIFAR_STD, MODELS
from playground.families.cnn.sight import Eye, Sight
from playground.families.cnn.walk import Step, walk

log = logging.getLogger(__name__)

EYES = {"cnn/digits": looking.DIGITS, "cnn/cifar10": Eye(32, CIFAR_MEAN, CIFAR_STD)}
UNFIT = Text(
    "The weights of this model do not fit this version of the playground. Choose another model.",
    "这个模型的权重与当前版本的程序不匹配，请换一个模型。",
)
TOP = 10  # classes in an answer; the rest is summed up


@dataclass(frozen=True)
class Request:
    """A picture file of any common kind and the net to ask.

    `centred` and `ink` matter to nets that read digits: whether to scale and move the digit as MNIST did, and whether
    ink is "bright", "dark", or to be found out ("auto"). Raises Wrong for what cannot be a question.
    """

    image: bytes
    model: str = FAMILY.embedded[0]
    centred: bool = True
    ink: str = "auto"

    def __post_init__(self) -> None:
        if not isinstance(self.image, bytes) or not self.image:
            raise Wrong(
                "There is no picture yet. Draw one, open one, or pick an example.",
                "还没有图片。请画一张、打开一张，或选一个例子。",
            )
        if len(self.image) > limits.IMAGE_BYTES:
            most = limits.IMAGE_BYTES // 2**20
            raise Wrong(f"This picture file is larger than {most} MB.", f"这个图片文件超过了 {most} MB。")
        if self.ink not in ("auto", "bright", "dark") or not isinstance(self.centred, bool):
            raise Wrong(
                'ink is "auto", "bright" or "dark"; centred is true or false.',
                "ink 只能是 auto、bright 或 dark；centred 只能是 true 或 false。",
            )
        check_model(self.model)

    @classmethod
    def from_path(cls, path: str | Path, model: str = FAMILY.embedded[0], **options: Any) -> "Request":
        return cls(Path(path).read_bytes(), model, **options)

    @classmethod
    def from_array(cls, array: Any, model: str = FAMILY.embedded[0], centred: bool = False) -> "Request":
        """uint8, or floats in [0, 1]; [row column] of ink (1 is ink) or [row column 3] in colour."""
        return cls(looking.png(pixels_of(array)), model, centred, "bright")


def pixels_of(array: Any) -> np.ndarray:
    """uint8 [row column] or [row column 3]; raises Wrong for anything that is not a picture in numbers."""
    not_numbers = Wrong(
        "A picture as numbers needs rows of equal length with values from 0 to 1, none missing.",
        "用数字表示的图片，每行长度要相同，数值在 0 到 1 之间，不能有缺失。",
    )
    try:
        whole = np.asarray(array)
        values = whole.astype(np.float64)
    except (ValueError, TypeError, OverflowError):
        raise not_numbers from None
    if values.ndim not in (2, 3) or (values.ndim == 3 and values.shape[2] != 3) or not 0 < values.size <= 3 * 2**20:
        raise not_numbers
    if whole.dtype == np.uint8:
        return whole
    if not np.isfinite(values).all() or values.min() < 0 or values.max() > 1:
        raise not_numbers
    return np.rint(values * 255).astype(np.uint8)


def check_model(model: Any) -> None:
    """Wrong, if `model` cannot name a net of this room."""
    if not isinstance(model, str) or (model not in MODELS and (model.startswith("cnn/") or store.is_embedded(model))):
        raise Wrong(f"This room has no model named {shown(model)!r}.", f"这里没有名为 {shown(model)!r} 的模型。")


@dataclass(frozen=True, eq=False)
class Opened:
    """A net, how it looks at pictures, and what its outputs mean."""

    net: nn.Module
    eye: Eye
    labels: tuple[str, ...]


def open_hub(folder: Path) -> Opened:
    """A ResNetForImageClassification in Hub layout."""
    from playground.core import hub

    net = hub.open_model(folder, FAMILY)
    names = net.config.id2label
    return Opened(net, looking.eye_of(folder), tuple(str(names[i]) for i in range(len(names))))


def open_embedded(folder: Path) -> Opened:
    card = read_card(folder)
    try:
        net = MODELS[card.key].open(folder)
    except RuntimeError as error:
        log.error("%s: %s", card.key, error)
        raise Wrong(*UNFIT) from None
    return Opened(net, EYES[card.key], tuple(card.extra["classes"]))


def using(model: str) -> AbstractContextManager[Opened]:
    """The opened net, kept while the block runs."""
    check_model(model)
    return store.using(model, open_embedded if model in MODELS else open_hub)


def see(request: Request) -> Sight:
    """What the net will see of the picture; the same sight is the same question, whatever file it came from."""
    from playground.core import pictures

    picture = pictures.decode(request.image)
    with using(request.model) as opened:
        eye = opened.eye
    seen = looking.digit(picture, request.ink, request.centred) if eye.grey else looking.photo(picture, eye)
    return Sight(request.model, eye.side, seen.tobytes())


@dataclass(frozen=True, eq=False)
class Trace:
    """`maps` holds each step's result: Tiles [channel row column] as long as there is a place, then Strip [unit]."""

    sight: Sight
    seen: Tiles  # one tile, in [0, 1]
    answer: Ranking
    graph: Graph
    kinds: Mapping[str, str]  # step -> "conv", "relu", ...
    rows: Mapping[str, str]  # step -> the stage or block it belongs to, "" outside of any
    maps: Mapping[str, Tiles | Strip]
    labels: tuple[str, ...]

    @property
    def model(self) -> str:
        return self.sight.model


def trace(request: Request) -> Trace:
    return of_sight(see(request))


@memo(16)
def of_sight(sight: Sight) -> Trace:
    """Runs the net once; everything any panel shows of this picture is in the trace."""
    with using(sight.model) as opened, torch.inference_mode():
        x = torch.from_numpy(looking.tensor_of(sight.array(), opened.eye))
        steps = walk(opened.net, x).steps
        labels = opened.labels
    scores = steps[-1].value.numpy()
    order = np.argsort(-scores, kind="stable")[:TOP]
    rest = max(0.0, 1.0 - float(scores[order].sum())) if len(scores) > TOP else 0.0
    seen = sight.array()[None].astype(np.float32) / np.float32(255)
    return Trace(
        sight=sight,
        seen=Tiles(seen, ("what the net sees",)),
        answer=Ranking(tuple(labels[i] for i in order), scores[order], rest, len(scores) - len(order)),
        graph=graph_of(steps),
        kinds={step.key: step.kind for step in steps},
        rows={step.key: step.row for step in steps},
        maps={step.key: part_of(step, labels) for step in steps},
        labels=labels,
    )


def part_of(step: Step, labels: tuple[str, ...]) -> Tiles | Strip:
    value = np.array(step.value.numpy())
    if value.ndim == 3:
        return Tiles(value, tuple(f"channel {i + 1}" for i in range(len(value))))
    named = step.kind == "softmax" or len(value) == len(labels)
    return Strip(value[:, None], labels if named else tuple(f"unit {i + 1}" for i in range(len(value))))


def graph_of(steps: list[Step]) -> Graph:
    nodes = tuple(
        Node(
            step.key,
            step.kind,
            detail_of(step.module),
            tuple(step.value.shape),
            sum(p.numel() for p in step.module.parameters()) if step.module is not None else 0,
        )
        for step in steps
    )
    return Graph(nodes, tuple((source, step.key) for step in steps for source in step.inputs))


def detail_of(module: nn.Module | None) -> str:
    """The module's own settings in a few symbols, such as "5×5, stride 2, padding 3"."""
    if isinstance(module, nn.Conv2d | nn.MaxPool2d):
        size, stride, padding = (pair(v) for v in (module.kernel_size, module.stride, module.padding))
        words = [f"{size[0]}×{size[1]}"]
        words += [f"stride {stride[0]}"] if stride[0] != 1 else []
        words += [f"padding {padding[0]}"] if padding[0] else []
        return ", ".join(words)
    return ""


def pair(value: Any) -> tuple[int, int]:
    return value if isinstance(value, tuple) else (int(value), int(value))
