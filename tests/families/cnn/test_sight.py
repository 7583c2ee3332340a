"""What the net sees of any picture."""

import resource

import numpy as np
import pytest
from PIL import Image

from playground.data import images
from playground.families.cnn.sight import DIGITS, Eye, centre, digit, photo, png, resize, squared, tensor_of
from playground.families.cnn.trace import Request, see


def colour(grey: np.ndarray) -> np.ndarray:
    return np.repeat(grey[:, :, None], 3, 2)


def test_a_digit_of_mnist_passes_unchanged():
    for one in images.heldout("digits").images[:200]:
        np.testing.assert_array_equal(digit(colour(one), "auto", True), one)
        np.testing.assert_array_equal(digit(colour(one), "auto", False), one)


def test_dark_ink_on_a_large_page_becomes_the_same_digit():
    for index in (0, 3, 13):
        one = images.heldout("digits").images[index]
        page = np.asarray(Image.fromarray(255 - one).resize((280, 280), Image.Resampling.NEAREST)).copy()
        page = np.pad(page, ((40, 200), (10, 90)), constant_values=255)
        seen = digit(colour(page), "auto", True).astype(float)
        assert np.corrcoef(seen.ravel(), one.astype(float).ravel())[0, 1] > 0.97


def test_a_grey_photographed_page_is_paper():
    one = images.heldout("digits").images[13].astype(float) / 255
    page = 200 - 150 * one + np.random.default_rng(0).normal(0, 4, one.shape)
    large = np.asarray(Image.fromarray(page.clip(0, 255).astype(np.uint8)).resize((140, 140)))
    seen = digit(colour(large), "auto", True)
    assert seen[0].max() == 0 and seen.max() > 200
    assert np.corrcoef(seen.ravel(), one.ravel())[0, 1] > 0.9


def test_mass_ends_in_the_middle():
    ink = np.zeros((28, 28))
    ink[1:9, 2:6] = 1
    found = centre(ink)
    rows = np.flatnonzero((found > 0.5).any(1))
    assert rows.max() - rows.min() + 1 == 20
    assert abs((found.sum(1) * np.arange(28)).sum() / found.sum() - 14) <= 0.5
    assert abs((found.sum(0) * np.arange(28)).sum() / found.sum() - 14) <= 0.5


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (5, 7), (28, 28)])
def test_even_surfaces_have_no_ink(shape):
    for level in (0, 128, 255):
        assert digit(colour(np.full(shape, level, np.uint8)), "dark", True).max() == 0


def test_the_middle_square_of_a_photo_is_kept():
    wide = np.zeros((60, 200, 3), np.uint8)
    wide[:, 70:130] = (10, 200, 30)
    seen = photo(wide, Eye(32, (0.5,) * 3, (0.5,) * 3))
    assert seen.shape == (32, 32, 3)
    np.testing.assert_array_equal(seen[16, 16], (10, 200, 30))


def test_a_photo_of_the_right_size_passes_unchanged():
    one = images.heldout("cifar10").images[5]
    np.testing.assert_array_equal(see(Request.from_array(one, "cnn/cifar10")).array(), one)


def test_tensor_is_normalised_per_channel():
    eye = Eye(2, (0.5, 0.25, 0.0), (0.5, 0.25, 2.0))
    x = tensor_of(np.full((2, 2, 3), 255, np.uint8), eye)
    assert x.dtype == np.float32 and x.shape == (1, 3, 2, 2)
    np.testing.assert_allclose(x[0, :, 0, 0], [1, 3, 0.5])
    assert tensor_of(np.zeros((28, 28), np.uint8), DIGITS).shape == (1, 1, 28, 28)


def test_ink_can_be_said_to_be_bright():
    page = np.full((28, 28), 255, np.uint8)
    page[10:18, 10:18] = 0
    assert digit(colour(page), "auto", False)[14, 14] == 255
    assert digit(colour(page), "bright", False)[0, 0] == 255
    np.testing.assert_array_equal(see(Request(png(page), centred=False, ink="bright")).array(), page)


@pytest.mark.parametrize("shape", [(1, 400_000), (400_000, 1), (3, 100_000), (200, 40_000)])
def test_a_thread_of_pixels_takes_little_memory(shape):
    thread = np.zeros((*shape, 3), np.uint8)
    thread[:, : max(1, shape[1] // 2)] = 255
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert photo(thread, Eye(32, (0.5,) * 3, (0.5,) * 3)).shape == (32, 32, 3)
    for centred in (True, False):
        assert digit(thread, "bright", centred).shape == (28, 28)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 800_000  # KB; the square alone would take TBs


def test_a_long_drawing_keeps_its_shape_when_it_is_not_centred():
    ink = np.zeros((40, 4000))
    ink[:, 1000:2000] = 1
    page = resize(squared(ink), 28, 28)
    columns = page.max(0)
    assert columns[8:13].min() > 0.15 and columns[:6].max() < 0.05 and columns[16:].max() < 0.05
