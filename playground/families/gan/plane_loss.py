"""The four losses as numbers and derivatives by the scores that D gives; scores are what comes before any sigmoid."""

import numpy as np

from playground.families.gan.plane_nets import Array, Net, sigmoid

Grad = list[tuple[Array, Array]]


def softplus(a: Array) -> Array:
    """log(1 + exp(a)) without overflow."""
    return np.maximum(a, 0) + np.log1p(np.exp(-np.abs(a)))


def shown_score(loss: str, scores: Array) -> Array:
    """What the page calls D: a probability for the logarithmic losses, the score itself for the others."""
    return sigmoid(scores) if loss in ("minimax", "nonsaturating") else scores


def judged(loss: str, real: Array, fake: Array) -> tuple[float, Array, Array]:
    """D's loss, and its derivatives by the scores of real and fake points."""
    if loss == "leastsquares":  # Mao et al. 2017, with 1 for real and 0 for fake
        off = real - 1
        return _half(off) + _half(fake), off / len(real), fake / len(fake)
    if loss == "wasserstein":  # Arjovsky et al. 2017
        return float(fake.mean() - real.mean()), np.full_like(real, -1 / len(real)), np.full_like(fake, 1 / len(fake))
    value = float(softplus(-real).mean() + softplus(fake).mean())
    return value, -sigmoid(-real) / len(real), sigmoid(fake) / len(fake)


def fooled(loss: str, fake: Array) -> tuple[float, Array]:
    """G's loss, and its derivative by the scores of its points."""
    count = len(fake)
    if loss == "minimax":  # Goodfellow et al. 2014, equation 1: the derivative dies where D is sure
        return float(-softplus(fake).mean()), -sigmoid(fake) / count
    if loss == "nonsaturating":
        return float(softplus(-fake).mean()), -sigmoid(-fake) / count
    if loss == "leastsquares":
        return _half(fake - 1), (fake - 1) / count
    return float(-fake.mean()), np.full_like(fake, -1 / count)


def _half(off: Array) -> float:
    return float((off * off).mean() / 2)


def penalty(net: Net, points: Array, strength: float, target: float, grad: Grad | None) -> float:
    """strength x mean of (|slope of D| - target)^2 at `points`; its derivative by the weights is added to `grad`.

    Target 1 is the penalty of Gulrajani et al. 2017, target 0 with half the strength is R1 of Mescheder et al. 2018.
    """
    seen = net.forward(points)
    slopes = net.slopes(seen)
    length = np.sqrt((slopes * slopes).sum(1, keepdims=True)) + np.finfo(slopes.dtype).tiny
    off = length - length.dtype.type(target)
    if grad:
        net.bend(seen, slopes * (off / length * length.dtype.type(2 * strength / len(points))), grad)
    return strength * float((off * off).mean())
