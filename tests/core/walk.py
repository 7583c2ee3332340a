"""The smallest training there is: a random walk that is everything it depends on."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from playground.core.words import Text, Wrong


@dataclass
class Walk:
    seed: int = 0
    rate: float = 1.0
    until: int = 10**9  # ends there
    edge: int = 10**9  # goes wrong there
    weight: int = 1000  # bytes it claims to be
    done: int = 0
    at: float = 0.0
    rng: np.random.Generator = field(default=None)  # type: ignore[assignment]

    def __post_init__(self):
        self.rng = self.rng or np.random.default_rng(self.seed)

    @property
    def nbytes(self) -> int:
        return self.weight

    def copy(self) -> "Walk":
        twin = replace(self, rng=np.random.default_rng())
        twin.rng.bit_generator.state = self.rng.bit_generator.state
        return twin

    def ended(self) -> Text | None:
        return Text("Enough.", "够了。") if self.done >= self.until else None


def steps(state: Walk) -> Iterator[Walk]:
    while True:
        if state.done >= state.edge:
            raise Wrong("Over the edge.", "越界了。")
        state.at += state.rate * state.rng.normal()
        state.done += 1
        yield state
