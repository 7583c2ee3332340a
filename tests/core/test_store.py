import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from playground.core import limits, store
from playground.core.spec import ModelSpec
from playground.core.store import Store, expected, resident
from playground.core.words import Wrong


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Local models "local:a" ... "local:d", each 1,000 bytes as float32."""
    monkeypatch.setattr(limits, "MODELS_DIR", tmp_path)
    for name in "abcd":
        folder = tmp_path / name
        folder.mkdir()
        save_file({"weight": torch.zeros(250)}, folder / "model.safetensors")
    return tmp_path


opened: list[str] = []


def opener(folder: Path) -> nn.Module:
    opened.append(folder.name)
    net = nn.Module()
    net.weight = nn.Parameter(torch.zeros(250))
    return net


@pytest.fixture(autouse=True)
def nothing_opened():
    opened.clear()


def test_a_model_is_opened_once(folders):
    shop = Store(10_000)
    assert shop.load("local:a", opener) is shop.load("local:a", opener)
    assert opened == ["a"] and shop.info() == {"local:a": 1000}


def test_the_least_recently_used_is_put_away(folders):
    shop = Store(2_500)
    for name in ("a", "b", "a", "c"):
        shop.load(f"local:{name}", opener)
    assert list(shop.info()) == ["local:a", "local:c"] and shop.bytes() == 2000
    shop.load("local:b", opener)
    assert opened == ["a", "b", "c", "b"]


def test_one_in_use_stays_and_room_that_cannot_be_made_is_a_sentence(folders):
    shop = Store(2_500)
    with shop.using("local:a", opener) as a, shop.using("local:b", opener):
        with pytest.raises(Wrong, match="in use"), shop.using("local:c", opener):
            pass
        assert shop.load("local:a", opener) is a and set(shop.info()) == {"local:a", "local:b"}
    shop.load("local:c", opener)
    assert list(shop.info()) == ["local:a", "local:c"]


def test_a_model_over_the_budget_is_refused_before_it_is_opened(folders):
    with pytest.raises(Wrong, match="memory") as refused:
        Store(999).load("local:a", opener)
    assert opened == [] and "内存" in refused.value.text.zh


def test_callers_of_one_model_open_it_once_and_models_open_side_by_side(folders):
    together = Barrier(2, timeout=10)

    def slow(folder: Path) -> nn.Module:
        together.wait()
        return opener(folder)

    shop = Store(10_000)
    with ThreadPoolExecutor(8) as pool:
        models = list(pool.map(lambda i: shop.load(f"local:{'ab'[i % 2]}", slow), range(8)))
    assert sorted(opened) == ["a", "b"] and len({id(model) for model in models}) == 2


def test_a_failed_opening_is_told_and_tried_again(folders):
    def broken(folder: Path) -> nn.Module:
        opened.append(folder.name)
        raise RuntimeError("weights missing")

    shop = Store(10_000)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="missing"):
            shop.load("local:a", broken)
    assert opened == ["a", "a"] and shop.info() == {}


def test_a_spec_opens_itself(tmp_path, monkeypatch):
    folder = tmp_path / "models" / "cnn" / "tiny"
    folder.mkdir(parents=True)
    (folder / "card.json").write_text("{}")
    monkeypatch.setattr(store, "ASSETS", tmp_path)
    shop = Store(10_000)
    spec = ModelSpec("cnn/tiny", "Tiny", opener, "command")
    assert shop.load(spec) is shop.load("cnn/tiny", opener)
    shop.clear()
    assert shop.info() == {}


@pytest.mark.parametrize(
    "key", ["../../etc", "local:../x", "local:", "nobody/nothing", "a/b/c", "", "local:a\0", "x" * 300]
)
def test_names_of_nothing_are_wrong(folders, key):
    with pytest.raises(Wrong):
        Store(10_000).load(key, opener)


def test_resident_counts_each_tensor_once_through_containers():
    tied = nn.Linear(10, 10, bias=False)

    @dataclass
    class Pair:
        net: nn.Module
        more: tuple[nn.Module, ...]
        name: str = "x"

    norm = nn.BatchNorm1d(4)  # 8 parameters, 8 buffers, and a count of 8 bytes
    assert resident(Pair(tied, (tied, norm))) == 400 + 32 + 32 + 8


def test_expected_reads_headers_only_and_counts_halves_twice(tmp_path):
    save_file({"a": torch.zeros(10, dtype=torch.float16), "b": torch.zeros(3)}, tmp_path / "model.safetensors")
    assert expected(tmp_path) == 40 + 12
    assert expected(tmp_path / "nowhere") == 0
    header = json.dumps({"a": {"dtype": "F32", "shape": [10**12], "data_offsets": [0, 4 * 10**12]}}).encode()
    (tmp_path / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    assert expected(tmp_path) == 4 * 10**12  # known without reading a weight


@pytest.mark.parametrize(
    "raw", [b"", b"\xff" * 8 + b"{}", b"\2\0\0\0\0\0\0\0[]", b"\2\0\0\0\0\0\0\0{x", b'\7\0\0\0\0\0\0\0{"a":1}']
)
def test_a_damaged_weights_file_is_a_sentence(tmp_path, raw):
    (tmp_path / "model.safetensors").write_bytes(raw)
    with pytest.raises(Wrong, match="damaged"):
        expected(tmp_path)


@pytest.mark.parametrize("key", ["bert/" + "a" * 300, "a/" + "a" * 10**6, "a" * 10**6 + "/b"])
def test_a_name_too_long_for_a_disk_is_no_embedded_model(key):
    assert not store.is_embedded(key)
    with pytest.raises(Wrong):
        store.folder_of(key)


def test_weights_opened_while_somebody_infers_can_be_asked_for_gradients(folders):
    with torch.inference_mode():
        net = Store(10_000).load("local:a", opener)
    (net.weight * 2).sum().backward()
    assert net.weight.grad is not None and (net.weight.grad == 2).all()
