"""The trace against torch itself: what a hook saw is what the layer computes."""

import threading

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from playground.core.parts import Strip, Tiles
from playground.core.words import Wrong
from playground.data import images
from playground.families.cnn import Request, trace
from playground.families.cnn.sight import tensor_of
from playground.families.cnn.trace import of_sight, pixels_of, see, using

MODELS = ("cnn/digits", "cnn/cifar10")


def picture(model: str, index: int = 0) -> Request:
    return Request.from_array(images.heldout(model.removeprefix("cnn/")).images[index], model)


@pytest.mark.parametrize("model", MODELS)
def test_answer_is_the_nets_own(model):
    seen = trace(picture(model))
    with using(model) as opened, torch.inference_mode():
        x = torch.from_numpy(tensor_of(seen.sight.array(), opened.eye))
        own = opened.net(x)[0].softmax(-1)
    assert seen.answer.labels[0] == opened.labels[int(own.argmax())]
    np.testing.assert_allclose(np.sort(seen.answer.scores)[::-1], own.sort(descending=True).values, atol=1e-7)
    np.testing.assert_array_equal(seen.maps["softmax"].values[:, 0], own)


@pytest.mark.parametrize("model", MODELS)
def test_every_leaf_is_a_step_and_the_graph_is_one_chain_with_branches_at_additions(model):
    seen = trace(picture(model))
    with using(model) as opened:
        leaves = [name for name, module in opened.net.named_modules() if not list(module.children())]
    assert set(seen.maps) == {"input", *leaves, "softmax"}
    into = {key: [a for a, b in seen.graph.edges if b == key] for key in seen.maps}
    assert into.pop("input") == []
    assert all(len(sources) == (2 if seen.kinds[key] == "add" else 1) for key, sources in into.items())


def test_steps_of_lenet_equal_functional_torch():
    seen = trace(picture("cnn/digits"))
    at = {key: torch.from_numpy(np.array(part.values)) for key, part in seen.maps.items()}
    with using("cnn/digits") as opened, torch.inference_mode():
        conv1, conv2, full1 = opened.net.conv1, opened.net.conv2, opened.net.full1
        torch.testing.assert_close(F.conv2d(at["input"][None], conv1.weight, conv1.bias, padding=2)[0], at["conv1"])
        torch.testing.assert_close(at["conv1"].clamp(min=0), at["relu1"])
        torch.testing.assert_close(F.max_pool2d(at["relu1"], 2), at["pool1"])
        torch.testing.assert_close(F.conv2d(at["pool1"][None], conv2.weight, conv2.bias)[0], at["conv2"])
        torch.testing.assert_close(at["pool2"].flatten(), at["flat"][:, 0])
        torch.testing.assert_close(full1.weight @ at["flat"] + full1.bias[:, None], at["full1"])
    assert at["conv1"].shape == (6, 28, 28) and at["pool2"].shape == (16, 5, 5)


def test_residual_addition_is_the_sum_of_its_branches():
    seen = trace(picture("cnn/cifar10"))
    sums = [key for key, kind in seen.kinds.items() if kind == "add"]
    assert len(sums) == 3
    for key in sums:
        a, b = (seen.maps[source].values for source, end in seen.graph.edges if end == key)
        np.testing.assert_array_equal(seen.maps[key].values, a + b)
        assert np.abs(a).max() > 0.1 and np.abs(b).max() > 0.1  # both branches carry something


def test_maps_are_tiles_until_the_place_is_lost():
    seen = trace(picture("cnn/digits"))
    assert isinstance(seen.maps["pool2"], Tiles) and isinstance(seen.maps["flat"], Strip)
    assert seen.maps["softmax"].rows == tuple("0123456789")
    with pytest.raises(ValueError, match="read-only"):
        seen.maps["conv1"].values[0, 0, 0] = 1


def test_the_same_sight_is_computed_once():
    request = Request.from_array(images.heldout("digits").images[7])
    first = trace(request)
    before = of_sight.info().misses
    assert trace(Request.from_array(images.heldout("digits").images[7])) is first
    assert trace(Request(first.sight.png(), centred=False, ink="bright")) is first
    assert of_sight.info().misses == before


def test_two_users_at_once_get_their_own_numbers():
    pictures = images.heldout("digits").images[20:36]
    alone = [trace(Request.from_array(p)).maps["relu2"].values for p in pictures]
    of_sight.clear()
    together: dict[int, np.ndarray] = {}

    def ask(i: int) -> None:
        together[i] = trace(Request.from_array(pictures[i])).maps["relu2"].values

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(len(pictures))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i, values in enumerate(alone):
        np.testing.assert_array_equal(together[i], values)


def test_an_array_can_be_asked_in_bytes_or_in_shares():
    digit = images.heldout("digits").images[3]
    assert see(Request.from_array(digit)) == see(Request.from_array(digit / 255))


@pytest.mark.parametrize(
    "array",
    [
        [[0.0, float("nan")], [0.0, 0.0]],
        [[0, None], [0, 0]],
        [[0.0, 2.0], [0.0, 0.0]],
        [[0.0], [0.0, 1.0]],
        [["a", "b"]],
        [],
        [0.0, 1.0],
        None,
        "image",
    ],
)
def test_numbers_that_are_no_picture_are_refused(array):
    with pytest.raises(Wrong) as wrong:
        pixels_of(array)
    assert "0 to 1" in wrong.value.text.en and "0 到 1" in wrong.value.text.zh


@pytest.mark.parametrize("model", ["", "cnn/lenet", "../../etc", "bert/mini", None, 3, "cnn/digits/..", "nobody"])
def test_unknown_models_are_refused(model):
    with pytest.raises(Wrong):
        trace(Request(picture("cnn/digits").image, model))


@pytest.mark.parametrize("options", [{"image": b""}, {"image": None}, {"ink": "red"}, {"centred": 1}, {"image": "x"}])
def test_malformed_questions_are_refused(options):
    with pytest.raises(Wrong):
        Request(**{"image": picture("cnn/digits").image, **options})
