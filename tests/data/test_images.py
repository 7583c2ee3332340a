"""Pictures and their splits."""

import io

import numpy as np
import pytest
from PIL import Image

from playground.data import images


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    whole = rng.integers(0, 256, (10_000, 2, 2), dtype=np.uint8)
    np.savez(tmp_path / "mnist10k.npz", images=whole, labels=np.arange(10_000, dtype=np.int64) % 10)
    jpegs = []
    for value in (0, 120, 250):
        file = io.BytesIO()
        Image.new("RGB", (32, 32), (value, 10, 20)).save(file, "JPEG", quality=95)
        jpegs.append(np.frombuffer(file.getvalue(), np.uint8))
    ends = np.cumsum([0, *map(len, jpegs)])
    for part in ("train", "test"):
        np.savez(tmp_path / f"cifar10_{part}.npz", jpeg=np.concatenate(jpegs), offsets=ends, labels=np.uint8([3, 1, 2]))
    return tmp_path


def test_digits_split_is_seeded_and_does_not_overlap(folder) -> None:
    train, held = images.digits(folder)
    again = images.digits(folder)[1]
    assert (len(train), len(held)) == (9000, 1000)
    np.testing.assert_array_equal(held.images, again.images)
    whole = np.load(folder / "mnist10k.npz")["images"].reshape(10_000, -1)
    both = np.concatenate([train.images, held.images]).reshape(10_000, -1)
    np.testing.assert_array_equal(np.sort(both.view("u4").ravel()), np.sort(whole.copy().view("u4").ravel()))


def test_cifar_is_decoded_in_order(folder) -> None:
    part = images.cifar10(folder, "train")
    assert part.images.shape == (3, 32, 32, 3) and part.labels.tolist() == [3, 1, 2]
    assert np.abs(part.images[:, 5, 5, 0].astype(int) - [0, 120, 250]).max() < 6


@pytest.mark.parametrize("name, classes", [("digits", 10), ("cifar10", 10)])
def test_the_shipped_part_is_whole(name: str, classes: int) -> None:
    part = images.heldout(name)
    assert len(part) == 500 and set(part.labels.tolist()) == set(range(classes))
    assert part.images.dtype == np.uint8


def test_a_missing_file_is_named(tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match=r"mnist10k\.npz is missing"):
        images.digits(tmp_path)
