"""Distributions in the plane: each is a mixture of round Gaussians, so that its density is known everywhere."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import pi, tau

import numpy as np

from playground.core.words import Text, Wrong

EDGE = 1.25  # what the page shows: the square from -EDGE to EDGE
PEN = 0.05  # standard deviation around a drawn line
STROKES, POINTS = 64, 2_000  # of one drawing, at most
SPACING = 0.04  # between the Gaussians that make a line
COMPONENTS = 600  # Gaussians of a long drawing, about

Stroke = tuple[tuple[float, float], ...]
Source = tuple[str, tuple[Stroke, ...]]  # the name of a distribution, and the drawing if it is "drawn"


@dataclass(frozen=True, eq=False)
class Plane:
    """A mixture of round Gaussians; `modes` are its separate heaps, none for what hangs together."""

    centers: np.ndarray  # [component 2], float64
    sigma: float  # standard deviation of every component, along each axis
    weights: np.ndarray  # [component], sum one
    modes: np.ndarray  # [mode 2]; empty if it is one piece

    def sample(self, count: int, random: np.random.Generator) -> np.ndarray:
        """[count 2] float32."""
        chosen = np.searchsorted(self.steps, random.random(count, np.float32), side="right")
        spread = random.standard_normal((count, 2), np.float32) * np.float32(self.sigma)
        return self.centers.astype(np.float32)[np.minimum(chosen, len(self.weights) - 1)] + spread

    @cached_property
    def steps(self) -> np.ndarray:
        """Weights summed up, [component] float32."""
        return np.cumsum(self.weights).astype(np.float32)

    def density(self, points: np.ndarray) -> np.ndarray:
        """[...] per unit of area, for points [... 2]."""
        far = ((points[..., None, :] - self.centers) ** 2).sum(-1)
        return np.exp(-far / (2 * self.sigma**2)) @ self.weights / (tau * self.sigma**2)


def heaps(centers: Sequence[tuple[float, float]] | np.ndarray, sigma: float) -> Plane:
    """Equal Gaussians that stand apart: every one is a mode."""
    at = np.asarray(centers, np.float64)
    return Plane(at, sigma, np.full(len(at), 1 / len(at)), at)


def along(strokes: Sequence[np.ndarray], sigma: float) -> Plane:
    """Spread evenly along polylines [point 2], blurred by `sigma`; a stroke of one point is one spot."""
    lines = [np.asarray(stroke, np.float64) for stroke in strokes]
    spacing = max(SPACING, sum(map(_length, lines)) / COMPONENTS)
    pieces = [_resample(line, spacing) for line in lines]
    centers = np.concatenate([centers for centers, _ in pieces])
    weights = np.concatenate([np.full(len(centers), length / len(centers)) for centers, length in pieces])
    return Plane(centers, sigma, weights / weights.sum(), np.zeros((0, 2)))


def _length(line: np.ndarray) -> float:
    return float(np.hypot(*np.diff(line, axis=0).T).sum())


def _resample(line: np.ndarray, spacing: float) -> tuple[np.ndarray, float]:
    """Points at about `spacing` along a polyline, and its length; a spot counts as one spacing."""
    length = _length(line)
    if length < spacing:
        return line[:1], spacing
    at = (np.arange(count := round(length / spacing)) + 0.5) * length / count
    way = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    return np.stack([np.interp(at, way, axis) for axis in line.T], axis=1), length


def _curve(turn: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    return np.stack(turn(np.linspace(0, 1, 400)), axis=1)


def _moons() -> Plane:
    upper = _curve(lambda t: (0.55 * np.cos(pi * t) - 0.27, 0.55 * np.sin(pi * t) - 0.15))
    return along([upper, -upper], 0.05)


def _spiral() -> Plane:
    return along([_curve(lambda t: (t * np.cos(3.5 * pi * t), t * np.sin(3.5 * pi * t)))], 0.04)


def _circle(count: int, radius: float) -> np.ndarray:
    turn = tau * np.arange(count) / count
    return radius * np.stack([np.cos(turn), np.sin(turn)], axis=1)


def _grid() -> np.ndarray:
    return np.stack(np.meshgrid(*[np.linspace(-0.9, 0.9, 5)] * 2), axis=-1).reshape(-1, 2)


MAKERS: dict[str, Callable[[], Plane]] = {
    "line": lambda: along([np.array([(-0.75, -0.45), (0.75, 0.45)])], 0.05),
    "two": lambda: heaps([(-0.5, 0.4), (0.5, -0.4)], 0.13),
    "ring": lambda: along([_curve(lambda t: (0.7 * np.cos(tau * t), 0.7 * np.sin(tau * t)))], 0.05),
    "three": lambda: heaps([(-0.55, -0.4), (0.55, -0.4), (0.0, 0.6)], 0.1),
    "eight": lambda: heaps(_circle(8, 0.8), 0.04),
    "grid": lambda: heaps(_grid(), 0.04),
    "corner": lambda: heaps([(0.85, 0.75)], 0.08),
    "moons": _moons,
    "spiral": _spiral,
}
TITLES: dict[str, Text] = {
    "line": Text("A line", "一条线"),
    "two": Text("Two heaps", "两堆"),
    "ring": Text("A ring", "圆环"),
    "three": Text("Three heaps", "三堆"),
    "eight": Text("Eight heaps in a ring", "围成一圈的八堆"),
    "grid": Text("A grid of 25 heaps", "5×5 网格的 25 堆"),
    "corner": Text("One heap, far off", "远处的一堆"),
    "moons": Text("Two moons", "两弯月牙"),
    "spiral": Text("A spiral", "螺旋线"),
    "drawn": Text("Draw your own", "自己画"),
}


def plane(source: Source) -> Plane:
    """The distribution of that name; "drawn" is the one of the strokes."""
    key, strokes = source
    return along([np.array(stroke) for stroke in strokes], PEN) if key == "drawn" else MAKERS[key]()


def check_strokes(strokes: object) -> tuple[Stroke, ...]:
    """A drawing as lists of [x, y], each within the shown square; raises Wrong for anything else."""
    try:
        drawn = tuple(tuple((float(x), float(y)) for x, y in stroke) for stroke in strokes)  # type: ignore[attr-defined]
    except (TypeError, ValueError, OverflowError):
        raise Wrong(
            "A drawing is a list of strokes, a stroke a list of [x, y].", "图形是笔画的列表，笔画是 [x, y] 的列表。"
        ) from None
    if not drawn or not all(drawn):
        raise Wrong("Draw something first: nothing has been drawn yet.", "请先画点什么：画板还是空的。")
    if len(drawn) > STROKES or sum(map(len, drawn)) > POINTS:
        raise Wrong(
            f"A drawing may have up to {STROKES} strokes and {POINTS:,} points.",
            f"一幅图最多 {STROKES} 笔、{POINTS:,} 个点。",
        )
    if not all(abs(x) <= EDGE and abs(y) <= EDGE for stroke in drawn for x, y in stroke):
        raise Wrong(f"A point of the drawing lies outside ±{EDGE}.", f"图形中有点超出了 ±{EDGE} 的范围。")
    return drawn
