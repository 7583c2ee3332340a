"""CNN: slide small windows over a picture (LeCun et al. 1989, 1998; He et al. 2015)."""

from typing import TYPE_CHECKING

from playground.core.lazy import offer
from playground.core.spec import Family, HubModel
from playground.core.words import Text

FAMILY = Family(
    key="cnn",
    title="CNN",
    line=Text("Sliding windows", "滑动窗口"),
    embedded=("cnn/digits", "cnn/cifar10"),
    hub=(
        HubModel("microsoft/resnet-18", "ResNet-18", 46.8, 11_689_512),
        HubModel("microsoft/resnet-50", "ResNet-50", 102.5, 25_557_032),
    ),
    model_types=("resnet",),
    auto="AutoModelForImageClassification",
)

if TYPE_CHECKING:
    from playground.families.cnn.arithmetic import open_at
    from playground.families.cnn.cam import covered_in, field_of, gradcam, layers
    from playground.families.cnn.filters import convolutions, kernels
    from playground.families.cnn.trace import Request, Trace, trace

    __all__ = ["Request", "Trace", "convolutions", "covered_in", "field_of", "gradcam", "kernels", "layers", "open_at"]
    __all__ += ["trace"]

offer(
    __name__,
    trace="trace",
    Request="trace",
    Trace="trace",
    open_at="arithmetic",
    gradcam="cam",
    field_of="cam",
    layers="cam",
    covered_in="cam",
    kernels="filters",
    convolutions="filters",
)
