"""Walk through a net step by step: every leaf module in the order it ran, what went in, what came out.

Works on any net made of plain modules; addition inside a residual block of transformers' ResNet is no module of its own
and is caught between the modules around it.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from playground.core.record import lock_of
from playground.families.cnn.model import Add

KINDS: tuple[tuple[type[nn.Module], str], ...] = (
    (nn.Conv2d, "conv"),
    (nn.BatchNorm2d, "norm"),
    (nn.ReLU, "relu"),
    (nn.MaxPool2d, "maxpool"),
    (nn.AdaptiveAvgPool2d, "avgpool"),
    (nn.Flatten, "flatten"),
    (nn.Linear, "linear"),
    (Add, "add"),
)
BLOCKS = ("ResNetBasicLayer", "ResNetBottleNeckLayer")  # of transformers
ROW = re.compile(r"(stem|embedder|stages\.\d+(\.layers\.\d+)?)\.")


@dataclass(eq=False)
class Step:
    """One operation on one picture. `value` is [channel row column] or [unit], without the batch."""

    key: str
    kind: str
    value: Tensor
    inputs: tuple[str, ...]
    made: Tensor  # the live tensor, with the batch: gradients flow to it
    module: nn.Module | None = None

    @property
    def row(self) -> str:
        """The part of the net it belongs to: stem, one stage or block, or "" for the rest."""
        found = ROW.search(self.key + ".")
        return found.group(1) if found else ""


def kind_of(module: nn.Module) -> str:
    return next((kind for type_, kind in KINDS if isinstance(module, type_)), "other")


@dataclass(eq=False)
class Walk:
    """Steps in the order of computation; `home` tells which step made a tensor."""

    steps: list[Step] = field(default_factory=list)
    home: dict[int, str] = field(default_factory=dict)
    alive: list[Tensor] = field(default_factory=list)  # an id means something only while its tensor lives

    def add(self, key: str, kind: str, made: Tensor, inputs: tuple[str, ...], module: nn.Module | None = None) -> None:
        value = made.detach()[0].clone()  # a later addition may write into `made`
        self.steps.append(Step(key, kind, value, inputs, made, module))
        self.home[id(made)] = key
        self.alive.append(made)


def _leaf(walk: Walk, key: str) -> Callable[[nn.Module, Any, Any], None]:
    def hook(module: nn.Module, inputs: tuple[Any, ...], made: Any) -> None:
        if not isinstance(module, nn.Identity):
            sources = tuple(walk.home[id(x)] for x in inputs if isinstance(x, Tensor))
            walk.add(key, kind_of(module), made, sources, module)

    return hook


def _sum(walk: Walk, name: str) -> tuple[Callable[..., None], Callable[..., None]]:
    """Catch `hidden_state += residual` of transformers' blocks: the branch leaves `shortcut`, the sum goes on."""
    branch: list[str] = []

    def shortcut(_module: nn.Module, _inputs: Any, made: Tensor) -> None:
        branch[:] = [walk.home[id(made)]]

    def before(_module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        total = inputs[0]  # the branch of convolutions, into which the shortcut was added
        walk.add(f"{name}.add", "add", total, (walk.home[id(total)], branch[0]))

    return shortcut, before


@contextmanager
def _hooked(net: nn.Module, walk: Walk) -> Iterator[None]:
    named = list(net.named_modules())
    handles = [m.register_forward_hook(_leaf(walk, name)) for name, m in named if not list(m.children())]
    for name, block in named:
        if type(block).__name__ in BLOCKS:
            shortcut, before = _sum(walk, name)
            last = list(block.shortcut.modules())[-1]  # its own hook ran before, so the tensor has a home
            handles += [last.register_forward_hook(shortcut), block.activation.register_forward_pre_hook(before)]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def walk(net: nn.Module, x: Tensor, gradients: bool = False) -> Walk:
    """One forward pass of `x` [picture=1 channel row column]; the last two steps are the logits and their softmax."""
    taken = Walk()
    with lock_of(net), torch.inference_mode(not gradients), torch.set_grad_enabled(gradients):
        taken.add("input", "input", x, ())
        with _hooked(net, taken):
            said = net(x)
    logits = said if isinstance(said, Tensor) else said.logits
    taken.add("softmax", "softmax", logits.softmax(-1), (taken.home[id(logits)],))
    return taken
