"""Latent vectors: drawn by seed, cut at the tails, moved, joined by paths, added and subtracted."""

from dataclasses import dataclass

import numpy as np
import torch

from playground.core.words import Wrong, shown

OPEN = 4.0  # a cut at 4 standard deviations or more is none
SEEDS, INDEXES, FAR = 2**31, 1000, 6.0


def whole(value: object, low: int, high: int, en: str, zh: str) -> int:
    """A whole number from low to high; raises Wrong."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise Wrong(
            f"{en} must be a whole number from {low} to {high}, not {shown(value)}.",
            f"{zh}必须是 {low} 到 {high} 的整数，而不是 {shown(value)}。",
        )
    return value


def between(value: object, low: float, high: float, en: str, zh: str) -> float:
    """A number from low to high; raises Wrong."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise Wrong(
            f"{en} must be a number from {low:g} to {high:g}, not {shown(value)}.",
            f"{zh}必须是 {low:g} 到 {high:g} 的数，而不是 {shown(value)}。",
        )
    return float(value)


@dataclass(frozen=True)
class Point:
    """One latent vector: the `index`-th of a seed, its tails cut, some numbers set, moved along a random direction."""

    seed: int = 0
    index: int = 0
    cut: float = OPEN
    edits: tuple[tuple[int, float], ...] = ()  # dimension, value
    direction: int = 0  # seed of a direction of length 1
    along: float = 0.0

    def __post_init__(self) -> None:
        whole(self.seed, 0, SEEDS, "A seed", "种子")
        whole(self.index, 0, INDEXES - 1, "The number of a sample", "样本编号")
        whole(self.direction, 0, SEEDS, "The direction's seed", "方向的种子")
        between(self.cut, 0.05, OPEN, "The truncation", "截断值")
        between(self.along, -20, 20, "The way along the direction", "沿方向的距离")
        for dimension, value in self.edits:
            whole(dimension, 0, 4095, "A latent dimension", "潜在维度")
            between(value, -FAR, FAR, "A latent number", "潜在数值")

    def latent(self, size: int) -> np.ndarray:
        """float32 [latent]"""
        z = drawn(self.seed, self.index + 1, size, self.cut)[-1].copy()
        for dimension, value in self.edits:
            whole(dimension, 0, size - 1, "A latent dimension", "潜在维度")
            z[dimension] = value
        return (z + self.along * unit(self.direction, size)).astype(np.float32)


def drawn(seed: int, count: int, size: int, cut: float = OPEN) -> np.ndarray:
    """float32 [sample latent] from N(0, 1); more samples of a seed begin with the same ones."""
    normal = np.random.default_rng(seed).standard_normal((count, size))
    return truncated(normal, cut).astype(np.float32)


def truncated(normal: np.ndarray, cut: float) -> np.ndarray:
    """Numbers of N(0, 1) turned into numbers of N(0, 1) given |z| < cut, each keeping its rank.

    Brock et al. 2019 (section 3.1) draw again whatever falls outside, which gives the same distribution; by rank, a
    sample changes smoothly with the cut.
    """
    if cut >= OPEN:
        return normal
    tail = torch.special.ndtr(torch.tensor(-cut, dtype=torch.float64))
    rank = torch.special.ndtr(torch.from_numpy(np.asarray(normal, np.float64)))
    return torch.special.ndtri(tail + rank * (1 - 2 * tail)).numpy()


def unit(seed: int, size: int) -> np.ndarray:
    """A direction of length 1, all directions alike."""
    v = np.random.default_rng([seed, 1]).standard_normal(size)
    return v / np.linalg.norm(v)


def straight(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """(1 - t) a + t b, [step latent]."""
    return (1 - t)[:, None] * a + t[:, None] * b


def angle(a: np.ndarray, b: np.ndarray) -> float:
    """Between the two, in radians; 0 if one of them is 0."""
    lengths = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(np.arccos(np.clip(a @ b / lengths, -1, 1))) if lengths else 0.0


def spherical(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """[sin((1 - t) w) a + sin(t w) b] / sin w with w the angle (Shoemake 1985); straight where sin w is nearly 0."""
    w = angle(a, b)
    if np.sin(w) < 1e-6:
        return straight(a, b, t)
    return (np.sin((1 - t) * w)[:, None] * a + np.sin(t * w)[:, None] * b) / np.sin(w)


def usual(size: int) -> tuple[float, float]:
    """Between which lengths 98 of 100 vectors of N(0, 1) lie (Wilson and Hilferty's cube root of chi-squared)."""
    spread, middle = (2 / (9 * size)) ** 0.5, 1 - 2 / (9 * size)
    low, high = (size * (middle + side * 2.3263 * spread) ** 3 for side in (-1, 1))
    return low**0.5, high**0.5


def spread(cut: float) -> float:
    """Standard deviation of N(0, 1) given |z| < cut: the root of 1 - 2 c phi(c) / (2 Phi(c) - 1)."""
    if cut >= OPEN:
        return 1.0
    density = float(np.exp(-(cut**2) / 2) / np.sqrt(2 * np.pi))
    inside = 1 - 2 * float(torch.special.ndtr(torch.tensor(-cut, dtype=torch.float64)))
    return float(np.sqrt(1 - 2 * cut * density / inside))
