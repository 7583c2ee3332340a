"""The two small nets by hand: forward, backward, and the derivative of a gradient's length, in NumPy.

Nets this small are all overhead in a tensor library: one iteration is some three times faster like this. Everything
keeps the type of what it is given; float32 in a training, float64 where the tests compare.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

Array = np.ndarray


class Activation(NamedTuple):
    """A function and its first two derivatives, both told from what the function gave."""

    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    bend: Callable[[Array], Array] | None  # None where it is zero
    gain: float  # standard deviation of a unit's weights is gain / sqrt(inputs)


LEAK = np.float32(0.2)
ACTIVATIONS = {
    "relu": Activation(lambda a: np.maximum(a, 0), lambda h: (h > 0).astype(h.dtype), None, 2**0.5),
    "leaky": Activation(
        lambda a: np.maximum(a, LEAK * a), lambda h: np.maximum((h > 0).astype(h.dtype), LEAK), None, 1.387
    ),
    "tanh": Activation(np.tanh, lambda h: 1 - h * h, lambda h: -2 * h * (1 - h * h), 1.0),
    "sigmoid": Activation(
        lambda a: sigmoid(a), lambda h: h * (1 - h), lambda h: h * (1 - h) * (1 - 2 * h), 4.0
    ),  # its slope is 1/4 at most
}


def sigmoid(a: Array) -> Array:
    """1 / (1 + exp(-a)) without overflow, and exact where it is tiny."""
    return 1 / (1 + np.exp(np.minimum(-a, 80)))


class Net:
    """Dense layers with one activation, the last one linear. All weights are one vector, `flat`."""

    def __init__(self, sizes: Sequence[int], act: str, flat: Array) -> None:
        self.sizes, self.act, self.flat = tuple(sizes), act, flat
        self.layers = self.parts(flat)
        self._act = ACTIVATIONS[act]

    @staticmethod
    def count(sizes: Sequence[int]) -> int:
        return sum(before * after + after for before, after in pairwise(sizes))

    @classmethod
    def fresh(cls, sizes: Sequence[int], act: str, random: np.random.Generator) -> "Net":
        """Weights drawn so that every layer hands on the spread it was given; no biases."""
        net = cls(sizes, act, np.zeros(cls.count(sizes), np.float32))
        for at, (weight, _) in enumerate(net.layers):
            gain = 1.0 if at == len(net.layers) - 1 else ACTIVATIONS[act].gain
            weight[:] = random.standard_normal(weight.shape, np.float32) * np.float32(gain / len(weight) ** 0.5)
        return net

    def parts(self, flat: Array) -> list[tuple[Array, Array]]:
        """(weight [before after], bias [after]) of each layer, as views into a vector like `flat`."""
        views, at = [], 0
        for before, after in pairwise(self.sizes):
            middle, end = at + before * after, at + before * after + after
            views.append((flat[at:middle].reshape(before, after), flat[middle:end]))
            at = end
        return views

    def forward(self, x: Array) -> list[Array]:
        """What every layer gives, from `x` itself to the output: one [row unit] per layer and one more."""
        seen, last = [x], len(self.layers) - 1
        for at, (weight, bias) in enumerate(self.layers):
            a = seen[-1] @ weight
            a += bias
            seen.append(a if at == last else self._act.value(a))
        return seen

    def __call__(self, x: Array) -> Array:
        return self.forward(x)[-1]

    def backward(self, seen: list[Array], delta: Array, grad: list[tuple[Array, Array]] | None) -> Array:
        """From the derivative of a loss by the output, `delta`: those by the weights are added to `grad`, and the one
        by the input is given back."""
        ones = np.ones(len(delta), delta.dtype)
        for at in reversed(range(len(self.layers))):
            if grad:
                weight, bias = grad[at]
                weight += seen[at].T @ delta
                bias += ones @ delta
            delta = delta @ self.layers[at][0].T
            if at:
                delta *= self._act.slope(seen[at])
        return delta

    def slopes(self, seen: list[Array]) -> Array:
        """Derivative of a single output by the input, [row input]."""
        return self.backward(seen, np.ones_like(seen[-1]), None)

    def bend(self, seen: list[Array], along: Array, grad: list[tuple[Array, Array]]) -> None:
        """Add to `grad` the derivative, by the weights, of sum(along * slopes(seen)), with `along` held fixed.

        That sum is how fast the outputs grow when the inputs move along `along`: it is carried forward next to the
        values, and both are then carried back.
        """
        moves = [along]  # how each layer's output moves
        for at, (weight, _) in enumerate(self.layers):
            moved = moves[-1] @ weight
            moves.append(moved if at == len(self.layers) - 1 else moved * self._act.slope(seen[at + 1]))
        by_move: Array = np.ones_like(seen[-1])
        by_value: Array | None = None
        for at in reversed(range(len(self.layers))):
            weight, bias = grad[at]
            weight += moves[at].T @ by_move
            by_move = by_move @ self.layers[at][0].T
            if by_value is not None:
                weight += seen[at].T @ by_value
                bias += by_value.sum(0)
                by_value = by_value @ self.layers[at][0].T
            if at:
                by_move, by_value = self._through(at, seen, moves, by_move, by_value)

    def _through(
        self, at: int, seen: list[Array], moves: list[Array], by_move: Array, by_value: Array | None
    ) -> tuple[Array, Array | None]:
        """Back through the activation that gave seen[at]; a bent one ties the value to the move."""
        slope = self._act.slope(seen[at])
        by_value = None if by_value is None else by_value * slope
        if self._act.bend:
            moved = moves[at - 1] @ self.layers[at - 1][0]
            tied = by_move * self._act.bend(seen[at]) * moved
            by_value = tied if by_value is None else by_value + tied
        return by_move * slope, by_value

    def copy(self) -> "Net":
        return Net(self.sizes, self.act, self.flat.copy())
