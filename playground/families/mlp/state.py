"""A training as plain data, and the generator that moves it: one update of every net for each `next`."""

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from playground.core.words import Text, Wrong
from playground.data.tables import Table
from playground.families.mlp.config import Config
from playground.families.mlp.engine import RULES, Pass, is_weight, penalise
from playground.families.mlp.examples import Data, Part, gather
from playground.families.mlp.net import Shape, forward, initial, layers_of, losses, score

CURVE = 400  # points of a curve, at most
LARGEST = 1e4  # no net that learns has weights so large (root of the sum of their squares)

DIVERGED = Text(
    "The weights grew without bound (divergence). Start again with a lower learning rate or smaller initial weights.",
    "权重无限增大（发散）。请降低学习率或减小初始权重，再重新开始。",
)


@dataclass(eq=False)
class Net:
    """One net and its optimiser."""

    optimizer: str
    rate: float
    flat: np.ndarray  # float64 [weight], all of them; `layers_of` gives the matrices
    first: np.ndarray  # [weight] running mean of the gradients (momentum, Adam)
    second: np.ndarray  # [weight] running mean of their squares (RMSprop, Adam)
    count: int = 0  # updates since the moments were zero
    lost: bool = False  # diverged in a race: it keeps its last weights while the others go on
    curve: list[tuple[float, ...]] = field(default_factory=list)  # (updates, training loss, test loss, scores of both)

    def copy(self) -> "Net":
        arrays = (self.flat.copy(), self.first.copy(), self.second.copy())
        return Net(self.optimizer, self.rate, *arrays, self.count, self.lost, list(self.curve))


@dataclass(eq=False)
class State:
    config: Config
    data: Data  # never altered: copies share it
    shape: Shape
    nets: list[Net]  # more than one when optimisers race
    chance: np.random.Generator  # for dropout; the order of the examples depends on seed and epoch alone
    done: int = 0
    epoch: int = 0
    place: int = 0  # examples of this epoch seen
    spacing: int = 1  # updates between two points of the curves
    altered: bool = False  # the settings alone do not lead here: weights were given, or something changed on the way

    def copy(self) -> "State":
        nets, chance = [net.copy() for net in self.nets], copy.deepcopy(self.chance)
        return replace(self, nets=nets, chance=chance)

    @property
    def nbytes(self) -> int:
        return sum(3 * net.flat.nbytes + 200 * len(net.curve) for net in self.nets) + 2000

    @property
    def batch(self) -> int:
        return min(self.config.batch, len(self.data.train))

    @property
    def measured_every(self) -> int:
        """Updates between two measures of losses on all examples: an epoch, ten at least."""
        return max(10, len(self.data.train) // self.batch)

    def rate(self, net: Net) -> float:
        """The learning rate of the next update."""
        return net.rate * self.faded

    @property
    def faded(self) -> float:
        """What the schedule has left of the learning rate."""
        config, t = self.config, self.done
        if config.schedule == "cosine":
            return 0.5 * (1 + math.cos(math.pi * min(t / config.length, 1.0)))
        if config.schedule == "step":
            return config.factor ** (t // config.length)
        if config.schedule == "exponential":
            return config.factor ** (t / config.length)
        return 1.0

    def ended(self) -> Text | None:
        config = self.config
        if config.stop_steps and self.done >= config.stop_steps:
            return Text(f"Stopped after {self.done:,} updates, as asked.", f"已按要求在 {self.done:,} 次更新后停止。")
        if config.schedule == "cosine" and self.done >= config.length:
            return Text("Stopped: the learning rate has reached zero.", "已停止：学习率已降到零。")
        if config.stop_train_loss or config.stop_test_loss or config.stop_accuracy:
            return next(filter(None, (self._reached(net.curve[-1]) for net in self.nets)), None)
        return None

    def _reached(self, row: tuple[float, ...]) -> Text | None:
        """`row` of a curve; judged once an epoch."""
        config, (_, train, test, _, right) = self.config, row
        if 0 < config.stop_train_loss >= train:
            return Text(f"Stopped: the training loss is {train:.4g}.", f"已停止：训练损失为 {train:.4g}。")
        if 0 < config.stop_test_loss >= test:
            return Text(f"Stopped: the test loss is {test:.4g}.", f"已停止：测试损失为 {test:.4g}。")
        if config.stop_accuracy and right >= config.stop_accuracy:
            name = ("accuracy", "准确率") if config.learns == "classes" else ("R²", "R²")
            return Text(f"Stopped: {name[0]} on test data is {right:.4g}.", f"已停止：测试{name[1]}为 {right:.4g}。")
        return None


def begin(config: Config, table: Table | None = None) -> State:
    """`table` takes the place of the digits that ship. Raises Wrong for data that cannot be learned from."""
    data = gather(config, table)
    sizes = (len(data.inputs), *config.hidden, data.outputs)
    shape = Shape(sizes, config.activation, data.loss)
    flat = initial(shape, config.seed, config.scale)
    nets = [Net(name, rate, flat.copy(), np.zeros_like(flat), np.zeros_like(flat)) for name, rate in config.racers]
    state = State(config, data, shape, nets, np.random.default_rng([config.seed, 11]))
    state.spacing = state.measured_every
    measure(state)
    return state


def steps(state: State) -> Iterator[State]:
    """The training loop. Reads rates and the rest from the state at every update; raises Wrong(DIVERGED).

    What a changed Config needs, buffers of another size for example, is made anew.
    """
    while True:
        config, data = state.config, state.data
        update = Update(state)
        while state.config is config and state.data is data:
            update.once(state)
            yield state


class Update:
    """Buffers for updates of all nets of a state, by the same batches and, with dropout, the same masks."""

    def __init__(self, state: State) -> None:
        config, shape, batch = state.config, state.shape, state.batch
        drop = config.dropout > 0
        self._masks = [np.empty((n, batch)) for n in shape.sizes[1:-1]] if drop else []
        self.passes = [Pass(shape, net.flat, batch, self._masks) for net in state.nets]
        self._moves = [np.empty_like(net.flat) for net in state.nets]
        self._penalty = (is_weight(shape), config.l1, config.l2)
        self._penalised = config.l1 > 0 or config.l2 > 0
        self._kept = 1 - config.dropout
        self._steady = config.schedule == "constant"
        self._every = state.measured_every
        self._epoch, self._order = -1, np.empty(0, np.int64)

    def _next(self, state: State, batch: int) -> np.ndarray:
        """The examples of the next update; the state moves behind them. A rest too small for a batch is dropped."""
        count = len(state.data.train)
        if state.place + batch > count:
            state.epoch, state.place = state.epoch + 1, 0
        if self._epoch != state.epoch:
            self._epoch, self._order = state.epoch, order_of(state)
        place = state.place
        state.place = place + batch
        return self._order[place : place + batch]

    def once(self, state: State) -> None:
        train = state.data.train
        first = self.passes[0]
        chosen = self._next(state, len(first.x))
        for mask in self._masks:
            state.chance.random(out=mask)
            np.less(mask, self._kept, mask)
            np.divide(mask, self._kept, mask)
        faded = 1.0 if self._steady else state.faded
        for net, run, move in zip(state.nets, self.passes, self._moves, strict=True):
            if net.lost:
                continue
            train.x.take(chosen, 0, run.x, "clip")
            train.goal.take(chosen, 0, run.goal, "clip")
            run.run()
            if self._penalised:
                penalise(run.gradient, net.flat, *self._penalty)
            net.count += 1
            RULES[net.optimizer](net.first, net.second, net.count, run.gradient, net.rate * faded, move)
            np.subtract(net.flat, move, move)
            if move.dot(move) < LARGEST * LARGEST:
                net.flat[:] = move
            else:  # nan, too, is not smaller
                lose(state, net)
        state.done += 1
        if state.done % self._every == 0:
            measure(state)


def lose(state: State, net: Net) -> None:
    """A net has diverged and keeps the weights it had; raises Wrong unless another one still learns."""
    net.lost = True
    if all(other.lost for other in state.nets):
        raise Wrong(*DIVERGED)


def order_of(state: State) -> np.ndarray:
    """[example] the order in which this epoch goes through the training examples."""
    return np.random.default_rng([state.config.seed, 13, state.epoch]).permutation(len(state.data.train))


def sums_of(state: State, net: Net, part: Part) -> np.ndarray:
    """[output example]: the sums of the output layer (without dropout)."""
    return forward(state.shape, layers_of(net.flat, state.shape.sizes), part.x.T)[-1]


def figures(state: State, net: Net) -> tuple[float, float, float, float]:
    """Training and test loss, training and test score (accuracy, or R²)."""
    loss, parts = state.data.loss, (state.data.train, state.data.test)
    sums = [sums_of(state, net, part) for part in parts]
    found = [float(losses(loss, z, part.goal.T).mean()) for z, part in zip(sums, parts, strict=True)]
    train, test = (score(loss, z, part.y) for z, part in zip(sums, parts, strict=True))
    return found[0], found[1], train, test


def measure(state: State) -> None:
    """Write the figures into the curves; their last point is always the newest."""
    for net in state.nets:
        if net.lost:
            continue
        curve = net.curve
        while curve and (curve[-1][0] == state.done or curve[-1][0] % state.spacing):
            curve.pop()
        curve.append((state.done, *figures(state, net)))
    if max(len(net.curve) for net in state.nets) > CURVE:
        state.spacing *= 2
        for net in state.nets:
            last = net.curve[-1]
            net.curve[:] = [row for row in net.curve[:-1] if row[0] % state.spacing == 0] + [last]
