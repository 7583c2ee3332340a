"""Pictures to learn from: handwritten digits and CIFAR-10, read from a data folder, split by seed."""

import io
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image

from playground.core.spec import ASSETS

CIFAR_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


@dataclass(frozen=True, eq=False)
class Pictures:
    images: np.ndarray  # uint8, [picture row column] grey or [picture row column 3]
    labels: np.ndarray  # int64 [picture]

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, chosen: np.ndarray) -> "Pictures":
        return Pictures(self.images[chosen], self.labels[chosen])


def _npz(path: Path) -> dict[str, np.ndarray]:
    if not path.is_file():
        raise FileNotFoundError(f"{path.name} is missing in {path.parent}; name the data folder with --data")
    with np.load(path, allow_pickle=False) as archive:
        return dict(archive)


def _decode(archive: dict[str, np.ndarray]) -> Pictures:
    raw, ends = archive["jpeg"].tobytes(), archive["offsets"]
    images = [np.asarray(Image.open(io.BytesIO(raw[a:b]))) for a, b in pairwise(ends)]
    return Pictures(np.stack(images), archive["labels"].astype(np.int64))


def cifar10(data: Path, part: str) -> Pictures:
    """`part` is "train" (50,000) or "test" (10,000); 32 x 32 RGB. Krizhevsky 2009."""
    return _decode(_npz(data / f"cifar10_{part}.npz"))


def digits(data: Path, seed: int = 0) -> tuple[Pictures, Pictures]:
    """9,000 to train on and 1,000 held out of the 10,000 test digits of MNIST; 28 x 28, 255 is ink. LeCun 1998."""
    archive = _npz(data / "mnist10k.npz")
    whole = Pictures(archive["images"], archive["labels"].astype(np.int64))
    order = np.random.default_rng(seed).permutation(len(whole))
    return whole.take(order[1000:]), whole.take(order[:1000])


def heldout(name: str) -> Pictures:
    """The small held-out part that ships, "digits" or "cifar10": pictures no embedded model was trained on."""
    archive = _npz(ASSETS / "data" / f"{name}.npz")
    return _decode(archive) if "jpeg" in archive else Pictures(archive["images"], archive["labels"].astype(np.int64))


def ship_heldout(name: str, data: Path, count: int = 500) -> None:
    """Write `count` held-out pictures to assets/data; CIFAR keeps its JPEG bytes.

    The file of CIFAR's test pictures is sorted by class, so every 20th is taken: as many of each class.
    """
    path = ASSETS / "data" / f"{name}.npz"
    path.parent.mkdir(parents=True, exist_ok=True)
    if name == "digits":
        part = digits(data)[1].take(np.arange(count))
        np.savez_compressed(path, images=part.images, labels=part.labels.astype(np.uint8))
    else:
        archive = _npz(data / "cifar10_test.npz")
        ends, labels = archive["offsets"], archive["labels"]
        chosen = np.arange(count) * (len(labels) // count)
        files = [archive["jpeg"][ends[i] : ends[i + 1]] for i in chosen]
        offsets = np.cumsum([0, *map(len, files)])
        np.savez(path, jpeg=np.concatenate(files), offsets=offsets, labels=labels[chosen])
