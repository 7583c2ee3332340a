"""A net to operate on, while the opened one stays as it is for everybody else."""

import copy
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from playground.core.record import lock_of
from playground.core.words import Text

NO_SCORES = Text(
    "This model's scores also count distances, so they cannot be divided here; scale the head's output instead.",
    "这个模型的分数还计入相对距离，这里无法调温度；可以改为缩放这个头的输出。",
)


def twin(net: nn.Module) -> Any:
    """A net of the same modules, new, with the same weights, not copied: hooks go on it and go with it."""
    shared = {id(tensor): tensor for tensor in (*net.parameters(), *net.buffers())}
    with lock_of(net):  # a hook that records must not be copied with it
        return copy.deepcopy(net, shared)


def factors(count: int, changes: Mapping[int, float]) -> Tensor:
    """[1 count], ones but for the changes."""
    row = torch.ones(1, count)
    for at, factor in changes.items():
        row[0, at] = factor
    return row
