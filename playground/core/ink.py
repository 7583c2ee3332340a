"""Handwritten digits as MNIST laid them out (LeCun et al. 1998, section III.A): 28 x 28, 0 is paper and 1 is ink."""

import numpy as np
from PIL import Image

BOX = 20  # pixels of the square into which MNIST fitted each digit


def resize(ink: np.ndarray, rows: int, columns: int) -> np.ndarray:
    if ink.shape == (rows, columns):
        return ink
    image = Image.fromarray(ink.astype(np.float32))
    return np.clip(np.asarray(image.resize((columns, rows), Image.Resampling.LANCZOS), np.float64), 0, 1)


def centre(ink: np.ndarray) -> np.ndarray:
    """As MNIST's digits: scaled into 20 x 20, then moved so that the mass lies at row 14, column 14 of 28 x 28.

    A digit of MNIST passes unchanged.
    """
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    page = np.zeros((28, 28))
    if not len(rows):
        return page
    box = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = BOX / max(box.shape)
    box = resize(box, *(max(1, round(edge * scale)) for edge in box.shape))
    shares = (box.sum(1) / box.sum(), box.sum(0) / box.sum())
    middles = [float((share * np.arange(len(share))).sum()) for share in shares]
    top, left = (min(max(round(14 - middle), 0), 28 - edge) for middle, edge in zip(middles, box.shape, strict=True))
    page[top : top + box.shape[0], left : left + box.shape[1]] = box
    return page
