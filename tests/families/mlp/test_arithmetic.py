"""One opened step adds up by itself, equals autograd and torch.optim, and is the step the training makes."""

import numpy as np
import pytest
import torch

from playground.core.words import Wrong
from playground.families.mlp.arithmetic import Walk, open_step
from playground.families.mlp.change import learn
from playground.families.mlp.config import ACTIVATIONS, OPTIMIZERS, Config
from playground.families.mlp.state import State, begin
from tests.families.mlp import reference
from tests.families.mlp.test_state import after

DATA = [{}, {"data": "spiral", "classes": 3}, {"data": "multi-gauss"}, {"data": "wine"}]


def trained(**fields: object) -> State:
    return after(begin(Config(rate=0.01, l1=0.002, l2=0.03, **fields)), 40)  # type: ignore[arg-type]


def near(a: object, b: object) -> None:
    np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


def check_sums(walk: Walk, state: State) -> None:
    for i, layer in enumerate(walk.layers):
        near(
            layer.sums,
            [sum(w * x for w, x in zip(row, layer.inputs, strict=True)) for row in layer.weights] + layer.bias,
        )
        near(layer.gradient, layer.delta[:, None] * np.append(layer.inputs, 1))
        near(layer.penalty[:, :-1], 0.002 * np.sign(layer.weights) + 0.03 * layer.weights)
        assert not layer.penalty[:, -1].any()
        near(layer.after, np.column_stack([layer.weights, layer.bias]) - layer.move)
        if i < len(walk.layers) - 1:
            behind = walk.layers[i + 1]
            near(layer.outputs, behind.inputs)
            near(layer.upstream, behind.weights.T @ behind.delta)
            near(layer.delta, layer.upstream * layer.slope)
    last = walk.layers[-1]
    near(last.delta, (last.outputs - walk.goal) * (2 if state.data.loss == "squares" else 1))


def check_rule(walk: Walk) -> None:
    """The sentence of each rule, word by word."""
    for layer in walk.layers:
        rule, g = layer.rule, layer.gradient + layer.penalty
        if rule.name == "sgd":
            near(layer.move, rule.rate * g)
        if rule.name == "momentum":
            near(rule.first, 0.9 * rule.first_before + g)
            near(layer.move, rule.rate * rule.first)
        if rule.name == "rmsprop":
            near(rule.second, 0.99 * rule.second_before + 0.01 * g**2)
            near(layer.move, rule.rate * g / (np.sqrt(rule.second) + 1e-8))
        if rule.name == "adam":
            near(rule.first, 0.9 * rule.first_before + 0.1 * g)
            near(rule.second, 0.999 * rule.second_before + 0.001 * g**2)
            near([rule.first_share, rule.second_share], [1 - 0.9**41, 1 - 0.999**41])
            mean, square = rule.first / rule.first_share, rule.second / rule.second_share
            near(layer.move, rule.rate * mean / (np.sqrt(square) + 1e-8))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("data", DATA)
def test_it_adds_up_and_is_the_step_the_training_makes(data: dict[str, object], optimizer: str) -> None:
    state = trained(optimizer=optimizer, schedule="exponential", length=50, **data)
    walk = open_step(state, 5)
    assert walk.layers[0].rule.rate == pytest.approx(0.01 * 0.5 ** (40 / 50))
    check_sums(walk, state)
    check_rule(walk)
    learn(state, 5)
    near(np.concatenate([layer.after.ravel() for layer in walk.layers]), state.nets[0].flat)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("data", DATA)
def test_it_equals_autograd(data: dict[str, object], activation: str) -> None:
    state = trained(activation=activation, hidden=(3, 4, 2), **data)
    walk = open_step(state, 8, "test")
    test = state.data.test
    model = reference.net(state.shape, state.nets[0].flat)
    loss = reference.loss(state.data.loss, model(torch.tensor(test.x[8:9, :-1])), test.y[8:9])
    loss.backward()
    assert walk.loss == pytest.approx(loss.item(), rel=1e-12)
    near(np.concatenate([layer.gradient.ravel() for layer in walk.layers]), reference.flat(model, gradient=True))
    near(walk.raw, test.raw[8])


def test_a_net_without_hidden_layers_opens() -> None:
    state = trained(hidden=())
    (layer,) = open_step(state, 0).layers
    near(layer.delta, 1 / (1 + np.exp(-layer.sums)) - state.data.train.y[0])


def test_an_example_that_is_not_there() -> None:
    with pytest.raises(Wrong, match="no example 250"):
        open_step(begin(Config()), 250)
    with pytest.raises(Wrong, match="no net 1"):
        open_step(begin(Config()), 0, net=1)


def test_a_racer_is_opened_with_its_own_numbers() -> None:
    state = after(begin(Config(race=(("sgd", 0.1), ("adam", 0.01)))), 10)
    walk = open_step(state, 3, net=1)
    assert walk.layers[0].rule.name == "adam" and walk.layers[0].rule.rate == 0.01
    learn(state, 3)
    near(np.concatenate([layer.after.ravel() for layer in walk.layers]), state.nets[1].flat)
