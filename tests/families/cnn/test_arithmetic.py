"""Opened numbers add up to what the net computed, for every kind of step, at random places."""

import numpy as np
import pytest
import torch

from playground.core.words import Wrong
from playground.families.cnn import trace
from playground.families.cnn.arithmetic import Sum, open_in
from playground.families.cnn.sight import tensor_of
from playground.families.cnn.trace import using
from tests.families.cnn.test_trace import MODELS, picture


def by_hand(sum_: Sum) -> float:
    """The value, from nothing but the parts that the page shows."""
    p = sum_.parts
    match sum_.kind:
        case "input":
            return (p["pixel"] - p["mean"]) / p["deviation"]
        case "conv":
            assert np.allclose(np.nansum(p["patches"] * p["kernels"], (1, 2)), p["sums"], atol=1e-9)
            return p["sums"].sum() + p["bias"]
        case "norm":
            return (p["x"] - p["mean"]) / p["deviation"] * p["scale"] + p["shift"]
        case "relu":
            return max(0.0, p["x"])
        case "maxpool":
            assert p["window"][p["winner"]] == np.nanmax(p["window"])
            return p["window"][p["winner"]]
        case "avgpool":
            return p["window"].mean()
        case "add":
            return sum(p["terms"])
        case "linear":
            assert np.allclose(p["inputs"] * p["weights"], p["products"], atol=1e-9)
            return p["products"].sum() + p["rest"] + p["bias"]
        case "softmax":
            assert np.isclose(p["powers"].sum() + p["rest"], p["total"])
            return float(np.exp(p["logits"][list(p["where"]).index(sum_.at[0])]) / p["total"])
    raise AssertionError(sum_.kind)


@pytest.mark.parametrize("model", MODELS)
def test_every_step_adds_up(model):
    seen, rng = trace(picture(model)), np.random.default_rng(0)
    kinds = set()
    for node in seen.graph.nodes:
        for _ in range(6):
            at = tuple(int(rng.integers(size)) for size in node.shape)
            opened = open_in(seen, node.key, (*at, 0, 0)[:3])
            own = float(seen.maps[node.key].values.reshape(node.shape)[at])
            assert opened.value == own
            if opened.kind == "flatten":
                source = seen.maps[opened.sources[0]].values[tuple(opened.parts["source"])]
                assert float(source) == own
            else:
                assert by_hand(opened) == pytest.approx(own, abs=1e-5, rel=1e-5), (node.key, at)
            kinds.add(opened.kind)
    assert kinds >= {"input", "conv", "relu", "maxpool", "flatten", "linear", "softmax"}


def test_a_corner_of_a_padded_convolution_leaves_out_what_is_outside():
    opened = open_in(trace(picture("cnn/digits")), "conv1", (0, 0, 0))
    patch = opened.parts["patches"][0]
    assert patch.shape == (5, 5)
    assert np.isnan(patch[:2]).all() and np.isnan(patch[:, :2]).all() and np.isfinite(patch[2:, 2:]).all()


@pytest.mark.parametrize("step, at", [("relu2", (3, 4, 5)), ("pool2", (15, 2, 2)), ("conv1", (2, 0, 27))])
def test_only_the_window_can_change_the_number(step, at):
    """The receptive field: outside it the slope of the number by the pixels is zero."""
    seen = trace(picture("cnn/digits"))
    top, left, bottom, right = open_in(seen, step, at).window
    with using("cnn/digits") as opened:
        x = torch.from_numpy(tensor_of(seen.sight.array(), opened.eye)).requires_grad_()
        found = {}
        handle = opened.net.get_submodule(step).register_forward_hook(lambda _m, _i, out: found.update(value=out))
        opened.net(x)
        handle.remove()
        slope = torch.autograd.grad(found["value"][0][at], x)[0][0, 0].abs()
    outside = slope.clone()
    outside[top:bottom, left:right] = 0
    assert float(outside.max()) == 0
    assert (bottom - top, right - left) == {"relu2": (14, 14), "pool2": (16, 16), "conv1": (3, 3)}[step]


@pytest.mark.parametrize(
    "step, at",
    [
        ("layer99", (0, 0, 0)),
        (None, (0, 0, 0)),
        ("conv1", (-1, 0, 0)),
        ("conv1", (6, 0, 0)),
        ("conv1", (0, 28, 0)),
        ("conv1", (0, 0.5, 0)),
        ("conv1", (None, 0, 0)),
        ("conv1", (True, 0, 0)),
        ("out", (0, 1, 0)),
        ("../../etc", (0, 0, 0)),
    ],
)
def test_places_that_are_not_there_are_refused(step, at):
    with pytest.raises(Wrong) as wrong:
        open_in(trace(picture("cnn/digits")), step, at)
    assert wrong.value.text.en and wrong.value.text.zh
