"""The embedded classifiers as judges of pictures that other nets make, straight from their weights.

A room may ask what a classifier of another room thinks without opening that room: the few lines here compute what
families/cnn/model.py computes, and a test holds the two together.
"""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from playground.core.checkpoint import WEIGHTS, read_card

MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)  # of CIFAR-10's training pictures


class Judge(nn.Module, ABC):
    """pictures [picture channel row column] in [0, 1] -> features [picture feature] before the last layer, logits."""

    def __init__(self, weights: Mapping[str, Tensor], labels: tuple[str, ...], mark: str) -> None:
        super().__init__()
        self.labels, self.mark = labels, mark
        for name, value in weights.items():
            self.register_buffer(name.replace(".", "_"), value.float())

    def of(self, name: str) -> tuple[Tensor, Tensor]:
        """Weight and bias of a layer."""
        return self.get_buffer(f"{name}_weight"), self.get_buffer(f"{name}_bias")

    @abstractmethod
    def features(self, x: Tensor) -> Tensor:
        """[picture feature] what goes into the last layer."""

    @torch.inference_mode()
    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        features = self.features(x)
        return features, F.linear(features, *self.of("out"))


class OfDigits(Judge):
    """LeNet-5; its 84 features."""

    def features(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.conv2d(x, *self.of("conv1"), padding=2).relu(), 2)
        x = F.max_pool2d(F.conv2d(x, *self.of("conv2")).relu(), 2)
        x = F.linear(x.flatten(1), *self.of("full1")).relu()
        return F.linear(x, *self.of("full2")).relu()


class OfPhotos(Judge):
    """The residual net; its 256 features."""

    def conv(self, x: Tensor, name: str) -> Tensor:
        return F.conv2d(x, *self.of(f"{name}_conv"), padding=1)

    def features(self, x: Tensor) -> Tensor:
        x = (x - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)
        x = self.conv(x, "stem").relu()
        for stage in range(3):
            x = F.max_pool2d(self.conv(x, f"stages_{stage}_widen"), 2).relu()
            x = (
                x + self.conv(self.conv(x, f"stages_{stage}_block_first").relu(), f"stages_{stage}_block_second")
            ).relu()
        return x.mean((2, 3))


KINDS: dict[str, type[Judge]] = {"digits": OfDigits, "cifar10": OfPhotos}


def mark_of(folder: Path) -> str:
    """A fingerprint of a judge's weights: its figures are only comparable among themselves."""
    return hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()[:12]


def open_judge(folder: Path) -> Judge:
    """The judge in assets/models/cnn/digits or assets/models/cnn/cifar10."""
    labels = tuple(map(str, read_card(folder).extra["classes"]))
    return KINDS[folder.name](load_file(folder / WEIGHTS), labels, mark_of(folder)).eval()
