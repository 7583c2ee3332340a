"""A ResNet of transformers in Hub layout opens in the room, with transformers' own numbers."""

import base64
import io
import json
import logging

import numpy as np
import pytest
import torch
from PIL import Image

from playground.core import limits, store
from playground.core.words import Wrong
from playground.families.cnn import Request, kernels, trace
from playground.families.cnn.arithmetic import open_in
from playground.families.cnn.cam import Blame, covered, field_of, layers
from playground.families.cnn.sight import tensor_of
from playground.families.cnn.tab import VERBS
from playground.families.cnn.trace import see, using
from playground.ui.door import answer
from tests.families.cnn.reference import grad_cam
from tests.families.cnn.test_arithmetic import by_hand

PREPROCESSOR = {
    "crop_pct": 0.875,
    "do_normalize": True,
    "do_resize": True,
    "image_mean": [0.485, 0.456, 0.406],
    "image_std": [0.229, 0.224, 0.225],
    "resample": 3,
    "size": 224,
}
KINDS = {"basic": [8, 12, 16, 24], "bottleneck": [16, 24, 32, 48]}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """One tiny random ResNet of each kind, batch norms away from their starting values."""
    from transformers import ResNetConfig, ResNetForImageClassification

    root = tmp_path_factory.mktemp("models")
    for kind, sizes in KINDS.items():
        torch.manual_seed(0)
        names = {i: f"thing {i}, of kind {i}" for i in range(12)}
        config = ResNetConfig(
            embedding_size=8, hidden_sizes=sizes, depths=[2, 1, 2, 1], layer_type=kind, id2label=names, num_labels=12
        )
        net = ResNetForImageClassification(config)
        for module in net.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.2)
                module.running_var.uniform_(0.5, 2)
                module.weight.data.uniform_(0.5, 1.5)
                module.bias.data.normal_(0, 0.3)
        net.save_pretrained(root / kind)
        (root / kind / "preprocessor_config.json").write_text(json.dumps(PREPROCESSOR), "utf-8")
    return root


@pytest.fixture(autouse=True)
def open_shelf(shelf, monkeypatch):
    monkeypatch.setattr(limits, "MODELS_DIR", shelf)
    yield
    store.clear()


def scene() -> bytes:
    noise = np.random.default_rng(1).integers(0, 255, (30, 50, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).resize((500, 300), Image.Resampling.BICUBIC).save(file, "PNG")
    return file.getvalue()


def test_pictures_are_prepared_as_transformers_does():
    from transformers.models.convnext.image_processing_pil_convnext import ConvNextImageProcessorPil

    with using("local:basic") as opened:
        eye = opened.eye
    theirs = ConvNextImageProcessorPil(
        size={"shortest_edge": 224},
        crop_pct=0.875,
        image_mean=PREPROCESSOR["image_mean"],
        image_std=PREPROCESSOR["image_std"],
    )(Image.open(io.BytesIO(scene())), return_tensors="np")["pixel_values"]
    ours = tensor_of(see(Request(scene(), "local:basic")).array(), eye)
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_equal_transformers_own(kind, shelf):
    from transformers import ResNetForImageClassification

    seen = trace(Request(scene(), f"local:{kind}"))
    net = ResNetForImageClassification.from_pretrained(shelf / kind).eval()
    with using(f"local:{kind}") as opened, torch.inference_mode():
        theirs = net(torch.from_numpy(tensor_of(seen.sight.array(), opened.eye)), output_hidden_states=True)
    np.testing.assert_allclose(seen.maps["classifier.1"].values[:, 0], theirs.logits[0], atol=1e-4)
    np.testing.assert_allclose(np.sort(seen.answer.scores), theirs.logits[0].softmax(-1).sort().values[-10:], atol=1e-4)
    last = [f"resnet.encoder.stages.{i}.layers.{n - 1}.activation" for i, n in enumerate([2, 1, 2, 1])]
    for key, state in zip(["resnet.embedder.pooler", *last], theirs.hidden_states, strict=True):
        np.testing.assert_allclose(seen.maps[key].values, state[0], atol=1e-4)
    assert seen.answer.others == 2 and seen.answer.rest == pytest.approx(1 - seen.answer.scores.sum(), abs=1e-6)
    assert seen.labels[3] == "thing 3, of kind 3"


@pytest.mark.parametrize("kind", KINDS)
def test_additions_inside_blocks_are_steps_of_their_own(kind):
    seen = trace(Request(scene(), f"local:{kind}"))
    sums = [key for key, what in seen.kinds.items() if what == "add"]
    assert len(sums) == 6
    for key in sums:
        branch, shortcut = (source for source, end in seen.graph.edges if end == key)
        assert seen.kinds[branch] == "norm"  # and not yet added to, although torch adds in place
        np.testing.assert_allclose(
            seen.maps[key].values, seen.maps[branch].values + seen.maps[shortcut].values, atol=1e-6
        )


@pytest.mark.parametrize("kind", KINDS)
def test_every_step_adds_up(kind):
    seen, rng = trace(Request(scene(), f"local:{kind}")), np.random.default_rng(0)
    kinds = set()
    for node in seen.graph.nodes:
        at = tuple(int(rng.integers(size)) for size in node.shape)
        opened = open_in(seen, node.key, (*at, 0, 0)[:3])
        kinds.add(opened.kind)
        if opened.kind != "flatten":
            assert by_hand(opened) == pytest.approx(opened.value, abs=1e-5, rel=1e-5), node.key
    assert kinds == {
        "input", "conv", "norm", "relu", "maxpool", "add", "avgpool", "flatten", "linear", "softmax",
    }  # fmt: skip


def test_grad_cam_equals_the_reference():
    GradCAM, Target = grad_cam()
    seen = trace(Request(scene(), "local:bottleneck"))

    class Logits(torch.nn.Module):
        def __init__(self, net):
            super().__init__()
            self.net = net

        def forward(self, x):
            return self.net(x).logits

    with using("local:bottleneck") as opened:
        net = Logits(opened.net).eval()
        for step in ("resnet.embedder.pooler", layers(seen)[-1]):
            with GradCAM(model=net, target_layers=[opened.net.get_submodule(step)]) as theirs:
                x = torch.from_numpy(tensor_of(seen.sight.array(), opened.eye))
                wanted = theirs(input_tensor=x, targets=[Target(4)])[0]
            np.testing.assert_allclose(field_of(seen, 4, step).values, wanted, atol=1e-4)


def test_the_page_gets_only_what_it_asks_for():
    image = base64.b64encode(scene()).decode()
    said = answer(VERBS["ask"], json.dumps({"image": image, "model": "local:bottleneck"}).encode())
    assert len(said) < 600_000 and b'"wrong"' not in said
    layer = json.loads(
        answer(
            VERBS["layer"],
            json.dumps({"image": image, "model": "local:bottleneck", "step": "resnet.embedder.pooler"}).encode(),
        )
    )
    assert layer["shape"] == [8, 56, 56]


def test_filters_of_a_hub_model():
    found = kernels("local:basic")
    assert found.step == "resnet.embedder.embedder.convolution" and found.values.shape == (8, 3, 7, 7)
    assert not found.bias.any()


def test_covering_is_left_to_small_nets():
    seen = trace(Request(scene(), "local:basic"))
    with pytest.raises(Wrong):
        covered(Blame(seen.sight, 0))


@pytest.mark.parametrize("model", ["local:nothing", "local:../../etc", "local:", "nobody/unknown-model"])
def test_models_that_are_not_here_are_refused(model):
    with pytest.raises(Wrong):
        trace(Request(scene(), model))


def test_a_picture_size_out_of_bounds_is_refused(shelf, tmp_path, monkeypatch):
    import shutil

    logging.getLogger("transformers").setLevel(logging.ERROR)
    shutil.copytree(shelf / "basic", tmp_path / "huge")
    (tmp_path / "huge" / "preprocessor_config.json").write_text(json.dumps({**PREPROCESSOR, "size": 100_000}), "utf-8")
    monkeypatch.setattr(limits, "MODELS_DIR", tmp_path)
    with pytest.raises(Wrong):
        trace(Request(scene(), "local:huge"))
