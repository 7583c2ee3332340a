"""The examples a Config learns from: made, split and scaled; what the net reads and what it should answer."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from playground.core.words import Wrong
from playground.data import points, tables
from playground.data.tables import Table
from playground.families.mlp.config import FEATURES, Config


@dataclass(frozen=True, eq=False)
class Part:
    """Training or test examples."""

    x: np.ndarray  # float64 [example input + 1]: what the net reads; the last column is 1, for the bias
    y: np.ndarray  # float64 [example]: number of the class, or the value (less y_centre, over y_spread)
    goal: np.ndarray  # float64 [example output]: y as the loss wants it, see `goals`
    raw: np.ndarray  # float64 [example 2] points of the plane, or [example column] the table as it was

    def __len__(self) -> int:
        return len(self.y)


@dataclass(frozen=True, eq=False)
class Data:
    train: Part
    test: Part
    inputs: tuple[str, ...]  # names of what the net reads
    classes: tuple[str, ...]  # empty if it learns values
    target: str
    outputs: int  # 1 for two classes (their log-odds) and for values
    loss: str  # "logistic", "softmax" or "squares"
    plane: bool
    side: int = 0  # of the pictures, if the inputs are pixels
    centre: np.ndarray | None = None  # [column] of tables: what was taken off each column,
    spread: np.ndarray | None = None  # and what it was divided by
    y_centre: float = 0.0  # the same for values, of points too
    y_spread: float = 1.0


def features_of(names: Sequence[str], x: np.ndarray) -> np.ndarray:
    """[point 2] -> [point feature], in the order of `names`.

    >>> features_of(("x1x2", "x2sq"), np.array([[2.0, 3.0]])).tolist()
    [[6.0, 9.0]]
    """
    a, b = x[:, 0], x[:, 1]
    made = {"x1": a, "x2": b, "x1sq": a * a, "x2sq": b * b, "x1x2": a * b, "sinx1": np.sin(a), "sinx2": np.sin(b)}
    return np.stack([made[name] for name in names], 1)


def gather(config: Config, table: Table | None = None) -> Data:
    """`table` takes the place of the digits that ship. Raises Wrong for a table that cannot be learned from."""
    return _of_plane(config) if config.kind.plane else _of_table(config, table or _table(config))


def goals(y: np.ndarray, classes: int) -> np.ndarray:
    """[example output]: -1 or 1 for two classes, 0 or 1 for each of more, the value itself for none."""
    if classes == 0:
        return y[:, None].copy()
    if classes == 2:
        return 2 * y[:, None] - 1
    return np.eye(classes)[y.astype(int)]


def _of_plane(config: Config) -> Data:
    if config.data == "own":
        own = np.array(config.own)
        order = np.argsort([_lot(config.seed, point) for point in config.own], kind="stable")
        x, y = own[order, :2], own[order, 2]
    else:
        x, y = points.make(config.data, config.points, config.noise, config.classes, config.seed)
    count, y_spread = 0, 1.0
    if config.learns == "values":
        y_spread = max(1.0, float(np.abs(y).max()))  # the net learns values from -1 to 1
        y = y / y_spread
    else:
        count = max(config.classes, int(y.max()) + 1) if config.data == "own" else config.classes
    inputs = features_of(config.features, x)
    names = tuple(str(i + 1) for i in range(count))
    shown = tuple(FEATURES[name] for name in config.features)
    train, test = _split(inputs, y, x, count, _cut(config, len(y)))
    return Data(train, test, shown, names, "y", _outputs(count), _loss(count), True, y_spread=y_spread)


def _lot(seed: int, point: tuple[float, float, float]) -> int:
    """A point's own number in the draw: one point more or less leaves the others in their part."""
    return zlib.crc32(np.array([seed, *point]).tobytes())


def _table(config: Config) -> Table:
    if config.data == "table":
        return tables.read(config.csv, config.target, config.task)
    return {"iris": tables.iris, "wine": tables.wine, "digits": tables.digits}[config.data]()


def _of_table(config: Config, table: Table) -> Data:
    """Columns are standardised by the mean and deviation of the training part; pixels stay as they are."""
    x, y, cut = table.x, table.y, table.train
    if not cut:
        order = np.random.default_rng(config.seed).permutation(len(y))
        x, y, cut = x[order], y[order], _cut(config, len(y))
    count = len(table.classes)
    pixels = config.data == "digits"
    centre, spread = np.zeros(x.shape[1]), np.ones(x.shape[1])
    if not pixels:
        centre, spread = x[:cut].mean(0), _spread(x[:cut])
    y_centre, y_spread = (0.0, 1.0) if count else (float(y[:cut].mean()), float(_spread(y[:cut, None])[0]))
    if not count and np.ptp(y[:cut]) == 0:
        raise Wrong(
            f"Column {table.target!r} holds one value only: there is nothing to learn.",
            f"{table.target!r} 列只有一个值，没有可学的内容。",
        )
    train, test = _split((x - centre) / spread, (y - y_centre) / y_spread, x, count, cut)
    side = tables.SIDE if pixels else 0
    kind = (table.columns, table.classes, table.target, _outputs(count), _loss(count))
    return Data(train, test, *kind, False, side, centre, spread, y_centre, y_spread)


def _spread(x: np.ndarray) -> np.ndarray:
    """[column] the deviation, 1 for a column that never changes."""
    spread = x.std(0)
    return np.where(spread > 1e-12 * np.abs(x).max(0), spread, 1.0)


def _cut(config: Config, count: int) -> int:
    """How many to train on: at least one, and at least one left."""
    return min(max(round(config.share * count), 1), count - 1)


def _split(x: np.ndarray, y: np.ndarray, raw: np.ndarray, classes: int, cut: int) -> tuple[Part, Part]:
    x = np.concatenate([x, np.ones((len(x), 1))], 1)
    goal = goals(y, classes)
    train = Part(*(np.ascontiguousarray(column[:cut]) for column in (x, y, goal, raw)))
    return train, Part(*(np.ascontiguousarray(column[cut:]) for column in (x, y, goal, raw)))


def _outputs(classes: int) -> int:
    return 1 if classes in (0, 2) else classes


def _loss(classes: int) -> str:
    return {0: "squares", 2: "logistic"}.get(classes, "softmax")
