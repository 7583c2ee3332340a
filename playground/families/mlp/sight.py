"""What can be seen of a training, as arrays: every function reads a State, alters nothing and returns numpy.

`net` is which of the racing nets is meant. Pictures are float32: they are looked at, not computed with.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from playground.families.mlp.change import gradient_of, index, move_of, net_of
from playground.families.mlp.config import EXTENT, Config
from playground.families.mlp.examples import Part, features_of
from playground.families.mlp.net import answer, chosen, forward, layers_of, losses
from playground.families.mlp.state import State, order_of

EDGE = 3.0  # of a cut through a table, in deviations
MOST_CELLS = 200  # along a side of a grid
FULL = 0.99  # tanh beyond this, sigmoid as near to its ends, counts as saturated


@dataclass(frozen=True, eq=False)
class Grid:
    """Row 0 is the top (x2 = `extent`), column 0 the left (x1 = -`extent`); each cell is judged at its centre."""

    inputs: np.ndarray  # [input row column] what the net reads
    layers: tuple[np.ndarray, ...]  # [unit row column] what each hidden layer gives
    output: np.ndarray  # [output row column] probability of the second class, or of each; or the value
    extent: float


def grid(state: State, size: int = 50, net: int = 0, axes: tuple[int, int] = (0, 1)) -> Grid:
    """Every unit over the plane. Of tables a cut: the two `axes` vary, every other column stays at its mean."""
    sizes = state.shape.sizes
    index(size, MOST_CELLS + 1, "size", "尺寸")
    if state.data.plane:
        x, extent = _cells(state.config.features, size), EXTENT
    else:
        for axis in axes:
            index(axis, sizes[0], "input", "输入")
        x, extent = _cut(sizes[0], axes, size), EDGE
    layers = [layer.astype(np.float32) for layer in layers_of(net_of(state, net).flat, sizes)]
    found = [a.reshape(-1, size, size) for a in forward(state.shape, layers, x)]
    inputs = x[:-1].reshape(-1, size, size)
    return Grid(inputs, tuple(found[:-1]), answer(state.data.loss, found[-1]), extent)


def _centres(size: int, extent: float) -> tuple[np.ndarray, np.ndarray]:
    """[cell] x1 and x2."""
    along = ((np.arange(size) + 0.5) / size * 2 - 1) * extent
    x2, x1 = np.meshgrid(-along, along, indexing="ij")
    return x1.ravel(), x2.ravel()


@lru_cache(32)
def _cells(features: tuple[str, ...], size: int) -> np.ndarray:
    """float32 [input + 1, cell]"""
    read = features_of(features, np.stack(_centres(size, EXTENT), 1)).T
    return _kept(np.concatenate([read, np.ones((1, size * size))]).astype(np.float32))


@lru_cache(16)
def _cut(inputs: int, axes: tuple[int, int], size: int) -> np.ndarray:
    x = np.zeros((inputs + 1, size * size), np.float32)
    x[-1] = 1
    x[axes[0]], x[axes[1]] = _centres(size, EDGE)
    return _kept(x)


def _kept(values: np.ndarray) -> np.ndarray:
    """An array that many will read and nobody may write."""
    values.setflags(write=False)
    return values


def weights(state: State, net: int = 0) -> list[tuple[np.ndarray, np.ndarray]]:
    """(weights [unit input], biases [unit]) of each layer, float64 copies."""
    layers = layers_of(net_of(state, net).flat, state.shape.sizes)
    return [(layer[:, :-1].copy(), layer[:, -1].copy()) for layer in layers]


def pictures(state: State, net: int = 0) -> np.ndarray:
    """[unit row column] the first layer's weights where the inputs are pixels; empty for other data."""
    side = state.data.side
    first = weights(state, net)[0][0]
    return first.reshape(-1, side, side) if side else np.empty((0, 0, 0))


def part_of(state: State, part: str) -> Part:
    return state.data.test if part == "test" else state.data.train


@dataclass(frozen=True, eq=False)
class Answers:
    sums: np.ndarray  # [example output] of the output layer, logits for classes
    values: np.ndarray  # [example output] probabilities, or values (in the units of the table)
    chosen: np.ndarray  # [example] class with the highest probability; zeros for values
    losses: np.ndarray  # [example]


def answers(state: State, part: str = "test", net: int = 0) -> Answers:
    """What the net says to every example of a part."""
    data, examples = state.data, part_of(state, part)
    sums = forward(state.shape, layers_of(net_of(state, net).flat, state.shape.sizes), examples.x.T)[-1]
    values, right = answer(data.loss, sums).T, losses(data.loss, sums, examples.goal.T)
    if not data.classes:
        return Answers(sums.T, values * data.y_spread + data.y_centre, np.zeros(len(examples), int), right)
    return Answers(sums.T, values, chosen(data.loss, sums), right)


def confusion(state: State, part: str = "test", net: int = 0) -> np.ndarray:
    """int [true class, chosen class] counts; empty for values."""
    count = len(state.data.classes)
    found = np.zeros((count, count), int)
    if count:
        np.add.at(found, (part_of(state, part).y.astype(int), answers(state, part, net).chosen), 1)
    return found


@dataclass(frozen=True, eq=False)
class Health:
    """One layer. The gradient is that of the mean training loss, penalties included; norms are Euclidean."""

    gradient: float  # norm of the gradient of the layer's weights and biases
    weight: float  # norm of these
    move: float  # norm of what the next update (its batch, its optimizer) would change
    dead: np.ndarray  # bool [unit]: gives the same, flat at zero, for every training example; ReLU only
    full: np.ndarray  # [unit] share of training examples at which it is saturated; tanh and sigmoid only
    mean: np.ndarray  # [unit] mean of what it gives

    @property
    def ratio(self) -> float:
        """How far the next update goes, relative to the weights; about 0.001 is usual."""
        return self.move / self.weight if self.weight else 0.0


def health(state: State, net: int = 0) -> list[Health]:
    """Of each layer, the output last."""
    learner, sizes = net_of(state, net), state.shape.sizes
    layers = layers_of(learner.flat, sizes)
    slopes = layers_of(gradient_of(state, learner, np.arange(len(state.data.train))), sizes)
    moves = layers_of(move_of(state, learner, gradient_of(state, learner, upcoming(state))), sizes)
    given = forward(state.shape, layers, state.data.train.x.T)
    found = []
    for i, (layer, slope, move, out) in enumerate(zip(layers, slopes, moves, given, strict=True)):
        dead, full = _asleep(state.shape.activation if i < len(layers) - 1 else "linear", out)
        found.append(Health(_norm(slope), _norm(layer), _norm(move), dead, full, out.mean(1)))
    return found


def _norm(values: np.ndarray) -> float:
    return float(np.sqrt((values * values).sum()))


def _asleep(activation: str, out: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """[unit] dead, and share of examples at which saturated."""
    none, alive = np.zeros(len(out)), np.zeros(len(out), bool)
    if activation == "relu":
        return np.all(out <= 0, axis=1), none
    if activation == "tanh":
        return alive, (np.abs(out) > FULL).mean(1)
    if activation == "sigmoid":
        return alive, (np.abs(2 * out - 1) > FULL).mean(1)
    return alive, none


def upcoming(state: State) -> np.ndarray:
    """[example] the training examples of the next update."""
    place, twin = state.place, state
    if place + state.batch > len(state.data.train):
        twin, place = state.copy(), 0
        twin.epoch += 1
    return order_of(twin)[place : place + state.batch]


@dataclass(frozen=True, eq=False)
class Warp:
    """The plane as a layer sees it: lines of its grid, and the training points, in two of the layer's directions."""

    lines: np.ndarray  # float32 [line step 2], first the upright ones from left to right, then the level ones
    dots: np.ndarray  # float32 [training example 2]
    axes: tuple[str, str]
    kept: float  # share of the variance of the training points that the two directions show


def warp(
    state: State, layer: int, units: tuple[int, int] | None = None, lines: int = 13, points: int = 49, net: int = 0
) -> Warp:
    """`layer` 0 is the input, then the hidden layers, last the output's sums. `units` None takes two directions of
    greatest variance (PCA over the training points), turned so that x1 runs to the right and x2 upwards. No lines for
    tables."""
    layers = layers_of(net_of(state, net).flat, state.shape.sizes)
    train = state.data.train
    index(layer, len(layers) + 1, "layer", "层")
    for unit in units or ():
        index(unit, state.shape.sizes[layer], "unit", "单元")
    dots = _at(state, layers, layer, train.x.T)
    middle, turn, kept = _directions(dots, train.raw, units)
    drawn = np.zeros((0, points, 2))
    if state.data.plane:
        x = _mesh(state.config, lines, points)
        drawn = (turn @ (_at(state, layers, layer, x) - middle)).T.reshape(2 * lines, points, 2)
    names = ("PC 1", "PC 2") if units is None and len(dots) > 2 else tuple(f"{i + 1}" for i in (units or (0, 1)))
    return Warp(drawn.astype(np.float32), (turn @ (dots - middle)).T.astype(np.float32), (names[0], names[1]), kept)


def _at(state: State, layers: list[np.ndarray], layer: int, x: np.ndarray) -> np.ndarray:
    """[unit example] what `layer` gives, the input itself for 0."""
    return x[:-1] if layer == 0 else forward(state.shape, layers, x)[layer - 1]


@lru_cache(16)
def _lines(lines: int, points: int) -> np.ndarray:
    """[point 2]: `lines` upright and as many level lines of `points` each."""
    across, along = np.linspace(-EXTENT, EXTENT, lines), np.linspace(-EXTENT, EXTENT, points)
    upright = np.stack(np.meshgrid(across, along, indexing="ij"), -1).reshape(-1, 2)
    return _kept(np.concatenate([upright, upright[:, ::-1]]))


def _mesh(config: Config, lines: int, points: int) -> np.ndarray:
    """[input + 1, point]"""
    read = features_of(config.features, _lines(lines, points)).T
    return np.concatenate([read, np.ones((1, read.shape[1]))])


def _directions(
    dots: np.ndarray, raw: np.ndarray, units: tuple[int, int] | None
) -> tuple[np.ndarray, np.ndarray, float]:
    """Middle [unit 1], directions [2 unit], and the share of the variance they keep."""
    size = len(dots)
    spread = np.cov(dots).reshape(size, size) if dots.shape[1] > 1 else np.zeros((size, size))
    whole = float(np.trace(spread))
    if units is None and size > 2:
        middle, turn = dots.mean(1, keepdims=True), np.linalg.eigh(spread)[1][:, ::-1][:, :2].T
        seen = turn @ (dots - middle)
        turn = turn * np.where((seen * raw[:, :2].T).sum(1) < 0, -1, 1)[:, None]
    else:
        middle, turn = np.zeros((size, 1)), np.zeros((2, size))
        for row, unit in enumerate(units or range(min(2, size))):
            turn[row, unit] = 1
    kept = float(np.trace(turn @ spread @ turn.T)) / whole if whole else 1.0
    return middle, turn, min(kept, 1.0)
