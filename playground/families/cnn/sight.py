"""From any picture to exactly what a net sees: the same numbers, whoever asks and however the picture came.

Two ways of looking. A reader of digits sees ink: 28 x 28, 0 is paper and 1 is ink, scaled to 20 pixels and moved so
that its mass lies in the middle, as the digits of MNIST were (LeCun et al. 1998, section III.A). A reader of photos
sees colours: the middle square, resized with antialiasing, each channel shifted and scaled by a mean and a deviation.
"""

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from playground.core.ink import centre, resize
from playground.core.words import Wrong

PAPER_CUT = 0.25  # of a photographed page: what differs from the paper by less, of the darkest ink, is paper
WIDE = 1120  # pixels: 40 times what a reader of digits sees


@dataclass(frozen=True)
class Eye:
    """How a net looks at pictures. `mean` and `std` are of values in [0, 1], one per channel."""

    side: int
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    keep: float = 1.0  # share of the shorter edge that the middle square keeps
    warp: bool = False  # squeeze the whole picture into the square instead
    resample: int = Image.Resampling.BICUBIC

    @property
    def grey(self) -> bool:
        return len(self.mean) == 1


DIGITS = Eye(28)


@dataclass(frozen=True)
class Sight:
    """What a net sees: uint8 pixels [row column] or [row column 3] as bytes, and which net."""

    model: str
    side: int
    pixels: bytes

    def array(self) -> np.ndarray:
        flat = np.frombuffer(self.pixels, np.uint8)
        return flat.reshape(self.side, self.side, *((3,) if flat.size == 3 * self.side**2 else ()))

    def png(self) -> bytes:
        return png(self.array())


def png(pixels: np.ndarray) -> bytes:
    """uint8 [row column] or [row column 3] as a PNG file."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def tensor_of(seen: np.ndarray, eye: Eye) -> np.ndarray:
    """float32 [picture=1 channel row column], as the net takes it."""
    x = seen.astype(np.float32) / np.float32(255)
    x = x[None] if eye.grey else x.transpose(2, 0, 1)
    mean, std = (np.array(v, np.float32)[:, None, None] for v in (eye.mean, eye.std))
    return np.ascontiguousarray(((x - mean) / std)[None])


def photo(picture: np.ndarray, eye: Eye) -> np.ndarray:
    """uint8 [row column 3] of any size -> uint8 [side side 3]; a picture that fits already passes unchanged."""
    image = Image.fromarray(picture if eye.warp else trimmed(picture))
    if image.size == (eye.side, eye.side):
        return picture
    if eye.warp:
        return np.asarray(image.resize((eye.side, eye.side), eye.resample))
    short, around = min(image.size), int(eye.side / eye.keep)
    width, height = (max(eye.side, int(edge * around / short)) for edge in image.size)
    left, top = (width - eye.side) // 2, (height - eye.side) // 2
    resized = image.resize((width, height), eye.resample)
    return np.asarray(resized.crop((left, top, left + eye.side, top + eye.side)))


def trimmed(picture: np.ndarray) -> np.ndarray:
    """The middle, at most four times as long as wide: a thread of pixels would grow beyond memory when enlarged."""
    most = 4 * min(picture.shape[:2])
    top, left = (max(0, (edge - most) // 2) for edge in picture.shape[:2])
    return picture[top : top + most, left : left + most]


def ink_of(picture: np.ndarray, ink: str) -> np.ndarray:
    """float [row column] in [0, 1]: how much ink. `ink` says whether ink is "bright", "dark", or to be found out."""
    grey = np.asarray(Image.fromarray(picture).convert("L"), np.float64) / 255
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    paper = float(np.median(border))
    if ink == "auto":
        ink = "dark" if paper > 0.5 else "bright"
    if ink == "bright" and (grey.shape == (28, 28) or paper < 0.02):
        return grey
    found = np.clip(paper - grey if ink == "dark" else grey - paper, 0, None)
    strongest = found.max()
    if strongest < 0.08:  # an even surface: noise is not ink
        return np.zeros_like(grey)
    found /= strongest
    return np.where(found < PAPER_CUT, 0, found)


def squared(ink: np.ndarray) -> np.ndarray:
    """Paper added until the picture is square; a long one is shrunk before, as the square is what takes memory."""
    side = max(ink.shape)
    if side > WIDE and side > min(ink.shape):
        ink, side = resize(ink, *(max(1, round(edge * WIDE / side)) for edge in ink.shape)), WIDE
    rows, columns = side - ink.shape[0], side - ink.shape[1]
    return np.pad(ink, ((rows // 2, rows - rows // 2), (columns // 2, columns - columns // 2)))


def digit(picture: np.ndarray, ink: str, centred: bool) -> np.ndarray:
    """uint8 [row column 3] of any size -> uint8 [28 28], 255 is ink."""
    found = ink_of(picture, ink)
    page = centre(found) if centred else resize(squared(found), 28, 28)
    return np.rint(page * 255).astype(np.uint8)


def eye_of(folder: Path) -> Eye:
    """What preprocessor_config.json of a Hub model asks for; without the file, ImageNet's usual numbers."""
    file = folder / "preprocessor_config.json"
    raw: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    size = raw.get("size", 224)
    side = size.get("shortest_edge") or size.get("height") if isinstance(size, dict) else size
    if not isinstance(side, int) or not 16 <= side <= 512:
        raise Wrong(
            f"This model asks for pictures {side} pixels wide; the room takes 16 to 512.",
            f"这个模型要求图片宽 {side} 像素，这里只支持 16 到 512。",
        )
    return Eye(
        side,
        tuple(raw.get("image_mean", (0.485, 0.456, 0.406))),
        tuple(raw.get("image_std", (0.229, 0.224, 0.225))),
        keep=float(raw.get("crop_pct") or 0.875),
        warp=side >= 384,
        resample=int(raw.get("resample", Image.Resampling.BICUBIC)),
    )
