"""From latent vectors to pictures: a grid, one sample with all its layers, paths between two, arithmetic."""

from dataclasses import dataclass, field

import numpy as np
import torch

from playground.core import store
from playground.core.memo import memo
from playground.core.parts import Strip, Tiles
from playground.core.shapes import expect
from playground.core.words import Wrong, shown
from playground.families.gan.model import MODELS, Gan
from playground.families.gan.pictures_latent import (
    OPEN,
    SEEDS,
    Point,
    angle,
    between,
    drawn,
    spherical,
    straight,
    usual,
    whole,
)

MOST = 100  # samples of a grid
STEPS = 15  # pictures of a path


def check_model(model: object) -> None:
    if not isinstance(model, str) or model not in MODELS:
        raise Wrong(
            f"There is no picture generator {shown(model)}; this room has {', '.join(MODELS)}.",
            f"没有图片生成器 {shown(model)}；这里有 {'、'.join(MODELS)}。",
        )


def opened(model: str) -> Gan:
    return store.load(MODELS[model])


@dataclass(frozen=True)
class Request:
    """A grid of samples."""

    model: str = "gan/digits"
    seed: int = 0
    count: int = 36
    cut: float = OPEN

    def __post_init__(self) -> None:
        check_model(self.model)
        whole(self.seed, 0, SEEDS, "A seed", "种子")
        whole(self.count, 1, MOST, "The number of samples", "样本数")
        between(self.cut, 0.05, OPEN, "The truncation", "截断值")


@dataclass(frozen=True, eq=False)
class Trace:
    """Samples, and what the discriminator says to them."""

    model: str
    latents: np.ndarray  # float32 [sample latent]
    pictures: Tiles  # float32 in [0, 1]; grey ones: 1 is ink
    logits: np.ndarray  # float32 [sample]; above 0 it says real

    def __post_init__(self) -> None:
        expect(self.latents, "sample latent", sample=len(self.pictures.titles))
        expect(self.logits, "sample", sample=len(self.latents))

    @property
    def scores(self) -> np.ndarray:
        return sigmoid(self.logits)

    @property
    def lengths(self) -> np.ndarray:
        return np.linalg.norm(self.latents, axis=1)


def sigmoid(logits: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-logits))


def shares(pictures: torch.Tensor) -> np.ndarray:
    """[sample channel row column] in [-1, 1] -> float32 [sample row column] or [sample row column 3] in [0, 1]."""
    x = pictures.add(1).div(2).clamp(0, 1).permute(0, 2, 3, 1).contiguous().numpy()
    return x[..., 0] if x.shape[-1] == 1 else x


@torch.inference_mode()
def made(model: str, latents: np.ndarray) -> Trace:
    """The pictures of [sample latent]."""
    gan = opened(model)
    pictures = gan.generator(torch.from_numpy(np.array(latents, np.float32)))
    tiles = Tiles(shares(pictures), tuple(f"sample {i}" for i in range(len(latents))))
    return Trace(model, latents.astype(np.float32), tiles, gan.discriminator(pictures)[:, 0].numpy())


@memo(64)
def trace(request: Request) -> Trace:
    """A grid of samples by seed."""
    gan = opened(request.model)
    return made(request.model, drawn(request.seed, request.count, gan.shape.latent, request.cut))


# ---- one sample, layer by layer


@dataclass(frozen=True)
class Portrait:
    """One latent vector and its picture."""

    model: str = "gan/digits"
    point: Point = field(default_factory=Point)

    def __post_init__(self) -> None:
        check_model(self.model)


@dataclass(frozen=True, eq=False)
class Layer:
    """What one step of a net gives."""

    net: str  # "generator" or "discriminator"
    step: str
    kind: str  # such as "ConvTranspose2d"
    parameters: int
    maps: Tiles | Strip


@memo(64)
def portrait(request: Portrait) -> Trace:
    return made(request.model, request.point.latent(opened(request.model).shape.latent)[None])


@memo(16)
def layers(request: Portrait) -> tuple[Layer, ...]:
    """Every step from the latent vector to the picture, and on to the discriminator's score."""
    gan = opened(request.model)
    x = torch.from_numpy(request.point.latent(gan.shape.latent))[None]
    found = [Layer("generator", "latent", "input", 0, part_of(x))]
    with torch.inference_mode():
        for net, chain in (("generator", gan.generator), ("discriminator", gan.discriminator)):
            for name, module in chain.named_children():
                x = module(x)
                parameters = sum(p.numel() for p in module.parameters())
                found.append(Layer(net, name, type(module).__name__, parameters, part_of(x)))
    return tuple(found)


def part_of(x: torch.Tensor) -> Tiles | Strip:
    """[1 map row column] as maps, [1 unit] as one column of numbers."""
    values = x[0].detach().numpy().copy()
    if values.ndim == 1:
        return Strip(values[:, None], tuple(f"unit {i + 1}" for i in range(len(values))))
    return Tiles(values, tuple(f"map {i + 1}" for i in range(len(values))))


# ---- paths and sums


@dataclass(frozen=True)
class Between:
    """Two ways from one latent vector to another."""

    model: str = "gan/digits"
    a: Point = field(default_factory=Point)
    b: Point = field(default_factory=lambda: Point(index=1))
    steps: int = 9

    def __post_init__(self) -> None:
        check_model(self.model)
        whole(self.steps, 3, STEPS, "The number of steps", "步数")


@dataclass(frozen=True, eq=False)
class Paths:
    at: np.ndarray  # [step] from 0 to 1
    straight: Trace
    spherical: Trace
    angle: float  # radians
    usual: tuple[float, float]  # lengths between which 98 of 100 latent vectors lie


@memo(32)
def paths(request: Between) -> Paths:
    size, t = opened(request.model).shape.latent, np.linspace(0, 1, request.steps)
    a, b = request.a.latent(size).astype(np.float64), request.b.latent(size).astype(np.float64)
    line, arc = (made(request.model, way(a, b, t)) for way in (straight, spherical))
    return Paths(t, line, arc, angle(a, b), usual(size))


@dataclass(frozen=True)
class Sum:
    """Mean of some samples, minus the mean of some, plus the mean of some (Radford et al. 2016, section 6.3.2)."""

    model: str = "gan/digits"
    a: tuple[Point, ...] = (Point(),)
    b: tuple[Point, ...] = ()
    c: tuple[Point, ...] = ()
    rescaled: bool = True  # bring the result to the length latent vectors have
    most: int = 12

    def __post_init__(self) -> None:
        check_model(self.model)
        if not self.a or max(len(self.a), len(self.b), len(self.c)) > self.most:
            raise Wrong(
                f"A sum needs at least one sample in A, and takes at most {self.most} in each of A, B and C.",
                f"A 中至少要有一个样本，A、B、C 各最多 {self.most} 个。",
            )


@dataclass(frozen=True, eq=False)
class Summed:
    terms: Trace  # pictures of the means of those of A, B and C that are not empty, in this order
    result: Trace
    length: float  # of A - B + C, before it was rescaled


@memo(32)
def summed(request: Sum) -> Summed:
    size = opened(request.model).shape.latent
    terms = [
        (sign, mean_of(points, size)) for sign, points in ((1, request.a), (-1, request.b), (1, request.c)) if points
    ]
    total = sum((sign * mean for sign, mean in terms), np.zeros(size))
    length = float(np.linalg.norm(total))
    if request.rescaled and length > 1e-6:
        total = total * (size**0.5 / length)
    return Summed(made(request.model, np.stack([mean for _, mean in terms])), made(request.model, total[None]), length)


def mean_of(points: tuple[Point, ...], size: int) -> np.ndarray:
    return np.stack([point.latent(size) for point in points]).mean(0, dtype=np.float64)
