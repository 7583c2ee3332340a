"""Points of the plane to learn from: those of TensorFlow Playground, in up to five classes, and the two moons.

Everything lies in [-6, 6]². As in TensorFlow Playground, the noise of circle, xor, plane and multi-gauss moves a point
before it is judged and not where it is drawn: near a border, labels are wrong.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

RADIUS = 5.0
CENTRES = np.array([[-4, 2.5, 1], [0, 2.5, -1], [4, 2.5, 1], [-4, -2.5, -1], [0, -2.5, 1], [4, -2.5, -1]])


class Points(NamedTuple):
    x: np.ndarray  # float64 [point 2]
    y: np.ndarray  # float64 [point]: the class, or a value in [-1, 1]


Maker = Callable[[np.random.Generator, int, float, int], Points]  # chance, count, noise (0 to 0.5), classes


def bands(classes: int) -> np.ndarray:
    """[ring 2]: inner and outer radius of each, as shares of the outermost.

    >>> bands(2).tolist()
    [[0.0, 0.5], [0.7, 1.0]]
    """
    if classes == 2:
        return np.array([[0.0, 0.5], [0.7, 1.0]])
    width = 1 / (1.4 * classes - 0.4)
    inner = 1.4 * width * np.arange(classes)
    return np.stack([inner, inner + width], 1)


def circle(chance: np.random.Generator, count: int, noise: float, classes: int) -> Points:
    """A disc and rings around it, class 0 inmost."""
    edges = bands(classes) * RADIUS
    ring = _turns(count, classes)
    radius = chance.uniform(edges[ring, 0], edges[ring, 1])
    angle = chance.uniform(0, 2 * np.pi, count)
    x = np.stack([radius * np.sin(angle), radius * np.cos(angle)], 1)
    seen = np.hypot(*(x + chance.uniform(-RADIUS, RADIUS, x.shape) * noise).T)
    return Points(x, np.searchsorted((edges[:-1, 1] + edges[1:, 0]) / 2, seen).astype(float))


def xor(chance: np.random.Generator, count: int, noise: float, _classes: int) -> Points:
    """Class 1 where x1 and x2 have the same sign."""
    x = chance.uniform(-RADIUS, RADIUS, (count, 2))
    x += np.where(x > 0, 0.3, -0.3)
    seen = x + chance.uniform(-RADIUS, RADIUS, x.shape) * noise
    return Points(x, (seen.prod(1) >= 0).astype(float))


def gauss(chance: np.random.Generator, count: int, noise: float, classes: int) -> Points:
    """One normal cloud for each class, its centre on a circle around the origin; noise widens the clouds."""
    which = _turns(count, classes)
    angle = np.pi / 4 + 2 * np.pi * which / classes
    centres = np.stack([np.cos(angle), np.sin(angle)], 1) * 2 * np.sqrt(2)
    spread = np.sqrt(0.5 + 7 * noise) if classes == 2 else 0.5 + 1.6 * noise
    return Points(np.clip(centres + chance.normal(0, spread, (count, 2)), -6, 6), which.astype(float))


def spiral(chance: np.random.Generator, count: int, noise: float, classes: int) -> Points:
    """Arms that wind outwards; noise moves the points."""
    which = _turns(count, classes)
    along = (np.arange(count) // classes) / max(1, count // classes)
    turns = 1.75 if classes == 2 else 1.75 / (1 + 0.25 * (classes - 2))
    angle = turns * along * 2 * np.pi + 2 * np.pi * which / classes
    x = np.stack([np.sin(angle), np.cos(angle)], 1) * (along * RADIUS)[:, None]
    return Points(np.clip(x + chance.uniform(-1, 1, x.shape) * noise, -6, 6), which.astype(float))


def moons(chance: np.random.Generator, count: int, noise: float, _classes: int) -> Points:
    """Two half circles, each with its end in the other's middle."""
    which = _turns(count, 2)
    angle = chance.uniform(0, np.pi, count)
    upper = np.stack([np.cos(angle) - 0.5, np.sin(angle) - 0.25], 1)
    x = np.where(which[:, None] == 0, upper, -upper) * 3.0
    return Points(np.clip(x + chance.normal(0, 0.1 + 2 * noise, x.shape), -6, 6), which.astype(float))


def plane(chance: np.random.Generator, count: int, noise: float, _classes: int) -> Points:
    """The value grows along the diagonal: (x1 + x2) / 10."""
    x = chance.uniform(-6, 6, (count, 2))
    seen = x + chance.uniform(-6, 6, x.shape) * noise
    return Points(x, np.clip(seen.sum(1) / 10, -1, 1))


def multi_gauss(chance: np.random.Generator, count: int, noise: float, _classes: int) -> Points:
    """Six hills and valleys: the value is 1 or -1 at their centres and falls to 0 at distance 2."""
    x = chance.uniform(-6, 6, (count, 2))
    seen = x + chance.uniform(-6, 6, x.shape) * noise
    distance = np.linalg.norm(seen[:, None] - CENTRES[:, :2], axis=2)
    values = CENTRES[:, 2] * np.clip(1 - distance / 2, 0, 1)
    return Points(x, values[np.arange(count), np.abs(values).argmax(1)])


MAKERS: dict[str, Maker] = {
    "circle": circle,
    "xor": xor,
    "gauss": gauss,
    "spiral": spiral,
    "moons": moons,
    "plane": plane,
    "multi-gauss": multi_gauss,
}


def make(kind: str, count: int, noise: float = 0.0, classes: int = 2, seed: int = 0) -> Points:
    """In random order: any first part of them is a fair sample."""
    chance = np.random.default_rng([seed, list(MAKERS).index(kind)])
    points = MAKERS[kind](chance, count, noise, classes)
    order = chance.permutation(count)
    return Points(points.x[order], points.y[order])


def _turns(count: int, classes: int) -> np.ndarray:
    """[point] 0, 1, .., classes - 1, 0, 1, ..: as many of each."""
    return np.arange(count) % classes
