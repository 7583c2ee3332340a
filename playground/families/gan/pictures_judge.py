"""How good are samples? What a classifier makes of them, and how far they are from real pictures in its features."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from playground.core import store
from playground.core.memo import memo
from playground.core.shapes import expect
from playground.core.words import Wrong
from playground.families.gan.model import MODELS
from playground.families.gan.pictures_critic import HELD_OUT, real, tensor
from playground.families.gan.pictures_latent import OPEN, SEEDS, between, drawn, whole
from playground.families.gan.trace import check_model, opened
from playground.nn.judge import Judge, open_judge

JUDGES = {"gan/digits": "cnn/digits", "gan/plain": "cnn/digits", "gan/cifar10": "cnn/cifar10"}
PIECE, MOST, SURE = 100, 2000, 0.9  # samples judged at a time, at most; when the judge counts as sure
JUDGED = "judged.npz"  # in a model's folder: moments of the training pictures' features


@dataclass(frozen=True, eq=False)
class Moments:
    """Mean and covariance of features, as if they were normally distributed."""

    mean: np.ndarray  # float64 [feature]
    covariance: np.ndarray  # float64 [feature feature]

    def __post_init__(self) -> None:
        expect(self.mean, "feature")
        expect(self.covariance, "feature feature", feature=len(self.mean))


def moments(features: np.ndarray) -> Moments:
    """Of [picture feature]; at least two pictures."""
    x = features.astype(np.float64)
    return Moments(x.mean(0), np.cov(x, rowvar=False))


def root(matrix: np.ndarray) -> np.ndarray:
    """The symmetric square root of a covariance; eigenvalues below zero are rounding."""
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(values.clip(0))) @ vectors.T


def frechet(a: Moments, b: Moments) -> float:
    """|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)): Frechet distance of two normals (Heusel et al. 2017, section 2).

    The trace of the root is that of (R C2 R)^(1/2) with R the root of C1, which is symmetric.
    """
    half = root(a.covariance)
    mixed = np.sqrt(np.linalg.eigvalsh(half @ b.covariance @ half).clip(0)).sum()
    apart = ((a.mean - b.mean) ** 2).sum()
    return float(apart + np.trace(a.covariance) + np.trace(b.covariance) - 2 * mixed)


def judge_of(model: str) -> Judge:
    return store.load(JUDGES[model], open_judge)


@dataclass(frozen=True, eq=False)
class Judged:
    """What the judge makes of some pictures."""

    features: np.ndarray  # float32 [picture feature]
    classes: np.ndarray  # int64 [picture], the most probable class
    sure: np.ndarray  # float32 [picture], its probability

    def counts(self, classes: int = 10) -> np.ndarray:
        return np.bincount(self.classes, minlength=classes)


def judged(judge: Judge, pictures: Tensor, batch: int = 250) -> Judged:
    """Of [picture channel row column] in [-1, 1]."""
    seen = [judge((part + 1) / 2) for part in pictures.split(batch)]
    sure, classes = torch.cat([logits for _, logits in seen]).softmax(1).max(1)
    return Judged(torch.cat([features for features, _ in seen]).numpy(), classes.numpy(), sure.numpy())


def write_moments(folder: Path, found: Moments, mark: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    upper = np.triu_indices(len(found.mean))
    np.savez_compressed(
        folder / JUDGED,
        mean=found.mean.astype(np.float32),
        upper=found.covariance[upper].astype(np.float32),
        mark=np.array(mark),
    )


def read_moments(folder: Path) -> tuple[Moments, str]:
    """Moments of the training pictures, and the mark of the judge that saw them."""
    with np.load(folder / JUDGED, allow_pickle=False) as archive:
        mean, upper, mark = (
            archive["mean"].astype(np.float64),
            archive["upper"].astype(np.float64),
            str(archive["mark"]),
        )
    covariance = np.zeros((len(mean), len(mean)))
    covariance[np.triu_indices(len(mean))] = upper
    return Moments(mean, covariance + np.triu(covariance, 1).T), mark


# ---- asked from the page: samples are judged a few at a time, and the figures grow


@dataclass(frozen=True)
class Jury:
    """Class balance and distance of `count` samples of a model."""

    model: str = "gan/digits"
    seed: int = 0
    count: int = 1000
    cut: float = OPEN

    def __post_init__(self) -> None:
        check_model(self.model)
        whole(self.seed, 0, SEEDS, "A seed", "种子")
        whole(self.count, 50, MOST, "The number of samples", "样本数")
        between(self.cut, 0.05, OPEN, "The truncation", "截断值")


@dataclass(frozen=True, eq=False)
class Verdict:
    """What is known after some samples."""

    done: int
    count: int
    classes: tuple[str, ...]
    counts: np.ndarray  # int64 [class], by the judge
    sure: float  # share of the samples of which the judge is more than 90 % sure
    distance: float | None  # Frechet distance to the training pictures; none before there are enough samples
    floor: float | None  # of as many held-out real pictures; none where fewer than that ship

    def __post_init__(self) -> None:
        expect(self.counts, "class", **{"class": len(self.classes)})


@memo(16)
def floors(model: str) -> tuple[tuple[int, float], ...]:
    """Frechet distance of the first n shipped real pictures to the training pictures, for growing n."""
    features = judged(judge_of(model), tensor(real(model).images)).features
    order = np.random.default_rng(0).permutation(len(features))  # the file may be sorted by class
    found = reference(model)
    return tuple((n, frechet(moments(features[order[:n]]), found)) for n in range(PIECE, HELD_OUT + 1, PIECE))


def reference(model: str) -> Moments:
    """Raises Wrong when they were taken with another judge than the one at hand."""
    found, mark = read_moments(MODELS[model].folder)
    if mark != judge_of(model).mark:
        raise Wrong(
            "The judge was trained anew since this generator was measured; run its training command again.",
            "评判网络在测量之后重新训练过；请重新运行训练命令。",
        )
    return found


def verdicts(request: Jury) -> Iterator[Verdict]:
    """One verdict after every 100 samples; whoever has seen enough stops asking."""
    gan, judge = opened(request.model), judge_of(request.model)
    latents = torch.from_numpy(drawn(request.seed, request.count, gan.shape.latent, request.cut))
    known, found, seen = dict(floors(request.model)), reference(request.model), None
    for part in latents.split(PIECE):
        with torch.inference_mode():
            seen = joined(seen, judged(judge, gan.generator(part)))
        done = len(seen.classes)
        yield Verdict(
            done,
            request.count,
            judge.labels,
            seen.counts(),
            float((seen.sure > SURE).mean()),
            frechet(moments(seen.features), found) if done > 1 else None,
            known.get(done),
        )


def joined(a: Judged | None, b: Judged) -> Judged:
    if a is None:
        return b
    pairs = ((a.features, b.features), (a.classes, b.classes), (a.sure, b.sure))
    return Judged(*(np.concatenate(pair) for pair in pairs))
