"""How far the fakes are from the real distribution, read next to what a real sample of the same size would read.

The real distribution is known, so only the fakes are counted: COUNT of them, from the same noise every time. Real
points put in their place give the floor, which is what a perfect generator reads: not zero, because COUNT is finite.

- divergence: Jensen-Shannon, in bits, over square cells: 0 for equal, 1 for nothing in common. Kullback-Leibler is not
  used: one empty cell makes it infinite, and what is then put in its place decides the number. Two biases are known:
  counting adds 0.01 to 0.05 bits, the more cells are in use, which the floor shows; detail within a cell is not seen.
- distance: sliced Wasserstein-1, the way that a fake has to move on average, seen along DIRECTIONS lines. It goes on
  telling near from far where the divergence is already 1.
- coverage: share of the modes that hold at least 1 % of the fakes within 3 standard deviations (after PacGAN).
- quality: share of the fakes in the smallest region that holds 99 % of the real distribution.
"""

from dataclasses import astuple, dataclass

import numpy as np

from playground.core.memo import memo
from playground.data import planes
from playground.families.gan.plane_nets import Array
from playground.families.gan.plane_state import PlaneState, draw_noise

COUNT = 2_048  # fakes, or real points in their place
EXTENT = 1.5  # counted is the square from -EXTENT to EXTENT; one more cell takes all that lies outside
CELLS, FINE = 50, 6  # cells along each axis; pieces of a cell along each axis, for its exact mass
DIRECTIONS = 16
ENOUGH = 0.01  # of the fakes make a mode covered
FLOORS = 40  # real samples behind a floor
LINE = np.linspace(-3, 3, 3_001)  # along a direction; points farther out count as at its ends


@dataclass(frozen=True)
class Measured:
    """One reading; `coverage` is -1 where the data has no modes."""

    divergence: float  # bits, 0 to 1
    distance: float  # in the plane's own unit
    coverage: float
    quality: float

    def row(self) -> tuple[float, ...]:
        return astuple(self)


@dataclass(frozen=True)
class Floor:
    """What real samples read: mean and standard deviation over FLOORS of them."""

    mean: Measured
    spread: Measured


@dataclass(frozen=True, eq=False)
class Gauge:
    """All that a reading needs of one distribution, computed once."""

    data: planes.Plane
    mass: Array  # [CELLS^2 + 1] of each cell, rows by y, the last one outside
    good: Array  # [(CELLS FINE)^2 + 1] bool: is this piece of a cell in the region that holds 99 %
    directions: Array  # [2 DIRECTIONS] float32, unit vectors
    quantiles: Array  # [COUNT DIRECTIONS] float32, of the distribution seen along each direction

    def read(self, points: Array) -> Measured:
        """The reading of COUNT points [COUNT 2]."""
        points = np.nan_to_num(np.clip(points, -2, 2))  # both ends lie outside EXTENT
        fine = _cell(points, CELLS * FINE)
        return Measured(
            jensen_shannon(self.mass, self.counted(points)),
            self.distance(points),
            float(np.mean(self.shares(points) >= ENOUGH)) if len(self.data.modes) else -1.0,
            float(self.good[fine].mean()),
        )

    def counted(self, points: Array) -> Array:
        """Share of the points in each cell, [CELLS^2 + 1], rows by y, the last one for outside."""
        return np.bincount(_cell(points, CELLS), minlength=CELLS * CELLS + 1) / len(points)

    def distance(self, points: Array) -> float:
        flat = np.sort(points @ self.directions, axis=0)
        return float(np.abs(flat - self.quantiles).mean())

    def shares(self, points: Array) -> Array:
        """Share of the points within 3 standard deviations of each mode, [mode]."""
        modes = self.data.modes.astype(np.float32)
        far = (points[:, :1] - modes[:, 0]) ** 2 + (points[:, 1:] - modes[:, 1]) ** 2
        return (far <= (3 * self.data.sigma) ** 2).mean(0)


def _midpoints(count: int) -> tuple[Array, float]:
    step = 2 * EXTENT / count
    return (np.arange(count) + 0.5) * step - EXTENT, step


def _cell(points: Array, count: int) -> Array:
    """Which cell of count x count, rows by y, holds each point; count^2 for outside."""
    at = np.floor((points + EXTENT) * (count / (2 * EXTENT))).astype(np.int64)
    inside = ((at >= 0) & (at < count)).all(1)
    return np.where(inside, at[:, 1] * count + at[:, 0], count * count)


def _on_grid(data: planes.Plane, axis: Array) -> Array:
    """Density at each (y, x) of axis x axis: round Gaussians are products of one curve along each axis."""
    curves = [np.exp(-((axis[:, None] - center) ** 2) / (2 * data.sigma**2)) for center in data.centers.T]
    return (curves[1] * data.weights) @ curves[0].T / (2 * np.pi * data.sigma**2)


def _quantiles(data: planes.Plane, along: Array) -> Array:
    """COUNT evenly spaced quantiles of the distribution seen along a direction."""
    step = LINE[1] - LINE[0]
    heaps, _ = np.histogram(
        data.centers @ along, bins=len(LINE), range=(-3 - step / 2, 3 + step / 2), weights=data.weights
    )
    reach = np.arange(-5 * data.sigma, 5 * data.sigma + step, step)
    blurred = np.convolve(heaps, np.exp(-(reach**2) / (2 * data.sigma**2)), mode="same")
    grown = np.cumsum(blurred) - blurred / 2
    return np.interp((np.arange(COUNT) + 0.5) / COUNT, grown / blurred.sum(), LINE)


def jensen_shannon(p: Array, q: Array) -> float:
    """In bits, of two vectors of masses."""
    middle = (p + q) / 2
    return float(_relative(p, middle) + _relative(q, middle)) / 2


def _relative(p: Array, q: Array) -> float:
    held = (p > 0) & (q > 0)  # q is 0 where p is the smallest number there is: its half is none
    return float((p[held] * np.log2(p[held] / q[held])).sum())


@memo(16)
def gauge(source: planes.Source) -> Gauge:
    data = planes.plane(source)
    axis, step = _midpoints(CELLS * FINE)
    mass = _on_grid(data, axis) * step * step
    cells = mass.reshape(CELLS, FINE, CELLS, FINE).sum((1, 3)).ravel()
    ordered = np.sort(mass.ravel())[::-1]
    least = ordered[min(int(np.searchsorted(np.cumsum(ordered), 0.99)), ordered.size - 1)]
    turn = np.pi * (np.arange(DIRECTIONS) + 0.5) / DIRECTIONS
    directions = np.stack([np.cos(turn), np.sin(turn)])
    quantiles = np.stack([_quantiles(data, along) for along in directions.T], axis=1)
    outside = max(0.0, 1 - float(cells.sum()))
    good = np.append((mass >= least).ravel(), False)
    return Gauge(data, np.append(cells, outside), good, directions.astype(np.float32), quantiles.astype(np.float32))


@memo(16)
def floor(source: planes.Source) -> Floor:
    """What real samples of COUNT points read."""
    random, seen = np.random.default_rng(3), gauge(source)
    rows = np.array([seen.read(seen.data.sample(COUNT, random)).row() for _ in range(FLOORS)])
    return Floor(Measured(*rows.mean(0).tolist()), Measured(*rows.std(0, ddof=1).tolist()))


@memo(16)
def _noise(kind: tuple[str, int]) -> Array:
    name, size = kind
    return draw_noise(name, COUNT, size, np.random.default_rng(2))


def fakes(state: PlaneState) -> Array:
    """The fakes that are counted, [COUNT 2]."""
    return state.g.net(_noise((state.config.noise, state.config.noise_size)))


def measured(state: PlaneState) -> Measured:
    """The reading of the generator as it is."""
    with np.errstate(all="ignore"):
        return gauge(state.config.source).read(fakes(state))
