"""Grad-CAM against pytorch-grad-cam, covering against a plain loop."""

import numpy as np
import pytest
import torch

from playground.core.words import Wrong
from playground.families.cnn import gradcam, trace
from playground.families.cnn.cam import Blame, covered, field_of, layers, weighted
from playground.families.cnn.sight import tensor_of
from playground.families.cnn.trace import using
from tests.families.cnn.reference import grad_cam
from tests.families.cnn.test_trace import MODELS, picture

STEPS = {
    "cnn/digits": ("conv1", "relu1", "pool1", "conv2", "relu2", "pool2"),
    "cnn/cifar10": (
        "stem.relu",
        "stages.0.widen.relu",
        "stages.1.block.add",
        "stages.2.block.second.conv",
        "stages.2.block.relu",
    ),
}


@pytest.mark.parametrize("model, step", [(model, step) for model in MODELS for step in STEPS[model]])
def test_equal_to_pytorch_grad_cam(model, step):
    GradCAM, Target = grad_cam()
    strongest = 0.0
    for index in (0, 1):
        seen = trace(picture(model, index))
        with using(model) as opened:
            x = torch.from_numpy(tensor_of(seen.sight.array(), opened.eye))
            for label in (int(np.argmax(seen.maps["softmax"].values)), 3, 8):
                with GradCAM(model=opened.net, target_layers=[opened.net.get_submodule(step)]) as theirs:
                    wanted = theirs(input_tensor=x, targets=[Target(label)])[0]
                ours = field_of(seen, label, step).values
                np.testing.assert_allclose(ours, wanted, atol=1e-4)
                strongest = max(strongest, float(ours.max()))
        opened.net.zero_grad()
    assert strongest > 0.99


def test_the_last_layer_with_a_place_is_the_default():
    seen = trace(picture("cnn/digits"))
    assert layers(seen)[-1] == "pool2"
    label = seen.labels.index(seen.answer.labels[0])
    np.testing.assert_array_equal(gradcam(picture("cnn/digits")).values, field_of(seen, label, "pool2").values)


def test_all_layers_of_a_class_cost_one_pass():
    seen = trace(picture("cnn/digits", 5))
    field_of(seen, 4, "conv1")
    before = weighted.info().misses
    for step in layers(seen):
        field_of(seen, 4, step)
    assert weighted.info().misses == before


@pytest.mark.parametrize(
    "label, step", [(99, "pool2"), (-1, "pool2"), (True, "pool2"), (None, "pool2"), (1, "flat"), (1, "x")]
)
def test_classes_and_layers_that_are_not_there_are_refused(label, step):
    with pytest.raises(Wrong):
        field_of(trace(picture("cnn/digits")), label, step)


def test_covering_equals_asking_one_by_one():
    seen = trace(picture("cnn/digits"))
    label = seen.labels.index(seen.answer.labels[0])
    found = covered(Blame(seen.sight, label))
    assert found.drop.values.shape == (12, 12)
    page = seen.sight.array().copy()
    page[10 : 10 + found.patch, 8 : 8 + found.patch] = 0
    with using("cnn/digits") as opened, torch.inference_mode():
        left = float(opened.net(torch.from_numpy(tensor_of(page, opened.eye))).softmax(-1)[0, label])
    assert found.drop.values[5, 4] == pytest.approx(found.probability - left, abs=1e-5)
