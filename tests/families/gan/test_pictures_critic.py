"""The discriminator's score and slope, against autograd, captum and finite differences."""

import io

import numpy as np
import pytest
import torch
from captum.attr import Saliency
from PIL import Image

from playground.core.words import Wrong
from playground.families.gan.pictures_critic import Critique, Tell, criticised, own, real, seen, tensor, told
from playground.families.gan.pictures_latent import Point
from playground.families.gan.trace import Request, opened, trace

MODELS = ("gan/digits", "gan/plain")


def drawing() -> np.ndarray:
    ink = np.zeros((28, 28))
    ink[2:20, 20:23] = 1
    return ink


def asked(model: str) -> list[Critique]:
    mine = Critique(model, pixels=own(model, drawing()))
    return [Critique(model, sample=Point(index=4)), Critique(model, real=7), mine]


@pytest.mark.parametrize("model", MODELS)
def test_saliency_is_captums(model: str) -> None:
    gan = opened(model)
    for request in asked(model):
        found = criticised(request)
        x = seen(gan, request).requires_grad_()
        reference = Saliency(lambda x, net=gan.discriminator: net(x)[:, 0]).attribute(x, abs=False)[0]
        np.testing.assert_allclose(found.gradient, reference.detach(), atol=1e-5)
        np.testing.assert_allclose(found.saliency, reference.detach().abs().amax(0), atol=1e-5)
        assert found.saliency.max() > 1e-3


@pytest.mark.parametrize("model", MODELS)
def test_a_pixel_moves_the_logit_as_its_slope_says(model: str) -> None:
    gan, request = opened(model), Critique(model, real=3)
    found, x = criticised(request), seen(gan, request).double()
    net = gan.discriminator.double()
    try:
        row, column = np.unravel_index(found.saliency.argmax(), found.saliency.shape)
        up, down = x.clone(), x.clone()
        up[0, 0, row, column] += 1e-5
        down[0, 0, row, column] -= 1e-5
        slope = (net(up) - net(down)).item() / 2e-5
    finally:
        net.float()
    assert slope == pytest.approx(float(found.gradient[0, row, column]), rel=1e-3)


def test_a_sample_gets_the_score_of_the_grid() -> None:
    grid = trace(Request(count=6))
    for i in range(6):
        assert criticised(Critique(sample=Point(index=i))).score == pytest.approx(float(grid.scores[i]), abs=1e-5)


def test_a_drawing_is_centred_as_the_training_digits_were() -> None:
    page = np.frombuffer(own("gan/digits", drawing()), np.uint8).reshape(28, 28)
    rows, columns = np.flatnonzero(page.any(1)), np.flatnonzero(page.any(0))
    assert rows[-1] - rows[0] + 1 == 20 and abs(columns.mean() - 14) <= 1
    plain = np.frombuffer(own("gan/digits", drawing(), centred=False), np.uint8).reshape(28, 28)
    np.testing.assert_array_equal(plain, drawing() * 255)


def test_a_real_digit_as_a_file_is_seen_unchanged() -> None:
    digit = real("gan/digits").images[12]
    file = io.BytesIO()
    Image.fromarray(digit).save(file, "PNG")
    page = np.frombuffer(own("gan/digits", file.getvalue(), centred=False), np.uint8).reshape(28, 28)
    assert np.abs(page.astype(int) - digit)[digit > 80].max() <= 1
    file = io.BytesIO()
    Image.fromarray(255 - digit).save(file, "PNG")  # dark on bright paper
    again = np.frombuffer(own("gan/digits", file.getvalue(), centred=False), np.uint8).reshape(28, 28)
    np.testing.assert_allclose(again.astype(int), page, atol=1)


def test_telling_apart_is_counted_as_it_is() -> None:
    found = told(Tell("gan/digits"))
    gan = opened("gan/digits")
    with torch.inference_mode():
        genuine = gan.discriminator(tensor(real("gan/digits").images)).sigmoid()[:, 0].numpy()
    np.testing.assert_allclose(found.real, genuine, atol=1e-5)
    right = ((found.real > 0.5).sum() + (found.fake <= 0.5).sum()) / 1000
    assert found.right == pytest.approx(right) and found.right > 0.55  # no pair is at its balance


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Critique(),
        lambda: Critique(real=1, sample=Point()),
        lambda: Critique(real=500),
        lambda: Critique(pixels=b"123"),
        lambda: own("gan/digits", np.full((28, 28), 2.0)),
        lambda: own("gan/digits", np.full((28, 28), np.nan)),
        lambda: own("gan/digits", np.zeros(5)),
        lambda: own("gan/digits", b"no picture"),
        lambda: own("gan/none", b""),
        lambda: own("gan/cifar10", np.zeros((28, 28))),
    ],
)
def test_what_cannot_be_looked_at_is_said(wrong) -> None:
    with pytest.raises(Wrong):
        wrong()
