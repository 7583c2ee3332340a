"""A training without a page: a Config and a number of updates in, what came of it out.

>>> found = trace(Request(Config(features=("x1sq", "x2sq"), hidden=()), 200))
>>> found.test_score > 0.95
True
"""

from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from playground.core import limits
from playground.core.memo import memo
from playground.core.parts import Field, Series, Strip
from playground.core.words import Wrong, shown
from playground.families.mlp.config import Config
from playground.families.mlp.export import to_pytorch, to_safetensors
from playground.families.mlp.sight import Health, Warp, confusion, grid, health, warp, weights
from playground.families.mlp.state import Net, State, begin, figures, steps


@dataclass(frozen=True)
class Request:
    """What to train and for how many updates (it may stop itself earlier). Raises Wrong."""

    config: Config = field(default_factory=Config)
    updates: int = 2000

    def __post_init__(self) -> None:
        most = limits.MLP_UPDATES
        if isinstance(self.updates, bool) or not isinstance(self.updates, int) or not 0 <= self.updates <= most:
            raise Wrong(
                f"The number of updates is a whole number from 0 to {most:,}, not {shown(self.updates)}.",
                f"更新次数应为 0 到 {most:,} 的整数，而不是 {shown(self.updates)}。",
            )


@dataclass(frozen=True, eq=False)
class Racer:
    """One net after training; the only one unless optimizers raced."""

    optimizer: str
    rate: float
    lost: bool  # it diverged while others went on
    train_loss: float
    test_loss: float
    train_score: float  # accuracy, or R² for values
    test_score: float
    curves: tuple[Series, ...]  # training and test loss, training and test score, at Trace.at


@dataclass(frozen=True, eq=False)
class Trace:
    config: Config
    updates: int  # made
    ended: str  # why it stopped by itself; empty otherwise
    inputs: tuple[str, ...]
    classes: tuple[str, ...]
    at: tuple[np.ndarray, ...]  # [point] updates at each point of the curves, for each racer
    racers: tuple[Racer, ...]
    # of the first racer:
    output: tuple[Field, ...]  # probability of the second class or of each, or the value, over the plane; or none
    units: tuple[tuple[Field, ...], ...]  # what each unit of each hidden layer gives over the plane; or none
    weights: tuple[Strip, ...]  # of each layer, a row for each unit, the bias last
    health: tuple[Health, ...]
    warps: tuple[Warp, ...]  # the plane in each hidden layer
    train_confusion: np.ndarray  # int [true class, chosen class]
    test_confusion: np.ndarray
    code: str  # the net in PyTorch
    file: bytes  # the net as safetensors

    @property
    def train_loss(self) -> float:
        return self.racers[0].train_loss

    @property
    def test_loss(self) -> float:
        return self.racers[0].test_loss

    @property
    def train_score(self) -> float:
        return self.racers[0].train_score

    @property
    def test_score(self) -> float:
        return self.racers[0].test_score


@memo(32)
def trace(request: Request) -> Trace:
    """Raises Wrong for examples that cannot be learned from, and when the weights grow without bound."""
    state = begin(request.config)
    for moved in islice(steps(state), request.updates):
        if moved.ended():
            break
    return of(state)


def of(state: State) -> Trace:
    """All that can be seen of a state."""
    over = state.ended()
    drawn = _drawn(state) if state.data.plane else ((), ())
    depth = range(1, len(state.shape.sizes) - 1)
    return Trace(
        state.config,
        state.done,
        over.en if over else "",
        state.data.inputs,
        state.data.classes,
        tuple(np.array([row[0] for row in net.curve]) for net in state.nets),
        tuple(_racer(state, net) for net in state.nets),
        *drawn,
        tuple(_strip(w, b) for w, b in weights(state)),
        tuple(health(state)),
        tuple(warp(state, layer) for layer in depth),
        confusion(state, "train"),
        confusion(state, "test"),
        to_pytorch(state),
        to_safetensors(state),
    )


def _racer(state: State, net: Net) -> Racer:
    names = ("training loss", "test loss", *(f"{part} {_score(state)}" for part in ("training", "test")))
    rows = np.array(net.curve)
    curves = tuple(Series(name, rows[:, i + 1]) for i, name in enumerate(names))
    return Racer(net.optimizer, net.rate, net.lost, *figures(state, net), curves)


def _score(state: State) -> str:
    return "accuracy" if state.data.classes else "R²"


def _drawn(state: State) -> tuple[tuple[Field, ...], tuple[tuple[Field, ...], ...]]:
    seen = grid(state, 50)
    e = seen.extent
    extent = (-e, e, -e, e)
    units = tuple(tuple(Field(unit, extent) for unit in layer) for layer in seen.layers)
    return tuple(Field(values, extent) for values in seen.output), units


def _strip(matrix: np.ndarray, bias: np.ndarray) -> Strip:
    return Strip(np.column_stack([matrix, bias]), tuple(f"unit {i + 1}" for i in range(len(matrix))))
