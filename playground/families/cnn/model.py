"""Two convolutional nets: LeNet-5 for digits (LeCun et al. 1998) and a residual net for CIFAR-10 (He et al. 2015).

Every step a student should see is a module of its own, addition and softmax's input included, so that one pass with
hooks yields the whole net. The residual net is trained with batch normalisation and shipped with it folded into the
convolutions: what a convolution shows then adds up to its output without a fourth term.
"""

from collections import OrderedDict
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from playground.core.checkpoint import load_weights
from playground.core.spec import ModelSpec

DIGITS = tuple("0123456789")


class Add(nn.Module):
    """The sum at the end of a residual block."""

    def forward(self, x: Tensor, shortcut: Tensor) -> Tensor:
        return x + shortcut


class LeNet(nn.Sequential):
    """[picture 1 28 28] in [0, 1], ink is 1 -> logits [picture 10]. LeNet-5 with ReLU, max pooling and full connection.

    >>> import torch
    >>> LeNet()(torch.zeros(2, 1, 28, 28)).shape
    torch.Size([2, 10])
    """

    def __init__(self) -> None:
        super().__init__(
            OrderedDict(
                conv1=nn.Conv2d(1, 6, 5, padding=2),
                relu1=nn.ReLU(),
                pool1=nn.MaxPool2d(2),
                conv2=nn.Conv2d(6, 16, 5),
                relu2=nn.ReLU(),
                pool2=nn.MaxPool2d(2),
                flat=nn.Flatten(),
                full1=nn.Linear(400, 120),
                relu3=nn.ReLU(),
                full2=nn.Linear(120, 84),
                relu4=nn.ReLU(),
                out=nn.Linear(84, 10),
            )
        )


class Conv(nn.Sequential):
    """3 x 3 convolution, perhaps pooling, and ReLU; in training with batch normalisation before the ReLU.

    Its scale is fixed at one: what remains of it is a positive factor and a bias, and these may trade places with
    max pooling, so that all of it folds into the convolution.
    """

    def __init__(self, channels: int, kernels: int, normed: bool, pool: bool = False, relu: bool = True) -> None:
        parts = OrderedDict[str, nn.Module](conv=nn.Conv2d(channels, kernels, 3, padding=1, bias=not normed))
        if pool:
            parts["pool"] = nn.MaxPool2d(2)
        if normed:
            parts["norm"] = nn.BatchNorm2d(kernels)
            parts["norm"].weight.requires_grad_(False)
        if relu:
            parts["relu"] = nn.ReLU()
        super().__init__(parts)


class Residual(nn.Module):
    """relu(x + conv(relu(conv(x)))): the block learns what to add (He et al. 2015, section 3.1)."""

    def __init__(self, channels: int, normed: bool) -> None:
        super().__init__()
        self.first, self.second = Conv(channels, channels, normed), Conv(channels, channels, normed, relu=False)
        self.add, self.relu = Add(), nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.add(self.second(self.first(x)), x))


WIDTHS = (32, 64, 128, 256)  # maps after the stem and after each stage


class ResNet(nn.Module):
    """[picture 3 32 32], normalised -> logits [picture 10]. Three stages, each with half the pixels and more maps."""

    def __init__(self, normed: bool = False, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        self.stem = Conv(3, widths[0], normed)
        self.stages = nn.ModuleList(
            nn.Sequential(OrderedDict(widen=Conv(a, b, normed, pool=True), block=Residual(b, normed)))
            for a, b in pairwise(widths)
        )
        self.pool, self.flat, self.out = nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        for stage in self.stages:
            x = stage(x)
        return self.out(self.flat(self.pool(x)))


CIFAR_MEAN, CIFAR_STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)  # of the training pictures


def fold(net: ResNet) -> ResNet:
    """A net without batch normalisation that computes the same in evaluation."""
    net = net.eval()
    for module in net.modules():
        conv, norm = getattr(module, "conv", None), getattr(module, "norm", None)
        if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            module.conv = fuse_conv_bn_eval(conv, norm)
            del module.norm
    plain = ResNet().eval()
    plain.load_state_dict(net.state_dict())
    return plain


def _open(build: Callable[[], nn.Module]) -> Callable[[Path], nn.Module]:
    def open_from(folder: Path) -> nn.Module:
        net = build()
        load_weights(net, folder)
        return net.eval()

    return open_from


MODELS = {
    spec.key: spec
    for spec in (
        ModelSpec("cnn/digits", "LeNet-5, digits", _open(LeNet), "python -m playground.train cnn digits"),
        ModelSpec("cnn/cifar10", "ResNet, CIFAR-10", _open(ResNet), "python -m playground.train cnn cifar10"),
    )
}
