"""From latent vectors to pictures, against torch itself."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from playground.core.parts import Strip
from playground.core.words import Wrong
from playground.families.gan.pictures_latent import Point, drawn
from playground.families.gan.trace import (
    Between,
    Portrait,
    Request,
    Sum,
    layers,
    opened,
    paths,
    portrait,
    shares,
    summed,
    trace,
)

MODELS = ("gan/digits", "gan/plain")
by_model = pytest.mark.parametrize("model", MODELS)


@by_model
def test_a_grid_is_what_the_generator_gives(model: str) -> None:
    seen, gan = trace(Request(model, seed=3, count=5)), opened(model)
    with torch.inference_mode():
        own = gan.generator(torch.from_numpy(drawn(3, 5, gan.shape.latent)))
        logits = gan.discriminator(own)
    np.testing.assert_allclose(seen.pictures.values, shares(own), atol=1e-6)
    np.testing.assert_allclose(seen.scores, logits[:, 0].sigmoid(), atol=1e-5)
    assert seen.pictures.values.shape == (5, 28, 28) and seen.pictures.values.min() >= 0


def test_more_samples_begin_with_the_same_ones() -> None:
    few, many = trace(Request(count=4)), trace(Request(count=30))
    np.testing.assert_array_equal(few.latents, many.latents[:4])
    np.testing.assert_allclose(few.pictures.values, many.pictures.values[:4], atol=1e-5)


def test_a_sample_of_the_grid_is_its_portrait() -> None:
    grid, one = trace(Request(seed=2, count=9)), portrait(Portrait(point=Point(seed=2, index=7)))
    np.testing.assert_array_equal(one.latents[0], grid.latents[7])
    np.testing.assert_allclose(one.pictures.values[0], grid.pictures.values[7], atol=1e-5)


def test_a_question_is_answered_once() -> None:
    request = Request(seed=77, count=2)
    before = trace.info().misses
    assert trace(request) is trace(replace(request)) and trace.info().misses == before + 1


@by_model
def test_layers_are_the_nets_own_steps(model: str) -> None:
    point, gan = Point(seed=1, index=2), opened(model)
    seen = layers(Portrait(model, point))
    names = [(step.net, step.step) for step in seen]
    own = [(net, name) for net in ("generator", "discriminator") for name, _ in getattr(gan, net).named_children()]
    assert names == [("generator", "latent"), *own]
    assert sum(step.parameters for step in seen) == sum(p.numel() for p in gan.parameters())
    x = torch.from_numpy(point.latent(gan.shape.latent))[None]
    with torch.inference_mode():
        for step in seen[1:]:
            x = getattr(gan, step.net).get_submodule(step.step)(x)
            values = step.maps.values[:, 0] if isinstance(step.maps, Strip) else step.maps.values
            np.testing.assert_array_equal(values, x[0])
    assert seen[-1].maps.values.shape == (1, 1)


def test_layers_of_the_dcgan_equal_functional_torch() -> None:
    gan = opened("gan/digits")
    at = {(step.net, step.step): torch.from_numpy(np.array(step.maps.values)) for step in layers(Portrait())}
    up, conv = gan.generator.up1, gan.discriminator.conv1
    before, after = at["generator", "relu1"][None], at["generator", "up1"][None]
    with torch.inference_mode():
        own = torch.nn.functional.conv_transpose2d(before, up.weight, up.bias, stride=2, padding=1)
        torch.testing.assert_close(own, after, atol=1e-4, rtol=1e-4)
        own = torch.nn.functional.conv2d(at["generator", "tanh"][None], conv.weight, conv.bias, stride=2, padding=1)
        torch.testing.assert_close(own, at["discriminator", "conv1"][None], atol=1e-4, rtol=1e-4)


def test_both_paths_begin_and_end_at_the_samples() -> None:
    a, b = Point(index=3), Point(index=8)
    seen = paths(Between(a=a, b=b, steps=7))
    for way in (seen.straight, seen.spherical):
        np.testing.assert_allclose(way.latents[0], a.latent(64), atol=1e-5)
        np.testing.assert_allclose(way.latents[-1], b.latent(64), atol=1e-5)
        assert way.pictures.values.shape == (7, 28, 28)
    ends = (np.linalg.norm(a.latent(64)) + np.linalg.norm(b.latent(64))) / 2
    assert seen.straight.lengths[3] < 0.85 * ends
    assert seen.spherical.lengths[3] == pytest.approx(ends, rel=0.05)
    assert seen.usual[0] < 8 < seen.usual[1]


def test_a_sum_is_of_means() -> None:
    points = [Point(index=i) for i in range(6)]
    z = np.stack([point.latent(64) for point in points]).astype(np.float64)
    request = Sum(a=tuple(points[:3]), b=(points[3],), c=tuple(points[4:]), rescaled=False)
    seen = summed(request)
    total = z[:3].mean(0) - z[3] + z[4:].mean(0)
    np.testing.assert_allclose(seen.result.latents[0], total, atol=1e-5)
    np.testing.assert_allclose(seen.terms.latents, [z[:3].mean(0), z[3], z[4:].mean(0)], atol=1e-6)
    rescaled = summed(replace(request, rescaled=True))
    np.testing.assert_allclose(rescaled.result.latents[0], total * 8 / np.linalg.norm(total), atol=1e-5)
    assert rescaled.length == pytest.approx(np.linalg.norm(total))


def test_a_minus_a_plus_c_is_c() -> None:
    a, c = Point(index=1), Point(index=2)
    seen = summed(Sum(a=(a,), b=(a,), c=(c,), rescaled=False))
    np.testing.assert_allclose(seen.result.latents[0], c.latent(64), atol=1e-6)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Request("cnn/digits"),
        lambda: Request(["gan/digits"]),
        lambda: Request(seed=-1),
        lambda: Request(seed=1.5),
        lambda: Request(seed=True),
        lambda: Request(count=0),
        lambda: Request(count=1000),
        lambda: Request(cut=0),
        lambda: Request(cut=float("nan")),
        lambda: Request(cut="1"),
        lambda: Point(index=-1),
        lambda: Point(edits=((0, 1e9),)),
        lambda: Point(along=float("inf")),
        lambda: Between(steps=2),
        lambda: Sum(a=()),
        lambda: Sum(a=(Point(),) * 13),
        lambda: Portrait("gan/none"),
    ],
)
def test_what_cannot_be_used_is_said(wrong) -> None:
    with pytest.raises(Wrong) as caught:
        wrong()
    assert caught.value.text.en and caught.value.text.zh


def test_a_dimension_the_net_does_not_have_is_refused() -> None:
    with pytest.raises(Wrong, match="0 to 63"):
        portrait(Portrait(point=Point(edits=((64, 1.0),))))
