"""The net as arrays: one flat vector of weights with a view for each layer, and its forward pass.

A layer's matrix is [unit input + 1]; its last column is the bias, met by an input that is always 1. float64 throughout:
at these sizes it costs no time (a NumPy call does), and every sum shown can be followed to its last digit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

SLOPE = 0.01  # of the leaky ReLU below zero


@dataclass(frozen=True)
class Shape:
    """What a net is, apart from its weights."""

    sizes: tuple[int, ...]  # inputs, units of each hidden layer, outputs
    activation: str  # of the hidden layers
    loss: str  # "logistic", "softmax" or "squares"

    @property
    def weights(self) -> int:
        return sum((a + 1) * b for a, b in pairwise(self.sizes))


def layers_of(flat: np.ndarray, sizes: Sequence[int]) -> list[np.ndarray]:
    """Views [unit input + 1] of `flat`, one for each layer.

    >>> [layer.shape for layer in layers_of(np.zeros(25), (2, 4, 2, 1))]
    [(4, 3), (2, 5), (1, 3)]
    """
    found, start = [], 0
    for a, b in pairwise(sizes):
        found.append(flat[start : start + (a + 1) * b].reshape(b, a + 1))
        start += (a + 1) * b
    return found


def initial(shape: Shape, seed: int, scale: float = 1.0) -> np.ndarray:
    """Uniform weights, biases 0: Glorot and Bengio 2010, equation 16; for ReLU He et al. 2015, equation 10."""
    chance = np.random.default_rng([seed, 7])
    flat = np.zeros(shape.weights)
    for layer in layers_of(flat, shape.sizes):
        units, inputs = layer.shape[0], layer.shape[1] - 1
        bent = shape.activation in ("relu", "leaky")
        limit = np.sqrt(6 / (inputs if bent else inputs + units)) * scale
        layer[:, :-1] = chance.uniform(-limit, limit, (units, inputs))
    return flat


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(0.5 * z))  # no overflow, however large z


ACTIVATE: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
    "leaky": lambda z: np.maximum(z, SLOPE * z),
    "sigmoid": _sigmoid,
    "linear": lambda z: z,
}
SLOPES: dict[str, Callable[[np.ndarray], np.ndarray]] = {  # of the activation, from what it gave
    "tanh": lambda a: 1 - a * a,
    "relu": lambda a: (a > 0).astype(a.dtype),
    "leaky": lambda a: np.where(a > 0, a.dtype.type(1), a.dtype.type(SLOPE)),
    "sigmoid": lambda a: a * (1 - a),
    "linear": np.ones_like,
}


def forward(shape: Shape, layers: Sequence[np.ndarray], x: np.ndarray) -> list[np.ndarray]:
    """[input + 1 example] -> what each layer gives, [unit example]; the last are the sums (logits) of the output."""
    found: list[np.ndarray] = []
    bend = ACTIVATE[shape.activation]
    for i, layer in enumerate(layers):
        sums = layer @ x if i == 0 else layer[:, :-1] @ found[-1] + layer[:, -1:]
        found.append(sums if i == len(layers) - 1 else bend(sums))
    return found


def answer(loss: str, sums: np.ndarray) -> np.ndarray:
    """[output example] sums -> probability of class 2; probabilities of all classes; or the values themselves."""
    if loss == "logistic":
        return _sigmoid(sums)
    if loss == "softmax":
        powers = np.exp(sums - sums.max(0))
        return powers / powers.sum(0)
    return sums


def chosen(loss: str, sums: np.ndarray) -> np.ndarray:
    """[example] the class with the highest probability."""
    return (sums[0] > 0).astype(int) if loss == "logistic" else sums.argmax(0)


def losses(loss: str, sums: np.ndarray, goal: np.ndarray) -> np.ndarray:
    """[example]: cross-entropy in nats, or the squared error. `goal` is [output example]."""
    if loss == "logistic":
        return np.logaddexp(0, -goal[0] * sums[0])
    if loss == "softmax":
        top = sums.max(0)
        return np.log(np.exp(sums - top).sum(0)) + top - (goal * sums).sum(0)
    return ((sums - goal) ** 2).mean(0)


def score(loss: str, sums: np.ndarray, y: np.ndarray) -> float:
    """Accuracy; for values R², the share of their variance that is explained (0 if they have none)."""
    if loss != "squares":
        return float((chosen(loss, sums) == y).mean())
    whole = float(((y - y.mean()) ** 2).sum())
    return 1 - float(((sums[0] - y) ** 2).sum()) / whole if whole else 0.0
