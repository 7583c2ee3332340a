"""Gradients by hand against autograd, optimisers and schedules against torch's, over whole trainings."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from playground.families.mlp.change import gradient_of
from playground.families.mlp.config import ACTIVATIONS, OPTIMIZERS, SCHEDULES, Config
from playground.families.mlp.engine import Pass
from playground.families.mlp.net import Shape, initial, layers_of
from playground.families.mlp.sight import upcoming
from playground.families.mlp.state import begin, steps
from tests.families.mlp import reference

DATA = {"logistic": ("circle", 2), "softmax": ("spiral", 4), "squares": ("multi-gauss", 2)}
HIDDEN = {0: (), 1: (3,), 2: (4, 2), 3: (5, 1, 4), 4: (2, 3, 4, 5), 5: (3, 3, 3, 3, 3), 6: (4, 5, 6, 4, 3, 2)}


def config_of(loss: str, **more: object) -> Config:
    data, classes = DATA[loss]
    return replace(Config(data=data, classes=classes, noise=0.1, points=60), **more)


@pytest.mark.parametrize("depth", HIDDEN)
@pytest.mark.parametrize("loss", DATA)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradients_equal_autograd(activation: str, loss: str, depth: int) -> None:
    chance = np.random.default_rng(depth)
    for l1, l2 in ((0.0, 0.0), (0.01, 0.0), (0.0, 0.02), (0.01, 0.02)):
        config = config_of(loss, hidden=HIDDEN[depth], activation=activation, l1=l1, l2=l2)
        state = begin(config)
        net = state.nets[0]
        net.flat += chance.normal(0, 0.2, net.flat.shape)  # biases other than 0
        chosen = chance.permutation(len(state.data.train))[:7]
        model = reference.net(state.shape, net.flat)
        sums = model(torch.tensor(state.data.train.x[chosen, :-1]))
        whole = reference.loss(loss, sums, state.data.train.y[chosen]) + reference.penalty(model, config)
        whole.backward()
        np.testing.assert_allclose(
            gradient_of(state, net, chosen), reference.flat(model, gradient=True), atol=1e-12, rtol=1e-9
        )


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradients_through_dropout_equal_autograd(activation: str) -> None:
    shape = Shape((2, 6, 5, 3), activation, "softmax")
    chance = np.random.default_rng(0)
    flat = initial(shape, 0) + chance.normal(0, 0.2, shape.weights)
    masks = [(chance.random((n, 8)) < 0.7) / 0.7 for n in shape.sizes[1:-1]]
    run = Pass(shape, flat, 8, masks)
    x, y = chance.normal(size=(8, 2)), chance.integers(0, 3, 8).astype(float)
    run.x[:, :-1], run.goal[:] = x, np.eye(3)[y.astype(int)]
    run.run()
    model = reference.net(shape, flat)
    seen, drops = torch.tensor(x), iter(masks)
    for i, module in enumerate(model):
        seen = module(seen)
        if i % 2:
            seen = seen * torch.tensor(next(drops).T)
    reference.loss("softmax", seen, y).backward()
    np.testing.assert_allclose(run.gradient, reference.flat(model, gradient=True), atol=1e-12)


def schedule_of(config: Config, optimizer: torch.optim.Optimizer) -> torch.optim.lr_scheduler.LRScheduler:
    made = torch.optim.lr_scheduler
    if config.schedule == "cosine":
        return made.CosineAnnealingLR(optimizer, config.length)
    if config.schedule == "step":
        return made.StepLR(optimizer, config.length, config.factor)
    if config.schedule == "exponential":
        return made.ExponentialLR(optimizer, config.factor ** (1 / config.length))
    return made.ConstantLR(optimizer, 1.0)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("loss", DATA)
def test_sixty_updates_equal_torch(loss: str, optimizer: str, schedule: str) -> None:
    config = config_of(loss, optimizer=optimizer, schedule=schedule, rate=0.02, l1=1e-3, l2=1e-2, batch=7)
    config = replace(config, length=70 if schedule == "cosine" else 17, factor=0.7)
    state = begin(config)
    model = reference.net(state.shape, state.nets[0].flat)
    rule = reference.OPTIMIZERS[optimizer](model.parameters(), config.rate)
    fading = schedule_of(config, rule)
    moving = steps(state)
    for _ in range(60):
        chosen = upcoming(state)
        assert state.rate(state.nets[0]) == pytest.approx(rule.param_groups[0]["lr"], rel=1e-9)
        rule.zero_grad()
        sums = model(torch.tensor(state.data.train.x[chosen, :-1]))
        (reference.loss(loss, sums, state.data.train.y[chosen]) + reference.penalty(model, config)).backward()
        rule.step()
        fading.step()
        next(moving)
    np.testing.assert_allclose(state.nets[0].flat, reference.flat(model), atol=1e-9)
    assert state.epoch > 5


def test_cosine_stays_at_zero() -> None:
    state = begin(Config(schedule="cosine", length=10))
    for _ in zip(range(12), steps(state), strict=False):
        pass
    assert state.rate(state.nets[0]) == 0


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_initial_weights_keep_the_size_of_signals(activation: str) -> None:
    shape = Shape((32, 32, 32, 32), activation, "squares")
    layers = layers_of(initial(shape, 3), shape.sizes)
    gain = 2.0 if activation in ("relu", "leaky") else 1.0
    for layer in layers:
        assert layer[:, :-1].var() * 32 == pytest.approx(gain, rel=0.15)
        assert not layer[:, -1].any()
    assert np.array_equal(2 * initial(shape, 3), initial(shape, 3, 2.0))
    assert not np.array_equal(initial(shape, 3), initial(shape, 4))
