import json

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from playground.core.checkpoint import WEIGHTS, Card, load_weights, read_card, save_weights, write_card


@pytest.fixture
def net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))


def test_weights_ship_as_halves_and_open_as_floats(tmp_path, net):
    size = save_weights(tmp_path / "new" / "folder", net.state_dict())
    file = tmp_path / "new" / "folder" / WEIGHTS
    assert size == file.stat().st_size
    assert {t.dtype for n, t in load_file(file).items() if "batches" not in n} == {torch.float16}
    other = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    load_weights(other, file.parent)
    for name, value in other.state_dict().items():
        want = net.state_dict()[name]
        assert value.dtype == want.dtype
        assert torch.equal(value, want.half().float() if want.is_floating_point() else want)


def test_missing_unexpected_mismatched_and_infinite_weights_are_refused(tmp_path, net):
    save_weights(tmp_path, net.state_dict())
    good = load_file(tmp_path / WEIGHTS)
    for change, why in (
        ({"0.bias": None}, "Missing"),
        ({"extra": torch.zeros(1)}, "Unexpected"),
        ({"0.bias": torch.zeros(5)}, "size mismatch"),
        ({"0.bias": torch.full((4,), torch.nan)}, "not finite"),
    ):
        weights = {name: value for name, value in {**good, **change}.items() if value is not None}
        save_file(weights, tmp_path / WEIGHTS)
        with pytest.raises(RuntimeError, match=why):
            load_weights(net, tmp_path)


def test_a_card_reads_as_it_was_written(tmp_path):
    card = Card("cnn/x", "X", {"epochs": 3}, 7, "train", ({"name": "数据", "licence": "MIT"},), {"top-1": 0.5}, 10, 20)
    write_card(tmp_path, card)
    assert read_card(tmp_path) == card
    assert "数据" in (tmp_path / "card.json").read_text("utf-8")


def test_a_card_with_other_fields_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_card(tmp_path)
    (tmp_path / "card.json").write_text(json.dumps({"key": "x", "data": [], "surprise": 1}))
    with pytest.raises(TypeError):
        read_card(tmp_path)
