"""Maps of vectors: principal components, who is near whom, how far a map can be trusted, t-SNE."""

import numpy as np
import pytest

from playground.core import scatter

STATES = np.random.default_rng(0).normal(size=(3, 12, 20)).astype(np.float32)


def test_one_layer_gives_its_own_principal_components():
    plane = scatter.plane(STATES[:1])
    centred = STATES[0] - STATES[0].mean(0)
    left, values, _ = np.linalg.svd(centred)
    for axis in range(2):
        expected = left[:, axis] * values[axis]
        sign = np.sign(expected @ plane.points[0, :, axis])
        np.testing.assert_allclose(plane.points[0, :, axis] * sign, expected, atol=1e-5)
    assert plane.kept == pytest.approx(plane.best)


def test_all_layers_share_one_basis():
    plane = scatter.plane(STATES)
    flat = (STATES - STATES.mean(1, keepdims=True)).reshape(-1, 20)
    basis, *_ = np.linalg.lstsq(flat, plane.points.reshape(-1, 2), rcond=None)
    np.testing.assert_allclose(flat @ basis, plane.points.reshape(-1, 2), atol=1e-4)
    np.testing.assert_allclose(basis.T @ basis, np.eye(2), atol=1e-4)


def test_procrustes_undoes_a_turn_and_a_mirror():
    before = scatter.sized(np.random.default_rng(1).normal(size=(9, 2)))
    turn = np.array([[0.6, -0.8], [-0.8, -0.6]])
    np.testing.assert_allclose(scatter.turned(before @ turn, before), before, atol=1e-6)


def test_faithful_counts_what_the_map_keeps():
    line = np.arange(11.0)[:, None] * np.array([[1.0, 0.0]])
    near = np.argsort(np.abs(line[:, :1] - line[:, 0]) + 99 * np.eye(11), axis=1, kind="stable")[:, :5]
    assert scatter.faithful(line, near) == 1
    assert scatter.faithful(np.random.default_rng(0).permutation(line), near) < 0.8


def test_tsne_brings_together_what_points_the_same_way():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.eye(20)[:3], 8, 0) + 0.05 * rng.normal(size=(24, 20))
    points = scatter.tsne(groups.astype(np.float32), scatter.sized(rng.normal(size=(24, 2))))
    apart = np.linalg.norm(points[:, None] - points[None], axis=-1)
    same = np.arange(24)[:, None] // 8 == np.arange(24) // 8
    assert apart[same].mean() < 0.5 * apart[~same].mean()
    assert np.abs(points.mean(0)).max() < 1e-5


@pytest.mark.parametrize("count", [4, 5, 6])
def test_tsne_of_few_points(count):
    points = scatter.tsne(STATES[0, :count], scatter.sized(STATES[0, :count, :2]))
    assert points.shape == (count, 2) and np.isfinite(points).all()
