"""The judge is the embedded classifier, and distances are what scipy says."""

import numpy as np
import pytest
import torch
from scipy import linalg

from playground.core.store import load
from playground.core.words import Wrong
from playground.data import images
from playground.families import cnn
from playground.families.cnn.model import CIFAR_MEAN, CIFAR_STD
from playground.families.cnn.model import MODELS as CLASSIFIERS
from playground.families.gan import pictures_judge
from playground.families.gan.pictures_critic import real, tensor
from playground.families.gan.pictures_judge import (
    Jury,
    Moments,
    floors,
    frechet,
    judge_of,
    judged,
    moments,
    read_moments,
    reference,
    verdicts,
    write_moments,
)
from playground.nn.judge import open_judge


@pytest.mark.parametrize("name", ["digits", "cifar10"])
def test_the_judge_computes_what_the_classifier_computes(name: str) -> None:
    judge, net = load(f"cnn/{name}", open_judge), load(CLASSIFIERS[f"cnn/{name}"])
    x = (tensor(images.heldout(name).images[:12]) + 1) / 2
    features, logits = judge(x)
    shift, scale = (CIFAR_MEAN, CIFAR_STD) if name == "cifar10" else ((0.0,), (1.0,))
    with torch.inference_mode():
        own = net((x - torch.tensor(shift).view(-1, 1, 1)) / torch.tensor(scale).view(-1, 1, 1))
    torch.testing.assert_close(logits, own, atol=1e-4, rtol=1e-4)
    assert features.shape == (12, 84 if name == "digits" else 256)


def test_the_judge_reads_digits_as_the_other_room_does() -> None:
    pictures = images.heldout("digits").images[:20]
    found = judged(judge_of("gan/digits"), tensor(pictures))
    other = [cnn.trace(cnn.Request.from_array(picture, centred=False)).answer for picture in pictures]
    assert [str(label) for label in found.classes] == [answer.labels[0] for answer in other]
    np.testing.assert_allclose(found.sure, [answer.scores[0] for answer in other], atol=1e-4)


def test_the_distance_is_scipys() -> None:
    rng = np.random.default_rng(0)
    for size in (3, 20, 84):
        x, y = (
            rng.standard_normal((300, size)) @ rng.standard_normal((size, size)),
            rng.standard_normal((200, size)) + 1,
        )
        a, b = moments(x), moments(y)
        mixed = np.real(linalg.sqrtm(a.covariance @ b.covariance))
        own = ((a.mean - b.mean) ** 2).sum() + np.trace(a.covariance + b.covariance - 2 * mixed)
        assert frechet(a, b) == pytest.approx(own, rel=1e-6) == pytest.approx(frechet(b, a), rel=1e-6)
        assert frechet(a, a) == pytest.approx(0, abs=1e-6 * np.trace(a.covariance))


def test_the_distance_of_two_normals_in_one_dimension() -> None:
    a, b = Moments(np.array([1.0]), np.array([[4.0]])), Moments(np.array([3.0]), np.array([[9.0]]))
    assert frechet(a, b) == pytest.approx((1 - 3) ** 2 + (2 - 3) ** 2)


def test_moments_survive_the_disk(tmp_path) -> None:
    x = np.random.default_rng(1).standard_normal((50, 6)).astype(np.float32)
    write_moments(tmp_path, moments(x), "mark")
    found, mark = read_moments(tmp_path)
    np.testing.assert_allclose(found.covariance, np.cov(x, rowvar=False), atol=1e-6)
    np.testing.assert_allclose(found.mean, x.mean(0), atol=1e-6)
    assert mark == "mark"


def test_figures_of_another_judge_are_refused(monkeypatch) -> None:
    found, _ = read_moments(pictures_judge.MODELS["gan/digits"].folder)
    monkeypatch.setattr(pictures_judge, "read_moments", lambda folder: (found, "another"))
    with pytest.raises(Wrong, match="trained anew"):
        reference("gan/digits")


def test_the_floor_falls_with_the_number_of_pictures() -> None:
    found = dict(floors("gan/digits"))
    assert list(found) == [100, 200, 300, 400, 500]
    assert found[100] > found[300] > found[500] > 0
    whole = judged(judge_of("gan/digits"), tensor(real("gan/digits").images)).features
    assert found[500] == pytest.approx(frechet(moments(whole), reference("gan/digits")), rel=1e-3)


def test_a_verdict_grows_and_can_be_left() -> None:
    asked = verdicts(Jury("gan/digits", seed=5, count=250))
    first = next(asked)
    rest = list(asked)
    assert [one.done for one in (first, *rest)] == [100, 200, 250]
    assert all(one.counts.sum() == one.done for one in (first, *rest))
    assert (rest[-1].counts >= first.counts).all() and rest[-1].classes == tuple("0123456789")
    assert rest[0].floor == dict(floors("gan/digits"))[200] < rest[0].distance
    assert next(verdicts(Jury("gan/digits", count=2000))).done == 100  # the other nineteen hundred are never made


def test_truncation_narrows_what_is_made() -> None:
    """Less variety: features of truncated samples spread less."""
    whole, cut = (list(verdicts(Jury(seed=1, count=200, cut=cut)))[-1] for cut in (4.0, 0.3))
    assert cut.distance > whole.distance


@pytest.mark.parametrize("wrong", [{"count": 10}, {"count": 10**6}, {"seed": -1}, {"cut": 9}, {"model": "x"}])
def test_what_cannot_be_judged_is_said(wrong) -> None:
    with pytest.raises(Wrong):
        Jury(**wrong)
