"""The nets, losses, penalties and optimisers that were written by hand, against those of PyTorch."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.families.gan.plane import ACTIVATIONS, LOSSES, OPTIMISERS, Side, plane_config
from playground.families.gan.plane_loss import fooled, judged, penalty, shown_score, softplus
from playground.families.gan.plane_nets import Net, sigmoid
from playground.families.gan.plane_play import fool, judge, plane_begin, plane_steps
from playground.families.gan.plane_state import PlaneState, Player

TORCH: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "leaky": lambda: nn.LeakyReLU(0.2),
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}
CLOSE = 1e-5
by_act = pytest.mark.parametrize("act", ACTIVATIONS)
by_depth = pytest.mark.parametrize("depth", [0, 1, 2, 3, 5])
by_loss = pytest.mark.parametrize("loss", LOSSES)


def twin(net: Net) -> nn.Sequential:
    """The same net in PyTorch."""
    layers: list[nn.Module] = []
    for at, (weight, bias) in enumerate(net.layers):
        linear = nn.Linear(*weight.shape)
        linear.weight.data, linear.bias.data = torch.from_numpy(weight.T.copy()), torch.from_numpy(bias.copy())
        layers += [linear] if at == len(net.layers) - 1 else [linear, TORCH[net.act]()]
    return nn.Sequential(*layers)


def flat(net: nn.Sequential, of: Callable[[Tensor], Tensor | None]) -> np.ndarray:
    """Something of every weight of a PyTorch net, in our order."""
    found = []
    for linear in net:
        if isinstance(linear, nn.Linear):
            for weight in (linear.weight, linear.bias):
                value = of(weight)
                found.append((torch.zeros_like(weight) if value is None else value).detach().numpy().T.ravel())
    return np.concatenate(found)


def near(ours: np.ndarray, theirs: np.ndarray) -> None:
    """Equal to CLOSE, measured by the largest entry."""
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() <= CLOSE * max(1e-3, np.abs(theirs).max())


def net_of(act: str, depth: int, inputs: int = 2, outputs: int = 1, units: int = 9) -> Net:
    random = np.random.default_rng(depth)
    net = Net.fresh([inputs] + [units] * depth + [outputs], act, random)
    net.flat += random.standard_normal(net.flat.size, np.float32) * np.float32(0.2)  # biases too
    return net


def some(count: int, size: int = 2) -> np.ndarray:
    return np.random.default_rng(5).standard_normal((count, size), np.float32)


@by_act
@by_depth
def test_forward_and_backward(act: str, depth: int) -> None:
    net, x, delta = net_of(act, depth, outputs=2), some(40), some(40)[::-1].copy()
    grad = np.zeros_like(net.flat)
    seen = net.forward(x)
    by_input = net.backward(seen, delta, net.parts(grad))
    other, points = twin(net), torch.from_numpy(x).requires_grad_()
    out = other(points)
    out.backward(torch.from_numpy(delta))
    near(seen[-1], out.detach().numpy())
    near(grad, flat(other, lambda weight: weight.grad))
    assert points.grad is not None
    near(by_input, points.grad.numpy())


@by_act
@by_depth
@pytest.mark.parametrize("target", [0.0, 1.0])
def test_the_penalty_on_slopes(act: str, depth: int, target: float) -> None:
    net, x = net_of(act, depth), some(40)
    grad = np.zeros_like(net.flat)
    value = penalty(net, x, 3.0, target, net.parts(grad))
    other, points = twin(net), torch.from_numpy(x).requires_grad_()
    (slopes,) = torch.autograd.grad(other(points).sum(), points, create_graph=True)
    loss = 3 * ((slopes.norm(dim=1) - target) ** 2).mean()
    loss.backward()
    assert value == pytest.approx(loss.item(), rel=CLOSE)
    near(grad, flat(other, lambda weight: weight.grad))


def test_the_penalty_of_a_flat_net_is_finite() -> None:
    net = Net([2, 3, 1], "relu", np.zeros(Net.count([2, 3, 1]), np.float32))
    grad = np.zeros_like(net.flat)
    assert penalty(net, some(5), 1.0, 1.0, net.parts(grad)) == pytest.approx(1)
    assert np.isfinite(grad).all()


def d_loss(loss: str, real: Tensor, fake: Tensor) -> Tensor:
    """As the papers write them, with PyTorch's own losses where it has them."""
    ones, zeros = torch.ones_like(real), torch.zeros_like(fake)
    if loss == "leastsquares":
        return F.mse_loss(real, ones) / 2 + F.mse_loss(fake, zeros) / 2
    if loss == "wasserstein":
        return fake.mean() - real.mean()
    judge_all = F.binary_cross_entropy_with_logits
    return judge_all(real, ones) + judge_all(fake, zeros)


def g_loss(loss: str, fake: Tensor) -> Tensor:
    if loss == "minimax":
        return -F.binary_cross_entropy_with_logits(fake, torch.zeros_like(fake))
    if loss == "nonsaturating":
        return F.binary_cross_entropy_with_logits(fake, torch.ones_like(fake))
    return F.mse_loss(fake, torch.ones_like(fake)) / 2 if loss == "leastsquares" else -fake.mean()


@by_loss
def test_losses(loss: str) -> None:
    real, fake = 5 * some(60, 1), 5 * some(90, 1)[30:]
    theirs = [torch.from_numpy(scores).requires_grad_() for scores in (real, fake)]
    value, by_real, by_fake = judged(loss, real, fake)
    wanted = d_loss(loss, *theirs)
    for ours, grad in zip((by_real, by_fake), torch.autograd.grad(wanted, theirs), strict=True):
        near(ours, grad.numpy())
    assert value == pytest.approx(wanted.item(), rel=CLOSE)
    value, by_fake = fooled(loss, fake)
    wanted = g_loss(loss, theirs[1])
    near(by_fake, torch.autograd.grad(wanted, theirs[1])[0].numpy())
    assert value == pytest.approx(wanted.item(), rel=CLOSE)


def test_extreme_scores_neither_overflow_nor_lose_what_is_tiny() -> None:
    far = np.array([-1e4, -100, -30, 0, 30, 1e4], np.float32)
    assert sigmoid(far)[2] == pytest.approx(9.3576e-14, rel=1e-4)
    assert softplus(far)[2] == pytest.approx(9.3576e-14, rel=1e-4)
    for loss in LOSSES:
        assert np.isfinite(shown_score(loss, far)).all()
        assert all(np.isfinite(part).all() for part in (*judged(loss, far, far), *fooled(loss, far)))


@by_loss
@by_act
@pytest.mark.parametrize("r1", [0.0, 0.7])
def test_both_gradients_of_an_iteration(loss: str, act: str, r1: float) -> None:
    """What judge and fool leave behind, against autograd through both nets at once."""
    side = {"act": act, "units": 12}
    state = plane_begin(plane_config({"loss": loss, "d": side, "g": side, "r1": r1, "batch": 64, "data": "moons"}))
    for _ in range(3):
        next(plane_steps(state))
    before = state.copy()
    g, d = twin(state.g.net), twin(state.d.net)
    did = judge(state)
    real, fake = torch.from_numpy(did.reals), torch.from_numpy(did.fakes)
    (d_loss(loss, d(real), d(fake)) + penalty_of(d, loss, r1, real, fake, before)).backward()
    near(state.d.flat_grad, flat(d, lambda weight: weight.grad))
    made = fool(state)
    (g_loss(loss, d(g(torch.from_numpy(made.noise))))).backward()
    near(state.g.flat_grad, flat(g, lambda weight: weight.grad))


def penalty_of(d: nn.Module, loss: str, r1: float, real: Tensor, fake: Tensor, before: PlaneState) -> Tensor:
    """The penalty as the papers write it; the shares between real and fake are drawn again from a copy."""
    at = real
    if loss == "wasserstein":
        state = before.copy()
        state.config = plane_config({"gp": 0}, state.config)
        judge(state)  # draws all that comes before the shares
        share = torch.from_numpy(state.random.random((len(real), 1), np.float32))
        at = share * real + (1 - share) * fake
    at = at.requires_grad_()
    (slopes,) = torch.autograd.grad(d(at).sum(), at, create_graph=True)
    if loss == "wasserstein":
        return ((slopes.norm(dim=1) - 1) ** 2).mean()
    return r1 / 2 * (slopes**2).sum(1).mean()


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_optimisers(optimiser: str) -> None:
    side = Side(optimiser=optimiser, rate=0.03, beta1=0.7, beta2=0.97)
    player = Player(net_of("tanh", 2))
    other = twin(player.net)
    made = {
        "sgd": lambda: torch.optim.SGD(other.parameters(), lr=0.03),
        "momentum": lambda: torch.optim.SGD(other.parameters(), lr=0.03, momentum=0.7),
        "adam": lambda: torch.optim.Adam(other.parameters(), lr=0.03, betas=(0.7, 0.97)),
    }[optimiser]()
    x = some(30)
    for _ in range(25):
        seen = player.net.forward(x)
        player.flat_grad.fill(0)
        player.net.backward(seen, 2 * (seen[-1] - 1) / len(x), player.grad)
        player.learn(side)
        made.zero_grad()
        F.mse_loss(other(torch.from_numpy(x)), torch.ones(30, 1)).backward()
        made.step()
    assert np.abs(player.net.flat - flat(other, lambda weight: weight)).max() < 2e-4


@by_act
def test_fresh_weights_hand_on_the_spread(act: str) -> None:
    net = Net.fresh([2] + [100] * 5 + [1], act, np.random.default_rng(0))
    seen = net.forward(some(500))
    assert all(0.02 < layer.std() < 4 for layer in seen[1:])
