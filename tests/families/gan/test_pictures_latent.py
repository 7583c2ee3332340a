"""Latent vectors: truncation has the right statistics, paths keep what they promise."""

import numpy as np
import pytest
import torch
from scipy import stats

from playground.families.gan.pictures_latent import (
    OPEN,
    Point,
    angle,
    drawn,
    spherical,
    spread,
    straight,
    truncated,
    unit,
    usual,
)


@pytest.mark.parametrize("cut", [0.3, 1.0, 2.0, 3.5])
def test_truncation_is_a_truncated_normal(cut: float) -> None:
    z = drawn(5, 2000, 50, cut).ravel()
    assert np.abs(z).max() <= cut
    known = stats.truncnorm(-cut, cut)
    assert z.std() == pytest.approx(known.std(), rel=0.01) and spread(cut) == pytest.approx(known.std(), rel=1e-6)
    assert z.mean() == pytest.approx(0, abs=0.01)
    assert stats.kstest(z[:5000], known.cdf).pvalue > 1e-3


def test_truncation_keeps_the_order_and_moves_smoothly() -> None:
    z = np.random.default_rng(0).standard_normal(500)
    order = np.argsort(z)
    for cut in (0.5, 1.0, 3.0):
        assert (np.diff(truncated(z, cut)[order]) >= 0).all()
    assert np.abs(truncated(z, 1.0) - truncated(z, 1.01)).max() < 0.011
    np.testing.assert_array_equal(truncated(z, OPEN), z)
    inner = np.abs(z) < 2.5  # where it is switched off, only the farthest numbers jump a little
    np.testing.assert_allclose(truncated(z, OPEN - 1e-9)[inner], z[inner], atol=2e-3)


def test_a_path_on_the_sphere_stays_on_it() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.standard_normal((2, 40))
    a, b, t = a / np.linalg.norm(a), b / np.linalg.norm(b), np.linspace(0, 1, 11)
    arc = spherical(a, b, t)
    np.testing.assert_allclose(np.linalg.norm(arc, axis=1), 1, atol=1e-12)
    np.testing.assert_allclose([angle(a, z) for z in arc], t * angle(a, b), atol=1e-7)  # even steps
    assert np.linalg.norm(straight(a, b, t)[5]) == pytest.approx(np.cos(angle(a, b) / 2))


def test_parallel_vectors_have_a_path_too() -> None:
    a, t = np.ones(4), np.linspace(0, 1, 5)
    np.testing.assert_allclose(spherical(a, 2 * a, t), straight(a, 2 * a, t))
    np.testing.assert_allclose(spherical(a, 0 * a, t), straight(a, 0 * a, t))


@pytest.mark.parametrize("size", [16, 64, 128])
def test_usual_lengths(size: int) -> None:
    low, high = usual(size)
    chi = stats.chi(size)
    assert chi.cdf(high) - chi.cdf(low) == pytest.approx(0.98, abs=0.006)
    lengths = np.linalg.norm(drawn(0, 20_000, size), axis=1)
    assert ((lengths >= low) & (lengths <= high)).mean() == pytest.approx(0.98, abs=0.01)


def test_a_point_is_its_row_with_edits_and_a_step() -> None:
    plain = Point(seed=4, index=2).latent(8)
    np.testing.assert_array_equal(plain, drawn(4, 3, 8)[2])
    moved = Point(seed=4, index=2, edits=((1, 2.5),), direction=3, along=1.5).latent(8)
    expected = plain.copy()
    expected[1] = 2.5
    np.testing.assert_allclose(moved, expected + 1.5 * unit(3, 8), atol=1e-6)
    assert np.linalg.norm(unit(3, 8)) == pytest.approx(1) and not np.allclose(unit(3, 8), unit(4, 8))
    assert torch.from_numpy(moved).dtype == torch.float32
