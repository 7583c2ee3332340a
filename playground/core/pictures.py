"""A picture file somebody sends, as numbers: judged by its content and its header before a single pixel is decoded."""

import binascii
import re
from base64 import b64decode
from io import BytesIO
from struct import error as struct_error

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from playground.core import limits
from playground.core.words import Text, Wrong

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
DATA_URL = re.compile(r"data:[\w.+/-]*(;[\w=.-]+)*;base64,")
SCAN, SCANS = b"\xff\xda", 100  # a progressive JPEG of a few MB can ask for thousands of passes over the picture
DEEP = ("I;16", "I;16B", "I;16L", "I;16N", "I", "F")  # more than 8 bits a channel
Image.MAX_IMAGE_PIXELS = None  # one global of Pillow for all threads; the header is checked here instead

NOT_A_PICTURE = Text(
    "This file is not a PNG, JPEG, WebP, GIF or BMP picture, whatever its name says.",
    "无论文件名是什么，这都不是 PNG、JPEG、WebP、GIF 或 BMP 图片。",
)
DAMAGED = Text("This picture file is cut off or damaged.", "这个图片文件不完整或已损坏。")
EMPTY = Text("There is no picture in this file.", "这个文件里没有图片。")


def decode(data: bytes | str) -> np.ndarray:
    """uint8 [row column 3] of a picture file, given as bytes, base64 or a data: URL. Raises Wrong.

    Turned as its EXIF says, the first frame of an animation, transparent parts on white, 16 bits scaled to 8.
    """
    raw = _bytes(data)
    picture = _open(raw)
    try:
        picture.load()
        return np.array(_rgb(ImageOps.exif_transpose(picture)))
    except (OSError, SyntaxError, ValueError, EOFError, struct_error, MemoryError) as error:
        raise Wrong(*DAMAGED) from error


def _bytes(data: bytes | str) -> bytes:
    if len(data) > limits.IMAGE_BYTES * (4 / 3 if isinstance(data, str) else 1) + 100:
        raise _too_heavy()
    if isinstance(data, str):
        head = DATA_URL.match(data)
        try:
            data = b64decode(data[head.end() if head else 0 :], validate=True)
        except (binascii.Error, ValueError):
            raise Wrong(*NOT_A_PICTURE) from None
    if not data:
        raise Wrong(*EMPTY)
    return data


def _open(raw: bytes) -> Image.Image:
    """Header only."""
    try:
        picture = Image.open(BytesIO(raw), formats=FORMATS)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, struct_error):
        raise Wrong(*NOT_A_PICTURE) from None
    if picture.format in ("JPEG", "MPO") and raw.count(SCAN) > SCANS:
        raise Wrong(*DAMAGED)
    pixels = picture.width * picture.height
    if pixels > limits.IMAGE_PIXELS:
        raise Wrong(
            f"This picture has {picture.width:,} × {picture.height:,} pixels; make it smaller "
            f"(at most {limits.IMAGE_PIXELS / 1e6:,.0f} million pixels).",
            f"这张图片有 {picture.width:,} × {picture.height:,} 像素，请先缩小"
            f"（最多 {limits.IMAGE_PIXELS / 1e6:,.0f} 百万像素）。",
        )
    if not pixels:
        raise Wrong(*EMPTY)
    return picture


def _rgb(picture: Image.Image) -> Image.Image:
    if picture.mode in DEEP:
        picture = _eight_bits(picture)
    if picture.has_transparency_data:
        clear = picture.convert("RGBA")
        white = Image.new("RGBA", clear.size, "white")
        picture = Image.alpha_composite(white, clear)
    return picture.convert("RGB")


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Scale 0..65535 to 0..255; Pillow's own conversion clips."""
    values = np.asarray(picture).astype(np.float64)
    return Image.fromarray(np.clip(np.rint(values / 257), 0, 255).astype(np.uint8))


def _too_heavy() -> Wrong:
    most = f"{limits.IMAGE_BYTES / 1e6:,.0f} MB"
    return Wrong(f"This picture file is larger than {most}; make it smaller.", f"图片文件大于 {most}，请先缩小。")
