"""Feature maps, filters and vectors as payloads: exact numbers for one step, small thumbnails for all of them."""

import base64
from typing import Any

import numpy as np

EXACT = 400_000  # numbers of one payload sent as float32; more go as 16 bits per map
THUMB = 32  # pixels of a thumbnail at most


def text(array: np.ndarray, dtype: str = "<f4") -> str:
    """The array's bytes in base64; `dtype` as the page reads it, little endian."""
    return base64.b64encode(np.ascontiguousarray(array, dtype).tobytes()).decode("ascii")


def numbers(values: np.ndarray) -> dict[str, Any]:
    """Every number of [tile row column]: float32, or 65,536 steps between each tile's extremes when there are many.

    A step is at most 1/65,535 of the tile's range, so a value read back is wrong by less than 1e-5 of that range.
    """
    if values.size <= EXACT:
        return {"dtype": "f4", "shape": values.shape, "data": text(values)}
    flat = values.reshape(len(values), -1)
    low, range_ = flat.min(1), np.ptp(flat, axis=1)
    steps = np.rint((flat - low[:, None]) * (65535 / np.where(range_ > 0, range_, 1))[:, None])
    return {"dtype": "u2", "shape": values.shape, "data": text(steps, "<u2"), "low": text(low), "range": text(range_)}


def strengths(values: np.ndarray) -> np.ndarray:
    """[tile], the mean size of its numbers."""
    return np.abs(values).reshape(len(values), -1).mean(1)


def shrink(values: np.ndarray, most: int = THUMB) -> np.ndarray:
    """[tile row column] averaged over whole blocks until neither side is longer than `most`."""
    block = -(-max(values.shape[1:]) // most)
    if block == 1:
        return values
    rows, columns = (-(-size // block) * block for size in values.shape[1:])
    padded = np.pad(values, ((0, 0), (0, rows - values.shape[1]), (0, columns - values.shape[2])), mode="edge")
    return padded.reshape(len(values), rows // block, block, columns // block, block).mean((2, 4))


def thumbs(values: np.ndarray, most: int) -> dict[str, Any]:
    """The `most` strongest tiles (all, if there are no more) as bytes, each scaled to its own largest size.

    0..255 stands for 0..largest; for a step with negative numbers 0..254 stands for -largest..largest, 127 is zero.
    """
    chosen = np.arange(len(values)) if len(values) <= most else np.argsort(-strengths(values), kind="stable")[:most]
    small = shrink(values[chosen].astype(np.float32))
    largest = np.abs(small).max((1, 2), keepdims=True)
    shares = small / np.where(largest > 0, largest, 1)
    signed = bool((values < 0).any())
    drawn = np.rint(127 + 127 * shares if signed else 255 * shares)
    return {"channels": chosen.tolist(), "shape": small.shape[1:], "signed": signed, "data": text(drawn, "u1")}
