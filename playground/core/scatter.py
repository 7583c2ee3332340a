"""Vectors of many layers as maps in the plane that can be compared: one basis for all, or t-SNE turned into place."""

from dataclasses import dataclass
from typing import Any

import numpy as np

NEAR = 5  # neighbours that are named
LEAST = 4  # points t-SNE can place


@dataclass(frozen=True, eq=False)
class Plane:
    """Points of every layer in one plane, the same for all layers."""

    points: np.ndarray  # [layer point axis]
    kept: np.ndarray  # [layer], share of the layer's variance that lies in the plane
    best: np.ndarray  # [layer], the share that the layer's own best plane would keep


@dataclass(frozen=True, eq=False)
class Near:
    """Who is near whom in the full space, by cosine."""

    indices: np.ndarray  # [layer point neighbour], nearest first
    cosines: np.ndarray  # [layer point neighbour]


def plane(states: np.ndarray) -> Plane:
    """Principal components of all layers [layer point feature] together, after each layer is moved to its own mean.

    One basis, so that a point's way through the layers is its own and not the map's turning.
    """
    centred = (states - states.mean(1, keepdims=True)).astype(np.float64)
    flat = centred.reshape(-1, states.shape[-1])
    axes = np.linalg.eigh(flat.T @ flat)[1][:, :-3:-1]
    axes = axes * np.where(axes[np.abs(axes).argmax(0), range(axes.shape[1])] < 0, -1, 1)
    points = centred @ axes
    total = (centred**2).sum((1, 2))
    own = np.array([np.linalg.eigvalsh(layer @ layer.T)[-2:].sum() for layer in centred])
    share = lambda part: np.divide(part, total, out=np.ones_like(total), where=total > 0)  # noqa: E731
    return Plane(points.astype(np.float32), share((points**2).sum((1, 2))), share(own))


def neighbours(states: np.ndarray, most: int = NEAR) -> Near:
    """The `most` nearest points of each point, itself left out, in every layer."""
    unit = states / np.maximum(np.linalg.norm(states, axis=-1, keepdims=True), 1e-12)
    indices, cosines = [], []
    for layer in unit:
        close = layer @ layer.T
        np.fill_diagonal(close, -np.inf)
        order = np.argsort(-close, axis=1, kind="stable")[:, : min(most, len(layer) - 1)]
        indices.append(order)
        cosines.append(np.take_along_axis(close, order, 1))
    return Near(np.array(indices), np.array(cosines, np.float32))


def counted(points: int) -> int:
    """How many neighbours it makes sense to compare among so many points."""
    return max(1, min(NEAR, (points - 1) // 2))


def faithful(points: np.ndarray, near: np.ndarray) -> float:
    """The share of the true nearest neighbours [point neighbour] that are nearest on the map [point axis] too."""
    count = counted(len(points))
    apart = np.linalg.norm(points[:, None] - points[None], axis=-1)
    np.fill_diagonal(apart, np.inf)
    shown = np.argsort(apart, axis=1, kind="stable")[:, :count]
    return float(np.mean([len(set(a) & set(b[:count])) / count for a, b in zip(shown, near, strict=True)]))


def turned(points: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Rotated or mirrored to lie as near to `before` as can be (orthogonal Procrustes); both are centred."""
    left, _, right = np.linalg.svd(points.T @ before)
    return points @ (left @ right)


def tsne(states: np.ndarray, before: np.ndarray, seed: int = 0) -> np.ndarray:
    """One layer [point feature] by t-SNE on cosines, begun where `before` [point axis] stood and turned onto it.

    Centred, its root mean square distance from the middle 1. Needs at least four points.
    """
    from sklearn.manifold import TSNE

    start = before / max(float(before.std(0).max()), 1e-12) * 1e-4
    points: Any = TSNE(
        perplexity=min(30.0, (len(states) - 1) / 3), metric="cosine", init=start.astype(np.float32),
        method="exact" if len(states) < 100 else "barnes_hut", max_iter=1000 if len(states) < 100 else 500,
        random_state=seed, n_jobs=1,
    ).fit_transform(states)  # fmt: skip
    return turned(sized(points), before)


def sized(points: np.ndarray) -> np.ndarray:
    """Centred, with root mean square distance 1 from the middle."""
    points = points - points.mean(0)
    return (points / max(float(np.sqrt((points**2).sum(1).mean())), 1e-12)).astype(np.float32)
