"""What was looked at while a generator learned: the same latent vectors again and again, and the curves."""

import io
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image

from playground.core.memo import memo
from playground.core.shapes import expect
from playground.families.gan.model import MODELS
from playground.families.gan.trace import check_model

PROGRESS = "training.npz"
QUALITY = 92  # of the JPEG that colour pictures are kept in; grey ones are kept exactly
CURVES = ("loss of D", "loss of G", "D(real)", "D(fake)")


@dataclass(frozen=True, eq=False)
class Looks:
    steps: np.ndarray  # int64 [look], iterations
    sheets: tuple[bytes, ...]  # an image file per look: all samples, `columns` in a row
    columns: int
    side: int  # pixels of a sample
    at: np.ndarray  # int64 [point], iterations
    curves: np.ndarray  # float32 [point curve], see CURVES

    def __post_init__(self) -> None:
        expect(self.steps, "look", look=len(self.sheets))
        expect(self.curves, "point curve", point=len(self.at), curve=len(CURVES))


def sheet(samples: np.ndarray, columns: int) -> np.ndarray:
    """uint8 [sample row column (3)] side by side; `columns` divides the number of samples."""
    n, side = samples.shape[:2]
    rows = samples.reshape(n // columns, columns, *samples.shape[1:]).swapaxes(1, 2)
    return rows.reshape(n // columns * side, columns * side, *samples.shape[3:])


def file_of(page: np.ndarray) -> bytes:
    file = io.BytesIO()
    if page.ndim == 2:
        Image.fromarray(page).save(file, "PNG", optimize=True)
    else:
        Image.fromarray(page).save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


def write(folder: Path, looks: dict[int, np.ndarray], curves: list[tuple[float, ...]], columns: int = 6) -> None:
    files = [file_of(sheet(samples, columns)) for samples in looks.values()]
    table = np.array(curves, np.float64)
    np.savez_compressed(
        folder / PROGRESS,
        steps=np.array(list(looks), np.int64),
        files=np.frombuffer(b"".join(files), np.uint8),
        ends=np.cumsum([0, *map(len, files)]),
        side=np.array(next(iter(looks.values())).shape[1]),
        columns=np.array(columns),
        at=table[:, 0].astype(np.int64),
        curves=table[:, 1:].astype(np.float32),
    )


def read(folder: Path) -> Looks:
    with np.load(folder / PROGRESS, allow_pickle=False) as archive:
        whole = dict(archive)
    raw = whole["files"].tobytes()
    files = tuple(raw[a:b] for a, b in pairwise(whole["ends"].tolist()))
    return Looks(whole["steps"], files, int(whole["columns"]), int(whole["side"]), whole["at"], whole["curves"])


@memo(8)
def looks(model: str) -> Looks:
    check_model(model)
    return read(MODELS[model].folder)
