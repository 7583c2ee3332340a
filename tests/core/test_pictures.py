import struct
import tracemalloc
import zlib
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from time import perf_counter

import numpy as np
import pytest
from PIL import Image

from playground.core import limits
from playground.core.pictures import decode
from playground.core.words import Wrong

RAMP = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3) * 3


def encoded(picture: Image.Image | np.ndarray, kind: str = "PNG", **named) -> bytes:
    stream = BytesIO()
    (Image.fromarray(picture) if isinstance(picture, np.ndarray) else picture).save(stream, kind, **named)
    return stream.getvalue()


def png(width: int, height: int, rows: bytes = b"", depth: int = 8, colour: int = 2) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "BMP", "WEBP"])
def test_pixels_come_out_as_they_went_in(kind):
    got = decode(encoded(RAMP, kind, **({"lossless": True} if kind == "WEBP" else {})))
    assert got.dtype == np.uint8 and np.array_equal(got, RAMP)


def test_bytes_base64_and_data_urls_are_one():
    raw = encoded(RAMP)
    text = b64encode(raw).decode()
    for data in (
        text,
        f"data:image/png;base64,{text}",
        f"data:;base64,{text}",
        f"data:image/png;name=a.png;base64,{text}",
    ):
        assert np.array_equal(decode(data), RAMP)


def test_a_jpeg_and_the_first_frame_of_an_animation():
    grey = np.full((16, 16, 3), 120, np.uint8)
    assert abs(decode(encoded(grey, "JPEG")).astype(int) - 120).max() <= 2
    frames = [Image.new("RGB", (5, 3), colour) for colour in ("red", "blue")]
    assert (decode(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])) == (255, 0, 0)).all()


def test_one_pixel_is_a_picture():
    assert decode(encoded(Image.new("RGB", (1, 1), "red"))).tolist() == [[[255, 0, 0]]]


def test_sixteen_bits_are_scaled_not_clipped():
    deep = np.array([[0, 257, 32_896, 65_535]], np.uint16)
    assert decode(encoded(Image.fromarray(deep)))[0, :, 0].tolist() == [0, 1, 128, 255]
    colour = png(2, 1, b"\0" + np.array([[65_535, 0, 32_896], [257, 257, 257]], ">u2").tobytes(), depth=16)
    assert abs(decode(colour).astype(int)[0] - [[255, 0, 128], [1, 1, 1]]).max() <= 1


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_few_bits_of_grey_reach_black_and_white(bits):
    row = bytes([0, (2**bits - 1) << (8 - bits)])
    got = decode(png(1, 2, row[:1] + b"\0" + b"\0" + row[1:], depth=bits, colour=0))
    assert got[:, 0, 0].tolist() == [0, 255]


def test_cmyk_becomes_colour():
    got = decode(encoded(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG")).astype(int)
    assert got.shape == (8, 8, 3) and got[..., 0].min() > 230 and got[..., 1:].max() < 40


def test_transparency_shows_white_paper():
    clear = Image.new("RGBA", (2, 1), (255, 0, 0, 0))
    clear.putpixel((1, 0), (255, 0, 0, 255))
    assert decode(encoded(clear))[0].tolist() == [[255, 255, 255], [255, 0, 0]]
    grey = Image.new("LA", (1, 1), (0, 0))
    assert decode(encoded(grey)).tolist() == [[[255, 255, 255]]]
    palette = Image.new("P", (2, 1))
    palette.putpalette([0, 0, 0, 0, 0, 255])
    palette.putdata([0, 1])
    assert decode(encoded(palette, transparency=0))[0].tolist() == [[255, 255, 255], [0, 0, 255]]
    assert decode(encoded(palette))[0].tolist() == [[0, 0, 0], [0, 0, 255]]


def test_it_is_turned_as_its_camera_was():
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera lay on its side: turn a quarter clockwise to see it upright
    assert np.array_equal(decode(encoded(RAMP, exif=exif)), np.rot90(RAMP, -1))


def test_a_bomb_is_known_by_its_header():
    bombs = [png(20_000, 20_000), png(2**31 - 1, 2**31 - 1), png(limits.IMAGE_PIXELS // 1000 + 1, 1000)]
    tracemalloc.start()
    began = perf_counter()
    for bomb in bombs:
        with pytest.raises(Wrong, match="pixels; make it smaller"):
            decode(bomb)
    assert perf_counter() - began < 0.2
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


def test_a_heavy_file_is_refused_before_it_is_read(monkeypatch):
    monkeypatch.setattr(limits, "IMAGE_BYTES", 1000)
    for data in (b"\x89PNG" + b"x" * 2000, "A" * 3000):
        with pytest.raises(Wrong, match="larger than"):
            decode(data)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    "raw",
    [SVG, b"<!DOCTYPE html><html></html>", b"%PDF-1.4", b"PK\x03\x04", b"\0" * 100, b"GIF", b"BM",
     encoded(RAMP, "TIFF"), encoded(RAMP, "PPM"), encoded(RAMP, "TGA"),
     encoded(Image.new("RGB", (16, 16)), "ICO"), b"\x89PNG\r\n\x1a\n"],
)  # fmt: skip
def test_what_is_no_picture_is_refused_by_content(raw):
    for data in (raw, "data:image/png;base64," + b64encode(raw).decode()):
        with pytest.raises(Wrong, match="not a PNG"):
            decode(data)


@pytest.mark.parametrize("text", ["http://host/a.png", "/etc/passwd", "data:image/png,raw", "é", "====", "a.png"])
def test_text_that_is_no_picture_is_refused(text):
    with pytest.raises(Wrong):
        decode(text)


@pytest.mark.parametrize("nothing", [b"", "", "data:image/png;base64,"])
def test_nothing_is_no_picture(nothing):
    with pytest.raises(Wrong, match="no picture"):
        decode(nothing)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_a_truncated_file_is_a_sentence(kind):
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    raw = encoded(noise, kind)
    for part in (0.3, 0.6, 0.9):
        with pytest.raises(Wrong, match=r"damaged|not a PNG"):
            decode(raw[: int(len(raw) * part)])


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # Pillow's remarks on odd EXIF and palettes
def test_no_bytes_at_all_bring_it_down():
    rng = np.random.default_rng(0)
    starts = [encoded(RAMP, kind) for kind in ("PNG", "JPEG", "WEBP", "GIF", "BMP")]
    for i in range(400):
        raw = bytearray(starts[i % 5])
        for place in rng.integers(0, len(raw), 4):
            raw[place] = rng.integers(256)
        try:
            assert decode(bytes(raw)).dtype == np.uint8
        except Wrong as wrong:
            assert wrong.text.zh


def test_many_threads_decode_at_once():
    raw = [encoded(RAMP), encoded(255 - RAMP, "BMP")]
    with ThreadPoolExecutor(8) as pool:
        for i, got in enumerate(pool.map(lambda i: decode(raw[i % 2]), range(200))):
            assert np.array_equal(got, 255 - RAMP if i % 2 else RAMP)


def test_a_jpeg_of_a_thousand_passes_is_refused_before_it_is_decoded():
    fine = encoded(Image.new("RGB", (64, 64), "red"), "JPEG", progressive=True)
    assert decode(fine).shape == (64, 64, 3)
    last = fine.rindex(b"\xff\xda")  # its last pass again and again
    many = fine[:last] + 1000 * fine[last:-2] + fine[-2:]
    with pytest.raises(Wrong, match="damaged"):
        decode(many)
