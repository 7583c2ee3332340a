"""Tables to learn from: iris, wine, small digits, and whatever table of numbers a reader brings.

>>> iris().columns[0], iris().classes
('sepal length (cm)', ('setosa', 'versicolor', 'virginica'))
"""

import csv
import io
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from playground.core import limits
from playground.core.spec import ASSETS
from playground.core.words import Wrong, shown
from playground.data import images

SIDE = 14  # of the small digits: each pixel the mean of four
TRAINING = 2000  # small digits that ship to learn from
ROWS = 20  # a table needs at least
CLASSES = 10  # a column of whole numbers or words with more different entries is none of classes


@dataclass(frozen=True, eq=False)
class Table:
    x: np.ndarray  # float64 [example column]
    y: np.ndarray  # float64 [example]: number of the class, or a value
    columns: tuple[str, ...]
    target: str
    classes: tuple[str, ...]  # empty if y holds values
    train: int = 0  # if not 0: the first so many are to be trained on, the others held out


def _read(name: str) -> Table:
    return read((ASSETS / "data" / f"{name}.csv").read_text("utf-8"))


@cache
def iris() -> Table:
    """150 flowers, 4 measures, 3 species (Fisher 1936)."""
    return _read("iris")


@cache
def wine() -> Table:
    """178 wines, 13 measures, 3 growers (Forina 1991)."""
    return _read("wine")


def shrink(pictures: np.ndarray) -> np.ndarray:
    """[picture 28 28] -> [picture 14 14], each pixel the mean of four, uint8."""
    n = len(pictures)
    return np.rint(pictures.reshape(n, SIDE, 2, SIDE, 2).mean((2, 4))).astype(np.uint8)


@cache
def digits() -> Table:
    """2,000 digits to train on, 500 held out, 14 x 14 pixels in [0, 1]; no other file than those that ship."""
    with np.load(ASSETS / "data" / "digits_small.npz", allow_pickle=False) as archive:
        pixels, labels = archive["images"], archive["labels"]
    test = images.heldout("digits")
    return of_digits(images.Pictures(pixels, labels), images.Pictures(shrink(test.images), test.labels))


def all_digits(data: Path) -> Table:
    """The 9,000 and 1,000 of `images.digits`, as small."""
    train, test = (images.Pictures(shrink(part.images), part.labels) for part in images.digits(data))
    return of_digits(train, test)


def of_digits(train: images.Pictures, test: images.Pictures) -> Table:
    pixels = np.concatenate([train.images, test.images]).reshape(-1, SIDE * SIDE) / 255
    labels = np.concatenate([train.labels, test.labels]).astype(float)
    names = tuple(f"row {row + 1}, column {column + 1}" for row in range(SIDE) for column in range(SIDE))
    return Table(pixels, labels, names, "digit", tuple("0123456789"), len(train))


def ship_digits(data: Path) -> None:
    """Write the digits to learn from to assets/data: the first of the training part, in 16 greys."""
    part = images.digits(data)[0].take(np.arange(TRAINING))
    grey = np.rint(shrink(part.images) / 17).astype(np.uint8) * 17
    np.savez_compressed(ASSETS / "data" / "digits_small.npz", images=grey, labels=part.labels.astype(np.uint8))


def read(text: str, target: str = "", task: str = "classes") -> Table:
    """A table with a header; `target` names the column to learn (the last one if empty).

    Separated by comma, semicolon or tab. Every other column holds numbers. Raises Wrong with the line at fault.
    """
    rows = _without_part(_rows(text))
    header = [name.strip() or f"column {i + 1}" for i, name in enumerate(rows[0][1])]
    _check_shape(header, rows)
    goal = _target(header, target)
    x = np.array(
        [[_number(cell, line, header[i]) for i, cell in enumerate(row) if i != goal] for line, row in rows[1:]]
    )
    cells = [(line, row[goal].strip()) for line, row in rows[1:]]
    columns = tuple(name for i, name in enumerate(header) if i != goal)
    if task == "values":
        y = np.array([_number(cell, line, header[goal]) for line, cell in cells])
        return Table(x, y, columns, header[goal], ())
    classes = _classes([cell for _, cell in cells], header[goal])
    y = np.array([float(classes.index(cell)) for _, cell in cells])
    return Table(x, y, columns, header[goal], classes)


def points(text: str) -> tuple[tuple[float, float, float], ...]:
    """Rows of x1, x2, class or value, with or without a header. Raises Wrong with the line at fault."""
    rows = _without_part(_rows(text))
    if rows and any(not _is_number(cell) for cell in rows[0][1]):
        rows = rows[1:]
    for line, row in rows:
        if len(row) != 3:
            raise Wrong(
                f"Line {line} has {_of(len(row), 'entry', 'entries')}; a point is x1, x2 and its class or value.",
                f"第 {line} 行有 {len(row)} 项；每个点应为 x1、x2 和类别（或数值）。",
            )
    found = [[_number(cell, line, name) for cell, name in zip(row, NAMES, strict=True)] for line, row in rows]
    return tuple((a, b, c) for a, b, c in found)


NAMES = ("x1", "x2", "y")
PART, PARTS = "part", ("train", "test")  # a column that says what a row was for


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """(line number, cells) of each line that is not empty."""
    if len(text) > limits.TABLE_CHARS:
        most = limits.TABLE_CHARS
        raise Wrong(f"This table is longer than {most:,} characters.", f"这个表格超过了 {most:,} 个字符。")
    text = text.removeprefix("\ufeff")
    first = text.lstrip().partition("\n")[0]
    reader = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=first.count), skipinitialspace=True)
    try:
        rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error:
        raise Wrong(
            f"The table cannot be read at line {reader.line_num}; it should be text with commas (CSV).",
            f"表格第 {reader.line_num} 行无法读取；表格应为逗号分隔的文本（CSV）。",
        ) from None
    if not rows:
        raise Wrong("The table is empty.", "表格是空的。")
    return rows


def _without_part(rows: list[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    """The rows without the last column `part` (train or test), which the room's own downloads carry."""
    header, body = rows[0][1], rows[1:]
    if header[-1].strip() != PART or any(row[-1].strip() not in PARTS for _, row in body):
        return rows
    return [(line, row[:-1]) for line, row in rows]


def _check_shape(header: list[str], rows: list[tuple[int, list[str]]]) -> None:
    if not 2 <= len(header) <= limits.TABLE_COLUMNS:
        most = limits.TABLE_COLUMNS
        raise Wrong(
            f"The header has {_of(len(header), 'column', 'columns')}; a table has 2 to {most}, separated by commas.",
            f"表头有 {len(header)} 列；表格应有 2 到 {most} 列，用逗号分隔。",
        )
    if len(set(header)) != len(header):
        raise Wrong("Two columns of the table have the same name.", "表格中有两列同名。")
    if all(map(_is_number, header)):
        raise Wrong("The first line of a table names its columns.", "表格的第一行应为列名。")
    if not ROWS <= len(rows) - 1 <= limits.MLP_POINTS:
        most = limits.MLP_POINTS
        raise Wrong(
            f"The table has {_of(len(rows) - 1, 'row', 'rows')}; it needs {ROWS} to {most:,}.",
            f"表格有 {len(rows) - 1:,} 行；应有 {ROWS} 到 {most:,} 行。",
        )
    for line, row in rows[1:]:
        if len(row) != len(header):
            raise Wrong(
                f"Line {line} has {_of(len(row), 'entry', 'entries')}, the header {len(header)}.",
                f"第 {line} 行有 {len(row)} 项，而表头有 {len(header)} 项。",
            )


def _of(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _target(header: list[str], target: str) -> int:
    if not target:
        return len(header) - 1
    if target not in header:
        listed = shown(", ".join(header), 200)
        raise Wrong(
            f"The table has no column {shown(target)!r}; it has {listed}.",
            f"表格中没有 {shown(target)!r} 这一列，现有：{listed}。",
        )
    return header.index(target)


def _classes(cells: list[str], name: str) -> tuple[str, ...]:
    classes = tuple(sorted(set(cells), key=lambda cell: (not _is_number(cell), _value(cell), cell)))
    if not 2 <= len(classes) <= CLASSES:
        raise Wrong(
            f"Column {shown(name)!r} has {_of(len(classes), 'different entry', 'different entries')}; "
            f"classes are 2 to {CLASSES}. Choose another column, or regression.",
            f"{shown(name)!r} 列有 {len(classes)} 种不同的取值；类别应有 2 到 {CLASSES} 种。请换一列，或选择回归。",
        )
    return classes


def _value(cell: str) -> float:
    return float(cell) if _is_number(cell) else 0.0


def _is_number(cell: str) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False


def _number(cell: str, line: int, column: str) -> float:
    if not _is_number(cell) or abs(float(cell)) > 1e12:
        raise Wrong(
            f"Line {line}, column {shown(column)!r}: {shown(cell)!r} is not a number.",
            f"第 {line} 行、{shown(column)!r} 列：{shown(cell)!r} 不是数。",
        )
    return float(cell)
