"""The two nets of a training as a safetensors file, back again, and the training as a program for PyTorch."""

import json
from collections.abc import Mapping
from dataclasses import asdict

import numpy as np

from playground.core.words import Text, Wrong
from playground.families.gan.plane import PlaneConfig, plane_config
from playground.families.gan.plane_measure import measured
from playground.families.gan.plane_nets import Array
from playground.families.gan.plane_play import plane_begin
from playground.families.gan.plane_state import PlaneState

NETS = {"g": "generator", "d": "discriminator"}
MOST = 2**20  # bytes of a file; the largest nets here take half of it
UNREADABLE = Text(
    "This is not a safetensors file saved from the GAN in the plane.",
    "这不是从平面 GAN 保存的 safetensors 文件。",
)


def named(state: PlaneState) -> dict[str, Array]:
    """Views of the weights as PyTorch names and turns them: generator.0.weight [after before], generator.0.bias, ..."""
    return {
        f"{name}.{2 * at}.{kind}": value
        for key, name in NETS.items()
        for at, (weight, bias) in enumerate(state.side(key)[0].net.layers)
        for kind, value in (("weight", weight.T), ("bias", bias))
    }


def plane_save(state: PlaneState) -> bytes:
    """Both nets as safetensors; config and iterations stand in its header."""
    from safetensors.numpy import save

    weights = {name: np.ascontiguousarray(value) for name, value in named(state).items()}
    return save(weights, {"config": json.dumps(asdict(state.config)), "iterations": str(state.done)})


def plane_load(raw: bytes) -> PlaneState:
    """A training that begins with saved nets and settings; iterations, curves and optimisers start anew.

    Raises Wrong for a file that `plane_save` did not write.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    if len(raw) > MOST:
        raise Wrong(*UNREADABLE)
    try:
        weights, config = load(raw), _config(raw)
    except (SafetensorError, ValueError, KeyError, TypeError, RecursionError):
        raise Wrong(*UNREADABLE) from None
    return _begun(config, weights)


def _config(raw: bytes) -> PlaneConfig:
    length = int.from_bytes(raw[:8], "little")
    config = json.loads(json.loads(raw[8 : 8 + length])["__metadata__"]["config"])
    if not isinstance(config, dict):
        raise TypeError("no table")
    return plane_config(config)


def _begun(config: PlaneConfig, weights: Mapping[str, Array]) -> PlaneState:
    """A beginning with these weights, which must fit exactly and be finite."""
    state = plane_begin(config)
    places = named(state)
    if set(weights) != set(places):
        raise Wrong(*UNREADABLE)
    for name, place in places.items():
        value = weights[name]
        if value.shape != place.shape or value.dtype != np.float32 or not np.isfinite(value).all():
            raise Wrong(*UNREADABLE)
        place[:] = value
    state.measures.rows[0] = measured(state).row()
    return state


TORCH_ACTIVATIONS = {
    "relu": "nn.ReLU()",
    "leaky": "nn.LeakyReLU(0.2)",
    "tanh": "nn.Tanh()",
    "sigmoid": "nn.Sigmoid()",
}
TORCH_D = {
    "leastsquares": "((real - 1) ** 2).mean() / 2 + (fake**2).mean() / 2",
    "wasserstein": "fake.mean() - real.mean()",
}
TORCH_G = {
    "minimax": "-F.softplus(fake).mean()",
    "nonsaturating": "F.softplus(-fake).mean()",
    "leastsquares": "((fake - 1) ** 2).mean() / 2",
    "wasserstein": "-fake.mean()",
}
PROGRAM = '''"""A GAN in the plane. To go on from saved nets: load("gan.safetensors")."""

import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed({seed})
BATCH, ITERATIONS = {batch}, 2000
CENTERS = torch.tensor({centers})
WEIGHTS = torch.tensor({weights})
SIGMA = {sigma}


def data(n):
    return CENTERS[torch.multinomial(WEIGHTS, n, True)] + SIGMA * torch.randn(n, 2)


def noise(n):
    return {noise}


generator = nn.Sequential({generator})
discriminator = nn.Sequential({discriminator})
g_optimiser = {g_optimiser}
d_optimiser = {d_optimiser}


def load(path):
    from safetensors.torch import load_file

    nn.ModuleDict({{"generator": generator, "discriminator": discriminator}}).load_state_dict(load_file(path))


def slopes(points):
    points = points.detach().requires_grad_()
    return torch.autograd.grad(discriminator(points).sum(), points, create_graph=True)[0]


def d_loss(reals, fakes):
    real, fake = discriminator(reals), discriminator(fakes)
    loss = {d_loss}
{penalty}    return loss


def g_loss(fakes):
    fake = discriminator(fakes)
    return {g_loss}


def train(iterations):
    for _ in range(iterations):
        for _ in range({d_steps}):
            d_optimiser.zero_grad()
            d_loss(data(BATCH), generator(noise(BATCH)).detach()).backward()
            d_optimiser.step()
        for _ in range({g_steps}):
            g_optimiser.zero_grad()
            g_loss(generator(noise(BATCH))).backward()
            g_optimiser.step()


if __name__ == "__main__":
    train(ITERATIONS)
    print(generator(noise(10)))
'''


def plane_code(config: PlaneConfig) -> str:
    """The same training as a program for PyTorch alone; its random numbers are its own."""
    from playground.data.planes import plane

    data = plane(config.source)
    penalty = ""
    if config.loss == "wasserstein" and config.gp:
        penalty = (
            "    share = torch.rand(len(reals), 1)\n"
            "    between = fakes + share * (reals - fakes)\n"
            f"    loss = loss + {config.gp} * ((slopes(between).norm(dim=1) - 1) ** 2).mean()\n"
        )
    elif config.loss != "wasserstein" and config.r1:
        penalty = f"    loss = loss + {config.r1} / 2 * (slopes(reals) ** 2).sum(1).mean()\n"
    return PROGRAM.format(
        seed=config.seed,
        batch=config.batch,
        centers=data.centers.round(4).tolist(),
        weights=data.weights.round(6).tolist(),
        sigma=data.sigma,
        noise=f"torch.rand(n, {config.noise_size}) * 2 - 1"
        if config.noise == "uniform"
        else f"torch.randn(n, {config.noise_size})",
        generator=_layers(config, "g", config.noise_size, 2),
        discriminator=_layers(config, "d", 2, 1),
        g_optimiser=_optimiser(config, "g"),
        d_optimiser=_optimiser(config, "d"),
        d_loss=TORCH_D.get(config.loss, "F.softplus(-real).mean() + F.softplus(fake).mean()"),
        g_loss=TORCH_G[config.loss],
        d_steps=config.d.steps,
        g_steps=config.g.steps,
        penalty=penalty,
    )


def _layers(config: PlaneConfig, key: str, before: int, after: int) -> str:
    side = getattr(config, key)
    sizes = [before] + [side.units] * side.layers
    hidden = [f"nn.Linear({a}, {side.units}), {TORCH_ACTIVATIONS[side.act]}" for a in sizes[:-1]]
    return ", ".join([*hidden, f"nn.Linear({sizes[-1]}, {after})"])


def _optimiser(config: PlaneConfig, key: str) -> str:
    side, net = getattr(config, key), f"{NETS[key]}.parameters()"
    if side.optimiser == "adam":
        return f"torch.optim.Adam({net}, lr={side.rate}, betas=({side.beta1}, {side.beta2}))"
    momentum = f", momentum={side.beta1}" if side.optimiser == "momentum" else ""
    return f"torch.optim.SGD({net}, lr={side.rate}{momentum})"
