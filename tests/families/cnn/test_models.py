"""The two embedded nets are what their cards say, and show what the room says they show."""

import numpy as np
import pytest
import torch

from playground.core.checkpoint import WEIGHTS, read_card
from playground.data import images
from playground.families.cnn import kernels, trace
from playground.families.cnn.model import MODELS
from playground.families.cnn.sight import tensor_of
from playground.families.cnn.trace import EYES, using
from playground.families.cnn.train import accuracy
from tests.families.cnn.test_trace import picture

KEYS = tuple(MODELS)
WANTED = {"cnn/digits": 0.985, "cnn/cifar10": 0.91}


def heldout(key: str) -> tuple[torch.Tensor, torch.Tensor]:
    part = images.heldout(key.removeprefix("cnn/"))
    x = np.concatenate([tensor_of(one, EYES[key]) for one in part.images])
    return torch.from_numpy(x), torch.from_numpy(part.labels)


@pytest.mark.parametrize("key", KEYS)
def test_card_tells_the_truth(key):
    card, folder = read_card(MODELS[key].folder), MODELS[key].folder
    net = MODELS[key].open(folder)  # strict
    assert card.key == key and card.command == MODELS[key].origin
    assert card.parameters == sum(p.numel() for p in net.parameters())
    assert card.bytes == (folder / WEIGHTS).stat().st_size < 10 * 2**20
    x, y = heldout(key)
    assert accuracy(net, x, y) == pytest.approx(card.results["accuracy on the shipped 500"], abs=0.002)


@pytest.mark.parametrize("key", WANTED)
def test_accuracy_is_what_was_asked(key):
    assert read_card(MODELS[key].folder).results["held-out accuracy"] >= WANTED[key]


@pytest.mark.parametrize("key", KEYS)
def test_the_shipped_pictures_hold_every_class(key):
    counts = np.bincount(heldout(key)[1].numpy(), minlength=10)
    assert counts.sum() == 500 and counts.min() >= 30


@pytest.mark.parametrize("key", KEYS)
def test_a_missing_weight_is_not_opened_in_silence(key, tmp_path):
    from safetensors.torch import load_file, save_file

    weights = load_file(MODELS[key].folder / WEIGHTS)
    weights.popitem()
    save_file(weights, tmp_path / WEIGHTS)
    with pytest.raises(RuntimeError, match="Missing key"):
        MODELS[key].open(tmp_path)


def test_a_shifted_digit_keeps_its_answer():
    """The probe of shared weights and pooling: 2 pixels to any side change the answer of at most a tenth."""
    x, _ = heldout("cnn/digits")
    with using("cnn/digits") as opened, torch.inference_mode():
        before = opened.net(x).argmax(1)
        for shift, axis in ((2, 2), (-2, 2), (2, 3), (-2, 3)):
            kept = (opened.net(x.roll(shift, axis)).argmax(1) == before).float().mean()
            assert kept >= 0.9, (shift, axis, float(kept))


def test_convolution_moves_with_its_input():
    """Translation equivariance: inside the border a shifted picture gives the shifted map, number for number."""
    x, _ = heldout("cnn/digits")
    with using("cnn/digits") as opened, torch.inference_mode():
        one, other = opened.net.conv1(x[:20]), opened.net.conv1(x[:20].roll((3, 2), (2, 3)))
    torch.testing.assert_close(other[:, :, 6:-3, 5:-3], one.roll((3, 2), (2, 3))[:, :, 6:-3, 5:-3])
    assert float((other - one).abs().max()) > 1


def test_first_filters_of_the_photo_net_contain_edges_of_several_directions():
    """An edge: one side positive, the other negative. Its direction is that of the kernel's own slope."""
    values = kernels("cnn/cifar10").values.sum(1)  # over red, green, blue: brightness
    across = values[:, :, 2] - values[:, :, 0], values[:, 2, :] - values[:, 0, :]
    slope = np.stack([part.sum(1) for part in across], 1)  # [kernel, (x y)]
    oriented = np.hypot(*slope.T) / np.abs(values).sum((1, 2))
    edges = oriented > 0.5  # half of all weight lies in the difference between two sides
    assert edges.sum() >= 3
    angles = np.degrees(np.arctan2(slope[edges, 1], slope[edges, 0])) % 180
    assert len(np.unique((angles // 45).astype(int))) >= 2


def test_pooling_keeps_a_digit_recognisable_after_noise():
    """Half of the grey of a tenth of the pixels: most answers stay."""
    x, _ = heldout("cnn/digits")
    noise = 0.5 * (torch.rand(x.shape, generator=torch.Generator().manual_seed(0)) < 0.1)
    with using("cnn/digits") as opened, torch.inference_mode():
        kept = (opened.net((x + noise).clamp(max=1)).argmax(1) == opened.net(x).argmax(1)).float().mean()
    assert kept >= 0.8


def test_deeper_maps_hold_less_of_the_place():
    sizes = [part.values.shape[1] for part in trace(picture("cnn/cifar10")).maps.values() if part.values.ndim == 3]
    assert sizes == sorted(sizes, reverse=True) and sizes[0] == 32 and sizes[-1] == 1
