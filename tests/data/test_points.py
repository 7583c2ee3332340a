"""Points: seeded, in the plane, as many of each class, and labelled by the rule each set is named for."""

import numpy as np
import pytest

from playground.data import points

CLASSES = [
    ("circle", 2),
    ("circle", 5),
    ("xor", 2),
    ("gauss", 2),
    ("gauss", 5),
    ("spiral", 2),
    ("spiral", 5),
    ("moons", 2),
]
VALUES = ["plane", "multi-gauss"]


@pytest.mark.parametrize(("kind", "classes"), CLASSES)
@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_classes_are_balanced_and_in_the_plane(kind: str, classes: int, noise: float) -> None:
    x, y = points.make(kind, 500, noise, classes, seed=4)
    assert x.shape == (500, 2) and np.abs(x).max() <= 6
    counts = np.bincount(y.astype(int), minlength=classes)
    assert len(counts) == classes
    assert counts.min() >= (0.4 if kind == "xor" else 0.95 if not noise else 0.3) * 500 / classes


@pytest.mark.parametrize("kind", points.MAKERS)
def test_the_seed_decides(kind: str) -> None:
    first, again, other = (points.make(kind, 60, 0.2, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.x, again.x) and np.array_equal(first.y, again.y)
    assert not np.array_equal(first.x, other.x)


@pytest.mark.parametrize("kind", points.MAKERS)
def test_noise_blurs(kind: str) -> None:
    """The nearest neighbour tells the label without noise and tells it less well with noise."""

    def miss(noise: float) -> float:
        x, y = points.make(kind, 400, noise, seed=3)
        gaps = np.linalg.norm(x[:, None] - x[None], axis=2) + 1e9 * np.eye(400)
        return float(((y - y[gaps.argmin(1)]) ** 2).mean())

    assert miss(0.0) < 0.1
    assert miss(0.5) > miss(0.0) + 0.01


def test_circle_without_noise_is_a_matter_of_radius() -> None:
    for classes in (2, 3, 5):
        x, y = points.make("circle", 400, 0, classes)
        radius = np.linalg.norm(x, axis=1)
        tops = [radius[y == c].max() for c in range(classes)]
        bottoms = [radius[y == c].min() for c in range(classes)]
        assert all(top < bottom for top, bottom in zip(tops, bottoms[1:], strict=False))
        assert max(tops) <= points.RADIUS


def test_xor_without_noise_is_a_matter_of_signs() -> None:
    x, y = points.make("xor", 300)
    assert np.array_equal(y == 1, x[:, 0] * x[:, 1] > 0) and np.abs(x).min() >= 0.3


@pytest.mark.parametrize("kind", VALUES)
def test_values_span_minus_one_to_one(kind: str) -> None:
    y = points.make(kind, 1200).y
    assert -1 <= y.min() < -0.8 and 0.8 < y.max() <= 1


def test_values_follow_their_formula() -> None:
    x, y = points.make("plane", 100)
    np.testing.assert_allclose(y, np.clip(x.sum(1) / 10, -1, 1))
    x, y = points.make("multi-gauss", 2000)
    near = np.linalg.norm(x - [4, 2.5], axis=1) < 0.3
    assert near.any() and (y[near] > 0.84).all()
    far = np.linalg.norm(x[:, None] - points.CENTRES[:, :2], axis=2).min(1) > 2
    assert far.any() and not y[far].any()


def test_any_first_part_is_a_fair_sample() -> None:
    y = points.make("spiral", 500, classes=5).y[:250]
    assert np.bincount(y.astype(int)).min() >= 35
