"""What a training loop reports at each step."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

M = TypeVar("M")


@dataclass(frozen=True)
class Progress(Generic[M]):
    step: int
    steps: int  # of the whole run
    metrics: Mapping[str, float]
    model: M
