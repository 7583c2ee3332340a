"""The tokens of a text as points, layer by layer: where they stand, and how far the map can be trusted."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from playground.core import scatter
from playground.core.memo import Memo, memo
from playground.core.parts import Cloud, Tokens
from playground.core.words import Wrong

G = TypeVar("G", bound=Hashable)  # a room's own text, and which of its tokens are on the map


@dataclass(frozen=True, eq=False)
class Atlas:
    """Row 0 is the input, then one row per layer."""

    tokens: Tokens
    places: tuple[int, ...]  # position of each point
    clouds: tuple[Cloud, ...]  # [row], all in one basis
    kept: np.ndarray  # [row], share of the variance that the plane shows
    best: np.ndarray  # [row], the most any plane could show of this layer
    near: scatter.Near  # by cosine in the full space, counted in points
    faithful: np.ndarray  # [row], share of the nearest neighbours that are nearest on the map too
    moved: np.ndarray  # [row point], cosine to the same token one layer before; row 0 is 1
    features: int
    compared: int  # how many nearest neighbours `faithful` compares


def drawn(states: np.ndarray, tokens: Tokens, places: tuple[int, ...]) -> Atlas:
    """Principal components of `states` [row point feature], one basis for all layers."""
    plane, near = scatter.plane(states), scatter.neighbours(states)
    unit = states / np.maximum(np.linalg.norm(states, axis=-1, keepdims=True), 1e-12)
    moved = np.concatenate([np.ones((1, len(places))), (unit[1:] * unit[:-1]).sum(-1)])
    return Atlas(
        tokens=tokens,
        places=places,
        clouds=tuple(cloud(points, tokens, places) for points in plane.points),
        kept=plane.kept,
        best=plane.best,
        near=near,
        faithful=_faithful(plane.points, near),
        moved=moved,
        features=states.shape[-1],
        compared=scatter.counted(len(places)),
    )


def cloud(points: np.ndarray, tokens: Tokens, places: tuple[int, ...]) -> Cloud:
    return Cloud(points, tuple(tokens.texts[at] for at in places), tuple(tokens.segments[at] for at in places))


def _faithful(points: np.ndarray, near: scatter.Near) -> np.ndarray:
    if points.shape[1] < 2:
        return np.ones(len(points))
    return np.array([scatter.faithful(*layer) for layer in zip(points, near.indices, strict=True)])


def by_tsne(atlas: Callable[[G], Atlas], points: Callable[[G], np.ndarray]) -> Memo[tuple[G, int], tuple[Cloud, float]]:
    """From a room's atlas and its points [row point feature]: one row of a ground drawn by t-SNE, and how faithful.

    A row begins where the row before ended, the first at its principal components. Raises Wrong for too few points.
    """

    @memo(128)
    def unfolded(drawn: tuple[G, int]) -> tuple[Cloud, float]:
        ground, row = drawn
        told = atlas(ground)
        before = unfolded((ground, row - 1))[0] if row else told.clouds[0]
        return _unfolded(told, row, points(ground)[row], before)

    return unfolded


def _unfolded(told: Atlas, row: int, states: np.ndarray, before: Cloud) -> tuple[Cloud, float]:
    count = len(told.places)
    if count < scatter.LEAST:
        raise Wrong(
            f"t-SNE needs at least {scatter.LEAST} tokens; here are {count}. The principal components show them.",
            f"t-SNE 至少需要 {scatter.LEAST} 个词元，这里只有 {count} 个。可以改看主成分图。",
        )
    points = scatter.tsne(states, scatter.sized(before.points))
    return cloud(points, told.tokens, told.places), scatter.faithful(points, told.near.indices[row])
