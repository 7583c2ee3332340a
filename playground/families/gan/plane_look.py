"""What the page shows of a GAN in the plane, all of it from the state as it is."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from playground.data.planes import EDGE
from playground.families.gan.plane_loss import fooled, shown_score
from playground.families.gan.plane_measure import Floor, Measured, fakes, floor, gauge, measured
from playground.families.gan.plane_nets import Array
from playground.families.gan.plane_state import PlaneState

SURFACE, MANIFOLD, CURVE = 40, 20, 160  # pixels of D's surface; cells of G's image, for 1-D noise points of it
FARTHEST = 1_000.0  # points are held within, so that a picture of a diverging training can be drawn
LEAST = 1e-7  # a smaller cell counts as this large, so that the density stays finite
TAIL = 0.005  # of Gaussian noise, left out at each end of G's image


@dataclass(frozen=True, eq=False)
class PlaneLook:
    """One picture. Points are [point 2] float32; row i of the fakes has come from the same noise since the start."""

    reals: Array  # [REALS 2], the same all along
    fakes: Array  # [FAKES 2]
    arrows: Array  # [FAKES 2], -FAKES x dL_G/dG(z): where each fake is pulled
    real_scores: Array  # [REALS], D as `shown_score`
    fake_scores: Array  # [FAKES]
    surface: Array  # [SURFACE SURFACE] D over the square of +-EDGE, row 0 at the top
    scale: tuple[float, float, float]  # D that is surely fake, undecided, surely real: ends and middle of the colours
    manifold: Array  # [MANIFOLD+1 MANIFOLD+1 2], for 1-D noise [CURVE 2]: G of a regular grid of noise
    density: Array  # [MANIFOLD MANIFOLD] or [CURVE-1]: fakes per unit of area (of length) in each cell, by its size
    losses: dict[str, float]  # d_loss, g_loss, d_grad, g_grad of the last updates; empty before the first
    measured: Measured
    floor: Floor
    modes: Array  # [mode 2]
    shares: Array  # [mode] share of the fakes within 3 standard deviations


def plane_look(state: PlaneState, surface: int = SURFACE) -> PlaneLook:
    """The picture of a state; `surface` pixels along each side of D's surface."""
    with np.errstate(all="ignore"):
        made = _held(state.g.net(state.scene.noise))
        manifold, density = image(state)
        source = state.config.source
        return PlaneLook(
            reals=state.scene.reals,
            fakes=made,
            arrows=arrows(state, made),
            real_scores=scores(state, state.scene.reals),
            fake_scores=scores(state, made),
            surface=surface_of(state, surface),
            scale=scale(state),
            manifold=manifold,
            density=density,
            losses=dict(state.last),
            measured=measured(state),
            floor=floor(source),
            modes=state.scene.data.modes.astype(np.float32),
            shares=gauge(source).shares(_held(fakes(state))),
        )


def _held(values: Array) -> Array:
    return np.nan_to_num(np.clip(values, -FARTHEST, FARTHEST))


def scores(state: PlaneState, points: Array) -> Array:
    """D at points [... 2], as the page calls it: a probability for the logarithmic losses."""
    raw = state.d.net(points.reshape(-1, 2)).reshape(points.shape[:-1])
    return _held(shown_score(state.config.loss, raw))


def arrows(state: PlaneState, points: Array) -> Array:
    """-n dL_G/dG(z) at n fakes [n 2]: the way that lowers G's loss, for one fake alone."""
    seen = state.d.net.forward(points)
    _, by_score = fooled(state.config.loss, seen[-1])
    return _held(state.d.net.backward(seen, by_score, None) * np.float32(-len(points)))


def square(pixels: int) -> Array:
    """Midpoints of pixels over the shown square, [row column 2] float32, row 0 at the top."""
    axis = ((np.arange(pixels) + 0.5) * (2 * EDGE / pixels) - EDGE).astype(np.float32)
    return np.stack(np.meshgrid(axis, axis[::-1]), axis=-1)


def surface_of(state: PlaneState, pixels: int = SURFACE) -> Array:
    return scores(state, square(pixels))


def scale(state: PlaneState) -> tuple[float, float, float]:
    """D for surely fake, undecided, surely real. A critic knows no zero: its middle is halfway between both kinds."""
    if state.config.loss != "wasserstein":
        return 0.0, 0.5, 1.0
    real = float(scores(state, state.scene.reals).mean())
    fake = float(scores(state, _held(state.g.net(state.scene.noise))).mean())
    middle, half = (real + fake) / 2, max(abs(real - fake), 1.0)
    return middle - half, middle, middle + half


def lattice(noise: str, size: int, points: int) -> Array:
    """A grid of noise whose cells are equally likely, [point size] or [point point size]; further axes stay 0."""
    if noise == "uniform":
        axis = np.linspace(-1, 1, points)
    else:
        axis = np.array([NormalDist().inv_cdf(p) for p in np.linspace(TAIL, 1 - TAIL, points)])
    flat = axis[:, None] if size == 1 else np.stack(np.meshgrid(axis, axis), axis=-1)
    rest = np.zeros((*flat.shape[:-1], max(0, size - 2)))
    return np.concatenate([flat, rest], axis=-1).astype(np.float32)


def image(state: PlaneState) -> tuple[Array, Array]:
    """G of a regular grid of noise, and how densely each cell of it is filled."""
    config = state.config
    points = CURVE if config.noise_size == 1 else MANIFOLD + 1
    grid = lattice(config.noise, config.noise_size, points)
    made = _held(state.g.net(grid.reshape(-1, config.noise_size)).reshape(*grid.shape[:-1], 2))
    size = np.hypot(*np.diff(made, axis=0).T) if made.ndim == 2 else areas(made)
    held = (1.0 if config.noise == "uniform" else 1 - 2 * TAIL) ** min(config.noise_size, 2)
    return made, (held / size.size / np.maximum(size, LEAST)).astype(np.float32)


def areas(grid: Array) -> Array:
    """Of the cells of a grid [row column 2]: half the cross product of a cell's diagonals."""
    one, two = grid[1:, 1:] - grid[:-1, :-1], grid[1:, :-1] - grid[:-1, 1:]
    return np.abs(one[..., 0] * two[..., 1] - one[..., 1] * two[..., 0]) / 2
