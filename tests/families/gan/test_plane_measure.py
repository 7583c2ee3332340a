"""The measures: against exact values, against the floor, and against the mistake of counting only some points."""

from collections.abc import Iterator
from math import lgamma

import numpy as np
import pytest

from playground.data import planes
from playground.data.planes import MAKERS, heaps
from playground.families.gan import plane_measure
from playground.families.gan.plane import DATA, PlaneConfig, plane_config
from playground.families.gan.plane_measure import COUNT, Gauge, floor, gauge, jensen_shannon, measured
from playground.families.gan.plane_play import plane_begin

SOURCES = [(key, ()) for key in DATA if key != "drawn"]
by_name = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source[0])


@pytest.fixture
def one_heap(monkeypatch: pytest.MonkeyPatch) -> Iterator[float]:
    """A single Gaussian at the origin, under the name "heap"; gives its standard deviation."""
    monkeypatch.setitem(MAKERS, "heap", lambda: heaps([(0.0, 0.0)], 0.1))
    plane_measure.gauge.clear()
    yield 0.1
    plane_measure.gauge.clear()


def exact_divergence(center: float, sigma: float, other: float) -> float:
    """Jensen-Shannon of two round Gaussians `center` apart, in bits, by fine quadrature."""
    axis = np.linspace(-2, 2, 1_601)
    x, y = np.meshgrid(axis, axis)

    def mass(at: float, spread: float) -> np.ndarray:
        density = np.exp(-((x - at) ** 2 + y**2) / (2 * spread**2)) / (2 * np.pi * spread**2)
        return np.append(density * (axis[1] - axis[0]) ** 2, 0.0)

    return jensen_shannon(mass(0, sigma), mass(center, other))


PAIRS = [(0.05, 0.1), (0.1, 0.1), (0.2, 0.1), (0.4, 0.1), (0.0, 0.2), (0.0, 0.3), (0.1, 0.15), (0.9, 0.1)]


def read(seen: Gauge, center: float, sigma: float) -> np.ndarray:
    """Rows of ten readings of Gaussian samples."""
    other, random = heaps([(center, 0.0)], sigma), np.random.default_rng(0)
    return np.array([seen.read(other.sample(COUNT, random)).row() for _ in range(10)])


@pytest.mark.parametrize(("center", "sigma"), PAIRS)
def test_divergence_reads_the_exact_value_but_for_its_stated_bias(one_heap: float, center: float, sigma: float) -> None:
    """Counting adds up to the floor of the wider one; a cell of 0.06 hides a little of a heap of 0.1."""
    exact = exact_divergence(center, one_heap, sigma)
    found = read(gauge(("heap", ())), center, sigma)[:, 0].mean()
    assert exact - 0.02 < found < exact + 0.05
    assert abs(found - exact) < 0.012 or sigma > one_heap


def test_the_exact_value_itself_is_right() -> None:
    """Far apart it is one bit; at the same place it is nothing; twice as wide it is the one-dimensional integral."""
    assert exact_divergence(1.5, 0.1, 0.1) == pytest.approx(1, abs=1e-6)
    assert exact_divergence(0, 0.1, 0.1) == 0
    radius = (np.arange(200_000) + 0.5) * 1e-5
    p, q = (radius / s**2 * np.exp(-(radius**2) / (2 * s**2)) * 1e-5 for s in (0.1, 0.2))
    assert exact_divergence(0, 0.1, 0.2) == pytest.approx(jensen_shannon(p, q), abs=1e-4)


@pytest.mark.parametrize(("center", "sigma"), PAIRS)
def test_distance_reads_the_exact_value(one_heap: float, center: float, sigma: float) -> None:
    """Seen along a line two Gaussians are a cos(turn) apart and their quantiles differ by the spreads' difference."""
    turn = np.linspace(0, np.pi, 2_001)[:, None]
    z = np.random.default_rng(1).standard_normal(4_000)
    exact = np.abs(center * np.cos(turn) + (sigma - one_heap) * z).mean()
    found = read(gauge(("heap", ())), center, sigma)[:, 1].mean()
    assert found == pytest.approx(exact, abs=0.004)


def test_the_state_stays_readable_where_the_divergence_is_full(one_heap: float) -> None:
    near, far = (read(gauge(("heap", ())), center, 0.1).mean(0) for center in (0.9, 1.3))
    assert near[0] == pytest.approx(1, abs=1e-3) and far[0] == pytest.approx(1, abs=1e-3)
    assert far[1] > near[1] + 0.2


@by_name
def test_the_mass_of_the_cells_is_exact(source: planes.Source) -> None:
    seen, count = gauge(source), 400_000
    assert seen.mass.sum() == pytest.approx(1, abs=1e-6)
    counted = seen.counted(seen.data.sample(count, np.random.default_rng(0)))
    assert np.abs(counted - seen.mass).sum() < 4 * np.sqrt(len(np.flatnonzero(seen.mass > 1e-6)) / count)


@by_name
def test_real_points_read_the_floor(source: planes.Source) -> None:
    low, seen = floor(source), gauge(source)
    sample = seen.read(seen.data.sample(COUNT, np.random.default_rng(99))).row()
    for value, mean, spread in zip(sample, low.mean.row(), low.spread.row(), strict=True):
        assert abs(value - mean) <= 5 * spread + 1e-9
    assert low.mean.divergence < 0.06 and low.mean.distance < 0.02
    assert low.mean.quality == pytest.approx(0.99, abs=0.002)
    assert low.mean.coverage == (1 if len(seen.data.modes) else -1)


@by_name
def test_the_floor_of_the_divergence_is_the_bias_of_counting(source: planes.Source) -> None:
    """Each cell is hit a Poisson number of times: what that adds is a sum, not a matter of luck."""
    wanted = gauge(source).mass[:, None] * COUNT
    hits = np.arange(300)
    chance = np.exp(hits * np.log(np.maximum(wanted, 1e-30)) - wanted - [lgamma(k + 1) for k in hits])
    middle = (wanted + hits) / 2
    with np.errstate(all="ignore"):
        adds = np.nan_to_num(wanted * np.log2(wanted / middle)) + np.nan_to_num(hits * np.log2(hits / middle))
    assert wanted.max() < 200  # so that 300 hits are enough
    expected = (chance * adds).sum() / 2 / COUNT
    assert floor(source).mean.divergence == pytest.approx(expected, rel=0.03)


def test_a_perfect_generator_reads_the_floor() -> None:
    """A linear generator can be perfect for one round heap."""
    state = plane_begin(plane_config({"data": "corner", "g": {"layers": 0}}))
    data = state.scene.data
    weight, bias = state.g.net.layers[0]
    weight[:], bias[:] = np.eye(2) * data.sigma, data.modes[0]
    low, found = floor(("corner", ())), measured(state)
    assert abs(found.divergence - low.mean.divergence) < 4 * low.spread.divergence
    assert abs(found.distance - low.mean.distance) < 4 * low.spread.distance
    assert found.divergence < 0.02  # bits; counting a third of the points made another program say 0.40
    assert found.coverage == 1 and found.quality > 0.98


def test_every_point_is_counted() -> None:
    seen = gauge(("eight", ()))
    points = np.random.default_rng(0).uniform(-2.5, 2.5, (COUNT, 2)).astype(np.float32)
    assert seen.counted(points).sum() == pytest.approx(1)
    outside = (np.abs(points) >= 1.5).any(1).mean()
    assert seen.counted(points)[-1] == pytest.approx(outside)


def test_divergence_of_known_masses() -> None:
    assert jensen_shannon(np.array([0.5, 0.5, 0]), np.array([0, 0.5, 0.5])) == pytest.approx(0.5)
    assert jensen_shannon(np.array([1.0, 0]), np.array([0, 1.0])) == 1
    assert jensen_shannon(np.array([0.3, 0.7]), np.array([0.3, 0.7])) == 0


@pytest.mark.parametrize("kept", [1, 3, 8])
def test_coverage_counts_the_heaps_that_are_met(kept: int) -> None:
    eight = planes.plane(("eight", ()))
    points = heaps(eight.modes[:kept], eight.sigma).sample(COUNT, np.random.default_rng(0))
    found = gauge(("eight", ())).read(points)
    assert found.coverage == kept / 8
    assert found.quality == pytest.approx(0.99, abs=0.01)  # few heaps, but good points


def test_one_in_a_hundred_makes_a_mode_covered() -> None:
    eight = planes.plane(("eight", ()))
    for extra, covered in ((20, 1), (21, 2)):  # of 2,048: 0.98 % and 1.03 %
        points = np.repeat(eight.modes[:2], [COUNT - extra, extra], axis=0).astype(np.float32)
        assert gauge(("eight", ())).read(points).coverage == covered / 8


def test_points_between_the_heaps_are_no_quality() -> None:
    between = heaps([(0.0, 0.0)], 0.1).sample(COUNT, np.random.default_rng(0))
    found = gauge(("eight", ())).read(between)
    assert (found.coverage, found.quality) == (0, 0)
    assert found.divergence == pytest.approx(1)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e30])
def test_points_out_of_all_bounds_are_read_as_outside(bad: float) -> None:
    with np.errstate(all="ignore"):
        found = gauge(("eight", ())).read(np.full((COUNT, 2), bad, np.float32))
    assert np.isfinite(found.row()).all()
    assert found.coverage == 0 or np.isnan(bad)


def test_masses_as_small_as_numbers_get_leave_the_divergence_finite() -> None:
    assert jensen_shannon(np.array([1.0, 5e-324]), np.array([1.0, 0.0])) == 0
    assert np.isfinite(measured(plane_begin(plane_config({"data": "drawn", "drawn": [[[1.25, 1.25]]]}))).row()).all()


def test_the_same_generator_reads_the_same_twice() -> None:
    state = plane_begin(PlaneConfig())
    assert measured(state) == measured(state.copy())
