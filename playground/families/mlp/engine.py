"""The fast part: gradients written by hand into buffers that are made once, and optimisers over one flat vector.

An update of a tiny net in torch takes 0.4 ms, nearly all of it calls; here it is some thirty NumPy calls of half a
microsecond. Everything lies as [unit example], so that `ndarray.dot` reads and writes without a copy.
"""

from collections.abc import Callable, Sequence

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
    np.maximum(free, SLOPE, free)
    np.multiply(delta, free, delta)


def _sigmoid(a: np.ndarray, delta: np.ndarray, free: np.ndarray) -> None:
    np.subtract(1.0, a, free)
    np.multiply(a, free, free)
    np.multiply(delta, free, delta)


def _bend_leaky(z: np.ndarray) -> None:
    np.maximum(z, z * SLOPE, z)


def _bend_sigmoid(z: np.ndarray) -> None:
    np.multiply(z, 0.5, z)
    np.tanh(z, z)
    np.add(z, 1.0, z)
    np.multiply(z, 0.5, z)


BEND: dict[str, Callable[[np.ndarray], object]] = {  # in place
    "tanh": lambda z: np.tanh(z, z),
    "relu": lambda z: np.maximum(z, 0.0, z),
    "leaky": _bend_leaky,
    "sigmoid": _bend_sigmoid,
}
UNBEND: dict[str, Change] = {"tanh": _tanh, "relu": _relu, "leaky": _leaky, "sigmoid": _sigmoid}


class Pass:
    """Forward and backward over a fixed number of examples; `gradient` holds the mean gradient of the last ones.

    `masks` are [unit example] for each hidden layer, what its units are multiplied by (dropout); none without dropout.
    """

    def __init__(self, shape: Shape, flat: np.ndarray, count: int, masks: Sequence[np.ndarray] = ()) -> None:
        sizes = shape.sizes
        self.x = np.ones((count, sizes[0] + 1))
        self.goal = np.zeros((count, sizes[-1]))
        self.gradient = np.zeros(shape.weights)
        layers, gradients = layers_of(flat, sizes), layers_of(self.gradient, sizes)
        inputs = [self.x.T, *(np.ones((n + 1, count)) for n in sizes[1:-1])]  # the last row stays 1
        outputs = [full[:-1] for full in inputs[1:]]  # what hidden layers give: the next one's input, if nothing drops
        if masks:
            outputs = [np.empty((n, count)) for n in sizes[1:-1]]
        self._dropped = list(zip(outputs, masks, (full[:-1] for full in inputs[1:]), strict=True)) if masks else []
        self._sums = np.empty((sizes[-1], count))
        bend = BEND.get(shape.activation)
        self._up = [
            (w.dot, x, z, bend if i < len(layers) - 1 else None)
            for i, (w, x, z) in enumerate(zip(layers, inputs, [*outputs, self._sums], strict=True))
        ]
        unbend = UNBEND.get(shape.activation)
        deltas = [np.empty((n + 1, count)) for n in sizes[1:-1]]  # with a row for the bias' input, of no use
        self._down = []
        for i in reversed(range(len(layers))):
            delta = self._sums if i == len(layers) - 1 else deltas[i][:-1]
            below = (layers[i].T, deltas[i - 1]) if i else None
            free = np.empty_like(outputs[i - 1]) if i else None
            mask = masks[i - 1] if masks and i else None
            self._down.append(
                (delta.dot, inputs[i].T, gradients[i], below, unbend, outputs[i - 1] if i else None, free, mask, delta)
            )
        self._aim = AIM[shape.loss]
        self._goal, self._share = self.goal.T, 1.0 / count

    def run(self) -> None:
        """From `x` and `goal`, filled by the caller, to `gradient`."""
        for i, (dot, x, z, bend) in enumerate(self._up):
            dot(x, z)
            if bend is not None:
                bend(z)
            if self._dropped and i < len(self._dropped):
                np.multiply(*self._dropped[i])
        self._aim(self._sums, self._goal, self._share)
        for dot, x, gradient, below, unbend, a, free, mask, delta in self._down:
            dot(x, gradient)
            if below is not None:
                weights, under = below
                weights.dot(delta, under)
                under = under[:-1]
                if mask is not None:
                    np.multiply(under, mask, under)
                if unbend is not None:
                    unbend(a, under, free)


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
