"""One step by one example, opened: forward, backward and update, every number with those it is made of.

The step is the one that `change.learn` makes: a batch of this example alone, without dropout. It is computed here in
plain sums, layer by layer, and the engine's flat vectors come to the same (a test compares them).
"""

from dataclasses import dataclass

import numpy as np

from playground.families.mlp.change import index, net_of
from playground.families.mlp.engine import BETA1, BETA2, EPSILON, KEPT, MOMENTUM
from playground.families.mlp.net import ACTIVATE, SLOPES, answer, layers_of, losses
from playground.families.mlp.sight import part_of
from playground.families.mlp.state import State


@dataclass(frozen=True, eq=False)
class Rule:
    """How each parameter of a layer moves; arrays are [unit input + 1], the bias last. What a rule has not is None.

    sgd       move = rate * gradient
    momentum  first = 0.9 * first_before + gradient;  move = rate * first
    rmsprop   second = 0.99 * second_before + 0.01 * gradient²;  move = rate * gradient / (sqrt(second) + 1e-8)
    adam      first = 0.9 * first_before + 0.1 * gradient;  second = 0.999 * second_before + 0.001 * gradient²;
              move = rate * first / first_share / (sqrt(second / second_share) + 1e-8)
    """

    name: str
    rate: float  # what the schedule left of it
    first_before: np.ndarray | None = None
    first: np.ndarray | None = None
    second_before: np.ndarray | None = None
    second: np.ndarray | None = None
    first_share: float = 1.0  # 1 - 0.9^t: how much of a mean has come together after t updates
    second_share: float = 1.0  # 1 - 0.999^t


@dataclass(frozen=True, eq=False)
class Layer:
    """Arrays are [unit], or [unit input] where two are named."""

    inputs: np.ndarray  # [input]
    weights: np.ndarray  # [unit input]
    bias: np.ndarray
    sums: np.ndarray  # inputs @ weights + bias
    outputs: np.ndarray  # activation of the sums; of the last layer probabilities or values
    upstream: np.ndarray  # d loss / d outputs = sum over the next layer's units of its deltas * its weights
    slope: np.ndarray  # of the activation, d outputs / d sums; nan in the last layer, whose delta needs none
    delta: np.ndarray  # d loss / d sums = upstream * slope; in the last layer (outputs - goal), times 2 for squares
    gradient: np.ndarray  # [unit input + 1] delta * input (1 for the bias, which stands last)
    penalty: np.ndarray  # [unit input + 1] l1 * sign(weight) + l2 * weight; 0 for the bias
    rule: Rule  # its gradient is gradient + penalty
    move: np.ndarray  # [unit input + 1] what is subtracted
    after: np.ndarray  # [unit input + 1] weights and bias after the update


@dataclass(frozen=True, eq=False)
class Walk:
    example: int
    part: str
    raw: np.ndarray  # the example as it was: a point, or its row of the table
    goal: np.ndarray  # [output] 0 or 1 for each class (class 2 alone, if there are two), or the value
    loss: float
    layers: tuple[Layer, ...]


def open_step(state: State, example: int, part: str = "train", net: int = 0) -> Walk:
    """Raises Wrong for an example that is not there. Test examples open the same way, though no net learns by them."""
    examples = part_of(state, part)
    index(example, len(examples), "example", "样本")
    learner, shape = net_of(state, net), state.shape
    sizes = shape.sizes
    matrices = layers_of(learner.flat, sizes)
    inputs, sums, outputs = _forward(state, matrices, examples.x[example, :-1])
    goal = examples.goal[example]
    loss = float(losses(shape.loss, sums[-1][:, None], goal[:, None])[0])
    goal = (goal + 1) / 2 if shape.loss == "logistic" else goal
    deltas, upstreams, slopes = _backward(state, matrices, outputs, goal)
    found, start = [], 0
    for i, matrix in enumerate(matrices):
        gradient = np.outer(deltas[i], np.append(inputs[i], 1.0))
        penalty = state.config.l1 * np.sign(matrix) + state.config.l2 * matrix
        penalty[:, -1] = 0
        here = slice(start, start + matrix.size)
        rule, move = _rule(state, net, gradient + penalty, here)
        forward_ = (inputs[i], matrix[:, :-1].copy(), matrix[:, -1].copy(), sums[i], outputs[i])
        back = (upstreams[i], slopes[i], deltas[i], gradient, penalty)
        found.append(Layer(*forward_, *back, rule, move, matrix - move))
        start += matrix.size
    return Walk(example, part, examples.raw[example], goal, loss, tuple(found))


Vectors = list[np.ndarray]


def _forward(state: State, matrices: Vectors, x: np.ndarray) -> tuple[Vectors, Vectors, Vectors]:
    """Inputs, sums and outputs of each layer."""
    inputs, sums, outputs = [x], [], []
    for i, matrix in enumerate(matrices):
        sums.append(matrix[:, :-1] @ inputs[-1] + matrix[:, -1])
        if i < len(matrices) - 1:
            outputs.append(ACTIVATE[state.shape.activation](sums[-1]))
            inputs.append(outputs[-1])
    return inputs, sums, [*outputs, answer(state.shape.loss, sums[-1])]


def _backward(state: State, matrices: Vectors, outputs: Vectors, goal: np.ndarray) -> tuple[Vectors, Vectors, Vectors]:
    """Deltas, upstreams and slopes of each layer."""
    last = outputs[-1] - goal
    deltas = [last * 2 / len(last) if state.shape.loss == "squares" else last]
    upstreams, slopes = [np.full(len(last), np.nan)], [np.full(len(last), np.nan)]
    for matrix, given in zip(matrices[:0:-1], outputs[-2::-1], strict=True):
        upstreams.insert(0, matrix[:, :-1].T @ deltas[0])
        slopes.insert(0, SLOPES[state.shape.activation](given))
        deltas.insert(0, upstreams[0] * slopes[0])
    return deltas, upstreams, slopes


def _rule(state: State, net: int, g: np.ndarray, here: slice) -> tuple[Rule, np.ndarray]:
    """The optimizer's numbers for the parameters `here` of the flat vector, and their move."""
    learner = state.nets[net]
    rate, name = state.rate(learner), learner.optimizer
    first, second = learner.first[here].reshape(g.shape).copy(), learner.second[here].reshape(g.shape).copy()
    if name == "momentum":
        new = MOMENTUM * first + g
        return Rule(name, rate, first, new), rate * new
    if name == "rmsprop":
        new = KEPT * second + (1 - KEPT) * g**2
        return Rule(name, rate, second_before=second, second=new), rate * g / (np.sqrt(new) + EPSILON)
    if name == "adam":
        mean, square = BETA1 * first + (1 - BETA1) * g, BETA2 * second + (1 - BETA2) * g**2
        shares = 1 - BETA1 ** (learner.count + 1), 1 - BETA2 ** (learner.count + 1)
        move = rate * mean / shares[0] / (np.sqrt(square / shares[1]) + EPSILON)
        return Rule(name, rate, first, mean, second, square, *shares), move
    return Rule(name, rate), rate * g
