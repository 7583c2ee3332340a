"""The kernels themselves: what each convolution looks for, before it has seen any picture."""

from dataclasses import dataclass

import numpy as np
from torch import nn

from playground.core.words import Wrong, shown
from playground.families.cnn.trace import using


@dataclass(frozen=True, eq=False)
class Kernels:
    step: str
    values: np.ndarray  # [kernel channel row column]
    bias: np.ndarray  # [kernel]


def convolutions(model: str) -> tuple[str, ...]:
    """The names of all convolutions, in the order they stand in the net."""
    with using(model) as opened:
        return tuple(name for name, module in opened.net.named_modules() if isinstance(module, nn.Conv2d))


def kernels(model: str, step: str | None = None) -> Kernels:
    """Of one convolution, the first if left out; raises Wrong for a step that is none."""
    known = convolutions(model)
    step = known[0] if step is None else step
    if step not in known:
        raise Wrong(f"This net has no convolution named {shown(step)!r}.", f"这个网络没有名为 {shown(step)!r} 的卷积。")
    with using(model) as opened:
        module = opened.net.get_submodule(step)
        assert isinstance(module, nn.Conv2d)
        weight = module.weight.detach().numpy().astype(np.float32)
        bias = np.zeros(len(weight), np.float32) if module.bias is None else module.bias.detach().numpy()
    return Kernels(step, weight, bias.astype(np.float32))
