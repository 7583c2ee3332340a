"""Two nets that play against each other (Goodfellow et al. 2014): a generator of pictures and a discriminator.

Convolutional ones (DCGAN, Radford et al. 2016) and the fully connected ones of the articles. The generators are
trained with batch normalisation and the discriminators with spectral norm (Miyato et al. 2018); both are shipped folded
into the weights, so that what a layer shows is all there is. A discriminator gives a logit; its sigmoid is the score.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm
from torch.nn.utils.parametrize import is_parametrized, remove_parametrizations

from playground.core.checkpoint import load_weights
from playground.core.spec import ModelSpec

Parts = OrderedDict[str, nn.Module]
LEAK = 0.2


@dataclass(frozen=True)
class Shape:
    """What the two nets are made of; `rise` and `fall` are the channels (units) of the hidden layers."""

    kind: str  # "convolutional" or "full"
    latent: int
    rise: tuple[int, ...]
    fall: tuple[int, ...]
    side: int
    channels: int

    @property
    def base(self) -> int:
        """Pixels of a side where the convolutions begin: each layer doubles it."""
        return self.side // 2 ** len(self.rise)

    @property
    def pixels(self) -> tuple[int, int, int]:
        return self.channels, self.side, self.side


SHAPES = {
    "digits": Shape("convolutional", 64, (192, 96), (64, 128, 256), 28, 1),
    "plain": Shape("full", 64, (256, 512, 1024), (1024, 512, 256), 28, 1),
    "cifar10": Shape("convolutional", 128, (256, 128, 64), (64, 128, 256), 32, 3),
}


def convolutional_rise(shape: Shape, normed: bool) -> Parts:
    """A latent vector is spread over a few small maps; each step doubles their side. Ends in (-1, 1)."""
    first = shape.rise[0]
    parts = Parts(project=nn.Linear(shape.latent, first * shape.base**2))
    parts["maps"] = nn.Unflatten(1, (first, shape.base, shape.base))
    for i, (a, b) in enumerate(pairwise((*shape.rise, shape.channels)), 1):
        if normed:
            parts[f"norm{i}"] = nn.BatchNorm2d(a)
        parts[f"relu{i}"] = nn.ReLU()
        parts[f"up{i}"] = nn.ConvTranspose2d(a, b, 4, stride=2, padding=1)
    parts["tanh"] = nn.Tanh()
    return parts


def convolutional_fall(shape: Shape) -> Parts:
    """Each step halves the side; one number is left."""
    parts = Parts()
    for i, (a, b) in enumerate(pairwise((shape.channels, *shape.fall)), 1):
        parts[f"conv{i}"] = nn.Conv2d(a, b, 4, stride=2, padding=1)
        parts[f"leaky{i}"] = nn.LeakyReLU(LEAK)
    side = shape.side // 2 ** len(shape.fall)
    parts["flat"], parts["score"] = nn.Flatten(), nn.Linear(shape.fall[-1] * side**2, 1)
    return parts


def full_rise(shape: Shape, normed: bool = False) -> Parts:
    """Every unit sees every unit before it; the last layer's units are the pixels."""
    parts = Parts()
    for i, (a, b) in enumerate(pairwise((shape.latent, *shape.rise)), 1):
        parts[f"full{i}"] = nn.Linear(a, b)
        if normed:
            parts[f"norm{i}"] = nn.BatchNorm1d(b)
        parts[f"leaky{i}"] = nn.LeakyReLU(LEAK)
    parts["out"] = nn.Linear(shape.rise[-1], shape.channels * shape.side**2)
    parts["tanh"], parts["picture"] = nn.Tanh(), nn.Unflatten(1, shape.pixels)
    return parts


def full_fall(shape: Shape) -> Parts:
    parts = Parts(flat=nn.Flatten())
    for i, (a, b) in enumerate(pairwise((shape.channels * shape.side**2, *shape.fall)), 1):
        parts[f"full{i}"] = nn.Linear(a, b)
        parts[f"leaky{i}"] = nn.LeakyReLU(LEAK)
    parts["score"] = nn.Linear(shape.fall[-1], 1)
    return parts


class Gan(nn.Module):
    """Generator: [sample latent] -> pictures [sample channel row column] in (-1, 1); discriminator: back to [sample 1].

    >>> gan = Gan(SHAPES["digits"])
    >>> pictures = gan.generator(torch.zeros(2, 64))
    >>> pictures.shape, gan.discriminator(pictures).shape
    (torch.Size([2, 1, 28, 28]), torch.Size([2, 1]))
    """

    def __init__(self, shape: Shape, normed: bool = False) -> None:
        super().__init__()
        self.shape = shape
        convolutional = shape.kind == "convolutional"
        self.generator = nn.Sequential((convolutional_rise if convolutional else full_rise)(shape, normed))
        self.discriminator = nn.Sequential((convolutional_fall if convolutional else full_fall)(shape))


def limit(net: nn.Module) -> None:
    """Spectral norm on every layer with weights: none can stretch its input more than once."""
    for module in net.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            spectral_norm(module)


def folded(shape: Shape, generator: nn.Sequential, discriminator: nn.Sequential) -> Gan:
    """The nets without normalisation that compute the same in evaluation."""
    plain = Gan(shape).eval()
    for module in discriminator.modules():
        if is_parametrized(module):
            remove_parametrizations(module, "weight")
    plain.discriminator.load_state_dict(discriminator.state_dict())
    plain.generator.load_state_dict(without_norm(generator))
    return plain


@torch.no_grad()
def without_norm(generator: nn.Sequential) -> dict[str, Tensor]:
    """Weights in which each batch normalisation is folded into the layer before it."""
    weights: dict[str, Tensor] = {}
    before = ""
    for name, module in generator.named_children():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            assert module.running_var is not None and module.running_mean is not None
            scale = module.weight * (module.running_var + module.eps).rsqrt()
            shift = module.bias - module.running_mean * scale
            weight, bias = weights[f"{before}.weight"], weights[f"{before}.bias"]
            if weight.ndim == 4:  # [map above, map, row, column]
                weight = weight * scale[None, :, None, None]
            else:  # each map is `base` x `base` units of the full connection
                each = len(bias) // len(scale)
                scale, shift = scale.repeat_interleave(each), shift.repeat_interleave(each)
                weight = weight * scale[:, None]
            weights |= {f"{before}.weight": weight, f"{before}.bias": bias * scale + shift}
        elif list(module.parameters()):
            before = name
            weights |= {f"{name}.{key}": value.clone() for key, value in module.state_dict().items()}
    return weights


def _open(shape: Shape) -> Callable[[Path], Gan]:
    def open_from(folder: Path) -> Gan:
        gan = Gan(shape)
        load_weights(gan, folder)
        return gan.eval().requires_grad_(False)

    return open_from


TITLES = {"digits": "DCGAN, digits", "plain": "Fully connected, digits", "cifar10": "DCGAN, CIFAR-10"}
MODELS = {
    f"gan/{name}": ModelSpec(f"gan/{name}", title, _open(SHAPES[name]), f"python -m playground.train gan {name}")
    for name, title in TITLES.items()
}
