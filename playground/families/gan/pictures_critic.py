"""The discriminator looks at a picture: its score, and which pixels move it."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from playground.core import pictures
from playground.core.ink import centre, resize
from playground.core.memo import memo
from playground.core.shapes import expect
from playground.core.words import Wrong
from playground.data import images
from playground.families.gan.model import SHAPES, Gan
from playground.families.gan.pictures_latent import Point, drawn, whole
from playground.families.gan.trace import check_model, opened, shares, sigmoid

HELD_OUT = 500  # real pictures that ship


def tensor(part: np.ndarray) -> Tensor:
    """uint8 [picture row column] or [picture row column 3] -> [picture channel row column] in [-1, 1]."""
    x = torch.from_numpy(np.array(part)).float().div(127.5).sub(1)
    return (x[..., None] if x.ndim == 3 else x).permute(0, 3, 1, 2).contiguous()


@cache
def real(model: str) -> images.Pictures:
    """The shipped pictures of the kind a model makes; no embedded net was trained on them."""
    return images.heldout("cifar10" if model == "gan/cifar10" else "digits")


def own(model: str, picture: bytes | str | np.ndarray, centred: bool = True) -> bytes:
    """Pixels as the discriminator of `model` takes them, of a picture file or of ink [row column] from 0 to 1.

    Ink is scaled and moved as the training digits were; a file for CIFAR-10 loses all but its middle square.
    """
    check_model(model)
    grey = SHAPES[model.removeprefix("gan/")].channels == 1
    if isinstance(picture, np.ndarray):
        if not grey or picture.ndim != 2 or not 2 <= min(picture.shape) <= max(picture.shape) <= 1000:
            raise Wrong("A drawing is a table of 2 to 1,000 rows of ink.", "手绘应是 2 到 1000 行的墨迹表。")
        ink = picture.astype(np.float64)
        if not np.isfinite(ink).all() or ink.min() < 0 or ink.max() > 1:
            raise Wrong("Ink is a number from 0 to 1.", "墨迹应是 0 到 1 之间的数。")
    else:
        found = pictures.decode(picture)
        if not grey:
            return photo(found).tobytes()
        ink = np.asarray(Image.fromarray(found).convert("L"), np.float64) / 255
        if np.median(np.concatenate([ink[0], ink[-1], ink[:, 0], ink[:, -1]])) > 0.5:
            ink = 1 - ink  # dark on bright paper
        ink = np.where(ink < 0.25 * max(ink.max(), 1e-9), 0, ink)
    page = centre(ink) if centred else resize(ink, 28, 28)
    return np.rint(page * 255).astype(np.uint8).tobytes()


def photo(picture: np.ndarray, side: int = 32) -> np.ndarray:
    """The middle square of uint8 [row column 3], at 32 x 32."""
    image = Image.fromarray(picture)
    edge = min(image.size)
    left, top = (image.width - edge) // 2, (image.height - edge) // 2
    box = (left, top, left + edge, top + edge)
    return np.asarray(image.resize((side, side), Image.Resampling.BICUBIC, box=box))


@dataclass(frozen=True)
class Critique:
    """A question about one picture: a sample, a held-out real one by number, or one's own pixels (see `own`)."""

    model: str = "gan/digits"
    sample: Point | None = None
    real: int | None = None
    pixels: bytes | None = None

    def __post_init__(self) -> None:
        check_model(self.model)
        if sum(value is not None for value in (self.sample, self.real, self.pixels)) != 1:
            raise Wrong(
                "Name one picture: a sample, a real one, or your own.", "请指定一张图片：样本、真实图片或自己的图片。"
            )
        if self.real is not None:
            whole(self.real, 0, HELD_OUT - 1, "The number of a real picture", "真实图片的编号")
        shape = SHAPES[self.model.removeprefix("gan/")]
        if self.pixels is not None and len(self.pixels) != shape.channels * shape.side**2:
            raise Wrong(
                f"This discriminator takes {shape.side} x {shape.side} pixels.",
                f"这个判别器看的是 {shape.side}×{shape.side} 像素的图片。",
            )


@dataclass(frozen=True, eq=False)
class Criticised:
    """A picture, the discriminator's answer and its slope at every pixel."""

    picture: np.ndarray  # float32 [row column] or [row column 3] in [0, 1]
    logit: float  # above 0 it says real
    gradient: np.ndarray  # float32 [channel row column], of the logit by the pixel in [-1, 1]

    def __post_init__(self) -> None:
        expect(self.gradient, "channel row column")

    @property
    def score(self) -> float:
        return float(sigmoid(np.array(self.logit)))

    @property
    def saliency(self) -> np.ndarray:
        """[row column], the largest size of a gradient over the channels (Simonyan et al. 2014, section 3)."""
        return np.abs(self.gradient).max(0)


@memo(64)
def criticised(request: Critique) -> Criticised:
    gan = opened(request.model)
    x = seen(gan, request).requires_grad_()
    logit = gan.discriminator(x)[0, 0]
    (gradient,) = torch.autograd.grad(logit, x)
    return Criticised(shares(x.detach())[0], logit.item(), gradient[0].numpy())


def seen(gan: Gan, request: Critique) -> Tensor:
    """[1 channel row column] in [-1, 1]"""
    if request.sample is not None:
        latent = torch.from_numpy(request.sample.latent(gan.shape.latent))[None]
        with torch.no_grad():
            return gan.generator(latent).clone()
    if request.real is not None:
        return tensor(real(request.model).images[request.real : request.real + 1])
    pixels = np.frombuffer(request.pixels or b"", np.uint8).reshape(gan.shape.side, gan.shape.side, gan.shape.channels)
    return tensor(pixels[None])


@dataclass(frozen=True)
class Tell:
    """Can the discriminator tell the shipped real pictures from as many samples?"""

    model: str = "gan/digits"
    seed: int = 0

    def __post_init__(self) -> None:
        check_model(self.model)
        whole(self.seed, 0, 2**31, "A seed", "种子")


@dataclass(frozen=True, eq=False)
class Told:
    real: np.ndarray  # float32 [picture], scores
    fake: np.ndarray

    @property
    def right(self) -> float:
        """Share of all that it gets right: 1/2 is guessing."""
        return float(((self.real > 0.5).mean() + (self.fake <= 0.5).mean()) / 2)


@memo(16)
@torch.inference_mode()
def told(request: Tell) -> Told:
    gan = opened(request.model)
    latents = torch.from_numpy(drawn(request.seed, HELD_OUT, gan.shape.latent))
    fake = torch.cat([gan.discriminator(gan.generator(part)) for part in latents.split(100)])
    genuine = torch.cat([gan.discriminator(part) for part in tensor(real(request.model).images).split(100)])
    return Told(genuine[:, 0].sigmoid().numpy(), fake[:, 0].sigmoid().numpy())
