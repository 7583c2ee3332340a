"""The fast part: gradients written by hand into buffers that are made once, and optimisers over one flat vector.

An update of a tiny net in torch takes 0.4 ms, nearly all of it calls; here it is some thirty NumPy calls of half a
microsecond. Everything lies as [unit example], so that `ndarray.dot` reads and writes without a copy.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from playground.families.mlp.net import SLOPE, Shape, layers_of

Change = Callable[[np.ndarray, np.ndarray, np.ndarray], None]  # in place: what a layer gave, its deltas, scratch


def _tanh(a: np.ndarray, delta: np.ndarray, free: np.ndarray) -> None:
    np.multiply(a, a, free)
    np.subtract(1.0, free, free)
    np.multiply(delta, free, delta)


def _relu(a: np.ndarray, delta: np.ndarray, free: np.ndarray) -> None:
    np.greater(a, 0.0, free)
    np.multiply(delta, free, delta)


def _leaky(a: np.ndarray, delta: np.ndarray, free: np.ndarray) -> None:
    np.greater(a, 0.0, free)
    np.maximum(free, SLOPE, out=free)
    np.multiply(delta, free, delta)


def _sigmoid(a: np.ndarray, delta: np.ndarray, free: np.ndarray) -> None:
    np.subtract(1.0, a, free)
    np.multiply(a, free, free)
    np.multiply(delta, free, delta)


def _bend_leaky(z: np.ndarray) -> None:
    np.maximum(z, z * SLOPE, out=z)


def _bend_sigmoid(z: np.ndarray) -> None:
    np.multiply(z, 0.5, z)
    np.tanh(z, z)
    np.add(z, 1.0, z)
    np.multiply(z, 0.5, z)


BEND: dict[str, Callable[[np.ndarray], object]] = {  # in place
    "tanh": lambda z: np.tanh(z, z),
    "relu": lambda z: np.maximum(z, 0.0, out=z),
    "leaky": _bend_leaky,
    "sigmoid": _bend_sigmoid,
}
UNBEND: dict[str, Change] = {"tanh": _tanh, "relu": _relu, "leaky": _leaky, "sigmoid": _sigmoid}


Dot = Callable[[np.ndarray, np.ndarray], object]


class Up(NamedTuple):
    """One layer forward: sums = weights . x, bent, and with dropout multiplied into the next layer's input."""

    dot: Dot
    x: np.ndarray  # [input + 1 example]
    out: np.ndarray  # [unit example]
    bend: Callable[[np.ndarray], object] | None
    dropped: tuple[np.ndarray, np.ndarray, np.ndarray] | None  # out, mask, the next layer's input


class Down(NamedTuple):
    """One layer backward: gradient = delta . x; below = weightsT . delta, times mask, times slope of the bend."""

    dot: Dot
    x: np.ndarray  # [example input + 1]
    gradient: np.ndarray  # [unit input + 1]
    delta: np.ndarray  # [unit example]
    below: "Below | None"


class Below(NamedTuple):
    dot: Dot
    wide: np.ndarray  # [input + 1 example], its last row belongs to the bias' input and is of no use
    delta: np.ndarray  # the same without that row
    mask: np.ndarray | None
    unbend: Change | None
    given: np.ndarray  # [input example] what the layer below gave
    free: np.ndarray


class Pass:
    """Forward and backward over a fixed number of examples; `gradient` holds the mean gradient of the last ones.

    `masks` are [unit example] for each hidden layer, what its units are multiplied by (dropout); none without dropout.
    """

    def __init__(self, shape: Shape, flat: np.ndarray, count: int, masks: Sequence[np.ndarray] = ()) -> None:
        hidden, last = shape.sizes[1:-1], len(shape.sizes) - 2
        self.x = np.ones((count, shape.sizes[0] + 1))
        self.goal = np.zeros((count, shape.sizes[-1]))
        self.gradient = np.zeros(shape.weights)
        self._goal, self._share, self._aim = self.goal.T, 1.0 / count, AIM[shape.loss]
        self._sums = np.empty((shape.sizes[-1], count))
        layers, gradients = layers_of(flat, shape.sizes), layers_of(self.gradient, shape.sizes)
        inputs = [self.x.T, *(np.ones((n + 1, count)) for n in hidden)]  # the last row stays 1
        given = [np.empty((n, count)) for n in hidden] if masks else [full[:-1] for full in inputs[1:]]
        wide = [np.empty((n + 1, count)) for n in hidden]
        self._up: list[Up] = []
        self._down: list[Down] = []
        for i, layer in enumerate(layers):
            out = self._sums if i == last else given[i]
            dropped = (out, masks[i], inputs[i + 1][:-1]) if masks and i < last else None
            self._up.append(Up(layer.dot, inputs[i], out, None if i == last else BEND.get(shape.activation), dropped))
            below = None
            if i > 0:
                mask, free, under = masks[i - 1] if masks else None, np.empty_like(given[i - 1]), wide[i - 1]
                change = UNBEND.get(shape.activation)
                below = Below(layer.T.dot, under, under[:-1], mask, change, given[i - 1], free)
            delta = self._sums if i == last else wide[i][:-1]
            self._down.insert(0, Down(delta.dot, inputs[i].T, gradients[i], delta, below))

    def run(self) -> None:
        """From `x` and `goal`, filled by the caller, to `gradient`."""
        for dot, x, out, bend, dropped in self._up:
            dot(x, out)
            if bend is not None:
                bend(out)
            if dropped is not None:
                np.multiply(*dropped)
        self._aim(self._sums, self._goal, self._share)
        for dot, x, gradient, delta, below in self._down:
            dot(x, gradient)
            if below is not None:
                back, wide, under, mask, unbend, given, free = below
                back(delta, wide)
                if mask is not None:
                    np.multiply(under, mask, under)
                if unbend is not None:
                    unbend(given, under, free)


def _aim_logistic(z: np.ndarray, goal: np.ndarray, share: float) -> None:
    """sigmoid(z) - y = (tanh(z / 2) - (2 y - 1)) / 2, and `goal` is 2 y - 1."""
    np.multiply(z, 0.5, z)
    np.tanh(z, z)
    np.subtract(z, goal, z)
    np.multiply(z, 0.5 * share, z)


def _aim_softmax(z: np.ndarray, goal: np.ndarray, share: float) -> None:
    np.subtract(z, z.max(0), z)
    np.exp(z, z)
    np.divide(z, z.sum(0), z)
    np.subtract(z, goal, z)
    np.multiply(z, share, z)


def _aim_squares(z: np.ndarray, goal: np.ndarray, share: float) -> None:
    np.subtract(z, goal, z)
    np.multiply(z, 2 * share / len(z), z)


AIM: dict[str, Callable[[np.ndarray, np.ndarray, float], None]] = {  # in place: sums -> d mean loss / d sums
    "logistic": _aim_logistic,
    "softmax": _aim_softmax,
    "squares": _aim_squares,
}

# ---- optimisers: (first and second moment, number of this update from 1, gradient, rate) -> move, to be subtracted

Rule = Callable[[np.ndarray, np.ndarray, int, np.ndarray, float, np.ndarray], None]
MOMENTUM, KEPT, BETA1, BETA2, EPSILON = 0.9, 0.99, 0.9, 0.999, 1e-8  # as in torch.optim


def sgd(first: np.ndarray, second: np.ndarray, count: int, g: np.ndarray, rate: float, move: np.ndarray) -> None:
    np.multiply(g, rate, move)


def momentum(first: np.ndarray, second: np.ndarray, count: int, g: np.ndarray, rate: float, move: np.ndarray) -> None:
    np.multiply(first, MOMENTUM, first)
    np.add(first, g, first)
    np.multiply(first, rate, move)


def rmsprop(first: np.ndarray, second: np.ndarray, count: int, g: np.ndarray, rate: float, move: np.ndarray) -> None:
    """Hinton 2012, lecture 6e."""
    _mean(second, KEPT, np.multiply(g, g, move), move)
    np.sqrt(second, move)
    np.add(move, EPSILON, move)
    np.divide(g, move, move)
    np.multiply(move, rate, move)


def adam(first: np.ndarray, second: np.ndarray, count: int, g: np.ndarray, rate: float, move: np.ndarray) -> None:
    """Kingma and Ba 2015, algorithm 1."""
    _mean(first, BETA1, g, move)
    _mean(second, BETA2, np.multiply(g, g, move), move)
    np.sqrt(second, move)
    np.multiply(move, (1 - BETA2**count) ** -0.5, move)
    np.add(move, EPSILON, move)
    np.divide(first, move, move)
    np.multiply(move, rate / (1 - BETA1**count), move)


def _mean(mean: np.ndarray, kept: float, new: np.ndarray, free: np.ndarray) -> None:
    """mean = kept * mean + (1 - kept) * new."""
    np.multiply(mean, kept, mean)
    np.add(mean, np.multiply(new, 1 - kept, free), mean)


RULES: dict[str, Rule] = {"sgd": sgd, "momentum": momentum, "rmsprop": rmsprop, "adam": adam}


def penalise(g: np.ndarray, flat: np.ndarray, weights: np.ndarray, l1: float, l2: float) -> None:
    """Add the gradient of l1 * sum |w| + l2 / 2 * sum w². `weights` is 1 for weights and 0 for biases."""
    if l2:
        g += l2 * weights * flat
    if l1:
        g += l1 * weights * np.sign(flat)


def is_weight(shape: Shape) -> np.ndarray:
    """[number] 1 for weights and 0 for biases."""
    found = np.ones(shape.weights)
    for layer in layers_of(found, shape.sizes):
        layer[:, -1] = 0
    return found
