"""Distributions in the plane: what is drawn from them follows the density that they state."""

import numpy as np
import pytest

from playground.core.words import Wrong
from playground.data import planes
from playground.data.planes import COMPONENTS, EDGE, MAKERS, TITLES, check_strokes, plane

DRAWN = (((-0.8, 0.5), (0.1, 0.9), (0.6, 0.4)), ((0.5, -0.5),))
SOURCES = [(key, DRAWN if key == "drawn" else ()) for key in TITLES]
by_name = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source[0])


def midpoints(count: int, edge: float) -> tuple[np.ndarray, float]:
    step = 2 * edge / count
    axis = (np.arange(count) + 0.5) * step - edge
    return np.stack(np.meshgrid(axis, axis), axis=-1), step


def test_every_name_has_a_title_in_both_languages() -> None:
    assert set(TITLES) == set(MAKERS) | {"drawn"}
    assert all(title.en and title.zh for title in TITLES.values())


@by_name
def test_the_density_holds_one_in_all_and_almost_all_of_it_is_shown(source: planes.Source) -> None:
    grid, step = midpoints(240, 2.0)
    mass = plane(source).density(grid) * step * step
    assert mass.sum() == pytest.approx(1, abs=1e-4)
    assert mass[np.abs(grid).max(-1) < EDGE].sum() > 0.999


@by_name
def test_samples_follow_the_density(source: planes.Source) -> None:
    """Chi-square over coarse cells: its mean is the number of cells less one, its variance twice that."""
    data, count = plane(source), 40_000
    fine, step = midpoints(240, 2.0)
    mass = (data.density(fine) * step * step).reshape(40, 6, 40, 6).sum((1, 3)).ravel()
    points = data.sample(count, np.random.default_rng(0))
    assert points.shape == (count, 2) and points.dtype == np.float32
    at = np.floor((points + 2) * 10).astype(int)
    seen = np.bincount(at[:, 1] * 40 + at[:, 0], minlength=1600)
    full = mass * count > 10
    square = ((seen - mass * count) ** 2 / np.maximum(mass * count, 1e-9))[full].sum()
    assert abs(square - full.sum()) < 5 * np.sqrt(2 * full.sum())


@by_name
def test_modes_are_the_separate_heaps(source: planes.Source) -> None:
    data = plane(source)
    counts = {"two": 2, "three": 3, "eight": 8, "grid": 25, "corner": 1}
    assert len(data.modes) == counts.get(source[0], 0)
    apart = np.linalg.norm(data.modes[:, None] - data.modes, axis=-1) + 9 * np.eye(len(data.modes))
    assert not len(data.modes) or apart.min() > 6 * data.sigma


def test_samples_come_from_the_generator_alone() -> None:
    data = plane(("moons", ()))
    one, two = (data.sample(50, np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(one, two)
    assert not np.array_equal(one, data.sample(50, np.random.default_rng(8)))


def test_a_drawn_line_is_filled_evenly() -> None:
    data = plane(("drawn", (((-1.0, 0.0), (-0.9, 0.0), (1.0, 0.0)),)))
    points = data.sample(20_000, np.random.default_rng(0))
    shares = np.histogram(points[:, 0], bins=8, range=(-1, 1))[0] / len(points)
    assert shares[1:-1] == pytest.approx(np.full(6, 1 / 8), abs=0.01)
    assert points[:, 1].std() == pytest.approx(planes.PEN, rel=0.03)


def test_longer_strokes_get_more_points() -> None:
    data = plane(("drawn", (((-1.0, 0.5), (1.0, 0.5)), ((-0.25, -0.5), (0.25, -0.5)))))
    upper = (data.sample(20_000, np.random.default_rng(0))[:, 1] > 0).mean()
    assert upper == pytest.approx(0.8, abs=0.01)


def test_a_long_scribble_stays_cheap() -> None:
    walk = np.clip(np.cumsum(np.random.default_rng(0).normal(0, 0.4, (1_900, 2)), 0), -1.2, 1.2)
    data = plane(("drawn", check_strokes([walk.tolist()])))
    assert len(data.weights) <= COMPONENTS * 1.01


@pytest.mark.parametrize(
    ("strokes", "says"),
    [
        ((), "Draw something first"),
        ([[]], "Draw something first"),
        ([[(0.0, 0.0)], []], "Draw something first"),
        ("words", "a list of strokes"),
        (7, "a list of strokes"),
        ([[(1.0, 2.0, 3.0)]], "a list of strokes"),
        ([[("a", "b")]], "a list of strokes"),
        ([[(10**400, 0)]], "a list of strokes"),
        ([[(0.0, 1.3)]], "outside"),
        ([[(0.0, float("nan"))]], "outside"),
        ([[(0.0, float("inf"))]], "outside"),
        ([[(0.0, 0.0)]] * 65, "64 strokes"),
        ([[(0.0, 0.0)] * 2_001], "2,000 points"),
    ],
)
def test_what_is_no_drawing_is_refused(strokes: object, says: str) -> None:
    with pytest.raises(Wrong, match=says) as caught:
        check_strokes(strokes)
    assert caught.value.text.zh


def test_a_drawing_of_lists_becomes_one_of_numbers() -> None:
    assert check_strokes([[[0, 1], [0.5, -1]]]) == (((0.0, 1.0), (0.5, -1.0)),)
