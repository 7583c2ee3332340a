"""pytorch-grad-cam, opened without torchvision: it asks for three names there that Grad-CAM never calls."""

import sys
from importlib import import_module
from types import ModuleType


def grad_cam():
    """The GradCAM class and its target. The stand-ins leave with the import, so that nobody else finds them."""
    stand_ins = {name: ModuleType(name) for name in ("torchvision", "torchvision.transforms")}
    functional = ModuleType("torchvision.transforms.functional")
    functional.resize = None  # type: ignore[attr-defined]
    stand_ins[functional.__name__] = functional
    for name in ("Compose", "Normalize", "ToTensor"):
        setattr(stand_ins["torchvision.transforms"], name, None)
    real = "torchvision" in sys.modules
    if not real:
        sys.modules.update(stand_ins)
    try:
        home = import_module("pytorch_grad_cam")
        target = import_module("pytorch_grad_cam.utils.model_targets").ClassifierOutputTarget
    finally:
        if not real:
            for name in stand_ins:
                sys.modules.pop(name, None)
    return home.GradCAM, target
