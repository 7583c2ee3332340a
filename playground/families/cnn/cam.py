"""What mattered: Grad-CAM (Selvaraju et al. 2017), and covering one patch after the other (Zeiler & Fergus 2014)."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

from playground.core.memo import memo
from playground.core.parts import Field
from playground.core.words import Wrong, shown
from playground.families.cnn import sight as looking
from playground.families.cnn.sight import Sight
from playground.families.cnn.trace import MODELS, Request, Trace, of_sight, see, using
from playground.families.cnn.walk import walk

SPATIAL = ("conv", "norm", "relu", "maxpool", "add")  # steps over which a map can be laid


@dataclass(frozen=True)
class Blame:
    """Which class of which sight."""

    sight: Sight
    label: int


@dataclass(frozen=True, eq=False)
class Weighted:
    """At one step: how much each channel speaks for the class, and the weighted sum of its maps, negative cut off."""

    weights: np.ndarray  # [channel], mean gradient of the logit
    map: np.ndarray  # [row column], not below zero


def layers(trace: Trace) -> tuple[str, ...]:
    """Steps whose results still have a place in the picture, in the order of computation."""
    shapes = {node.key: node.shape for node in trace.graph.nodes}
    return tuple(
        key
        for key, kind in trace.kinds.items()
        if kind in SPATIAL and len(shapes[key]) == 3 and shapes[key][1] * shapes[key][2] > 1
    )


@memo(64)
def weighted(blame: Blame) -> Mapping[str, Weighted]:
    """Grad-CAM before scaling, at every step with a place: one pass forward, one back."""
    known = layers(of_sight(blame.sight))
    with using(blame.sight.model) as opened, torch.inference_mode(False), torch.enable_grad():
        x = torch.from_numpy(looking.tensor_of(blame.sight.array(), opened.eye)).requires_grad_()
        steps = {step.key: step for step in walk(opened.net, x, gradients=True).steps}
        logit = steps[list(steps)[-2]].made[0, blame.label]
        slopes = torch.autograd.grad(logit, [steps[key].made for key in known])
    found = {}
    for key, slope in zip(known, slopes, strict=True):
        weights = slope[0].mean((1, 2))
        summed = (weights[:, None, None] * steps[key].value).sum(0).clamp(min=0)
        found[key] = Weighted(weights.numpy(), summed.numpy())
    return found


def gradcam(request: Request, label: str | None = None, step: str | None = None) -> Field:
    """Where the picture speaks for `label` (the first answer if left out), seen from `step` (the last with a place).

    In [0, 1] over the picture's pixels, scaled to its own largest value as pytorch-grad-cam does.
    """
    trace = of_sight(see(request))
    return field_of(trace, trace.labels.index(label or trace.answer.labels[0]), step or layers(trace)[-1])


def field_of(trace: Trace, label: int, step: str) -> Field:
    check(trace, label)
    if step not in layers(trace):
        raise Wrong(
            f"Step {shown(step)!r} has no place in the picture any more; choose one with maps.",
            f"步骤 {shown(step)!r} 不再对应图片中的位置，请选一个有特征图的步骤。",
        )
    side = trace.sight.side
    whole = scaled(weighted(Blame(trace.sight, label))[step].map, side)
    return Field(whole, (0.0, float(side), float(side), 0.0))


def check(trace: Trace, label: int) -> None:
    if isinstance(label, bool) or not isinstance(label, int) or not 0 <= label < len(trace.labels):
        count = len(trace.labels)
        raise Wrong(
            f"This net tells {count} classes apart, numbered from 0.", f"这个网络区分 {count} 个类别，从 0 编号。"
        )


def scaled(values: np.ndarray, side: int) -> np.ndarray:
    """float32 [side side], stretched to [0, 1] and enlarged bilinearly."""
    stretched = (values - values.min()) / (1e-7 + np.ptp(values))
    large = F.interpolate(
        torch.from_numpy(stretched)[None, None], size=(side, side), mode="bilinear", align_corners=False
    )
    found = np.maximum(large[0, 0].numpy(), 0)
    return ((found - found.min()) / (1e-7 + np.ptp(found))).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Covered:
    """How the class's probability fell when a patch at each place was covered."""

    drop: Field  # [row column] of probability; positive: the patch spoke for the class
    probability: float  # with nothing covered
    patch: int  # pixels of the square
    stride: int


def covered_in(trace: Trace, label: int) -> Covered:
    check(trace, label)
    return covered(Blame(trace.sight, label))


@memo(64)
def covered(blame: Blame) -> Covered:
    """Cover one square after the other with paper (digits) or the mean colour, ask again; embedded nets only."""
    if blame.sight.model not in MODELS:
        raise Wrong(
            "Covering patches is offered for the small nets only: it asks the net many times.",
            "遮挡法要反复询问网络，只对小网络开放。",
        )
    side, patch, stride = blame.sight.side, 6 if blame.sight.side == 28 else 8, 2
    starts = range(0, side - patch + 1, stride)
    with using(blame.sight.model) as opened, torch.inference_mode():
        x = torch.from_numpy(looking.tensor_of(blame.sight.array(), opened.eye))
        many = x.repeat(len(starts) ** 2, 1, 1, 1)
        for i, (row, column) in enumerate((r, c) for r in starts for c in starts):
            many[i, :, row : row + patch, column : column + patch] = 0  # 0 is paper, or the mean colour
        whole = float(opened.net(x).softmax(-1)[0, blame.label])
        rest = opened.net(many).softmax(-1)[:, blame.label].reshape(len(starts), len(starts))
    drop = (whole - rest).numpy().copy()
    return Covered(Field(drop, (0.0, float(side), float(side), 0.0)), whole, patch, stride)
