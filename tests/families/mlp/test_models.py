"""The two embedded nets are what their cards say; the training command makes them and ships what it made."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from playground.core.checkpoint import WEIGHTS, read_card
from playground.core.words import Wrong
from playground.data import images, tables
from playground.families import mlp
from playground.families.mlp import train
from playground.families.mlp.config import read
from playground.families.mlp.model import MODELS
from playground.families.mlp.state import figures
from tests.families.mlp.test_state import after

KEYS = tuple(MODELS)
LEAST = {"mlp/digits": ("held-out accuracy", 0.955), "mlp/wine": ("mean held-out accuracy of 20 other splits", 0.97)}


def test_the_family_names_them() -> None:
    assert mlp.FAMILY.embedded == KEYS


@pytest.mark.parametrize("key", KEYS)
def test_card_tells_the_truth(key: str) -> None:
    spec = MODELS[key]
    card, state = read_card(spec.folder), spec.open(spec.folder)
    assert card.key == key and card.command == spec.origin and card.data[0]["licence"]
    assert card.parameters == len(state.nets[0].flat) and card.seed == state.config.seed
    assert card.bytes == (spec.folder / WEIGHTS).stat().st_size < 20_000
    assert read(card.config) == state.config == train.CONFIGS[key.removeprefix("mlp/")]
    shipped = "accuracy on the shipped 500" if key == "mlp/digits" else "held-out accuracy"
    assert figures(state, state.nets[0])[3] == pytest.approx(card.results[shipped], abs=1e-9)
    name, least = LEAST[key]
    assert card.results[name] >= least


@pytest.mark.parametrize("key", KEYS)
def test_an_embedded_net_learns_on(key: str) -> None:
    state = MODELS[key].open(MODELS[key].folder)
    before = figures(state, state.nets[0])[3]
    after(state, 30)
    assert state.done == 30 and figures(state, state.nets[0])[3] > before - 0.1


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    data = (MODELS["mlp/wine"].folder / WEIGHTS).read_bytes()
    (tmp_path / WEIGHTS).write_bytes(data[:-10])
    with pytest.raises(Wrong, match="cannot be read"):
        MODELS["mlp/wine"].open(tmp_path)


def test_training_reports_and_ships_the_last_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "SPLITS", 2)
    config = replace(train.CONFIGS["wine"], length=200)
    seen = list(train.train(config, tmp_path))
    assert [progress.step for progress in seen] == list(range(20, 201, 20)) and seen[-1].steps == 200
    assert seen[-1].metrics["loss"] < seen[0].metrics["loss"]
    card = train.ship(seen[-1].model, config, tmp_path, tmp_path / "wine", 1.4)
    assert json.loads((tmp_path / "wine" / "card.json").read_text())["results"] == card.results
    again = MODELS["mlp/wine"].open(tmp_path / "wine")
    assert figures(again, again.nets[0])[3] == card.results["held-out accuracy"]
    np.testing.assert_allclose(again.nets[0].flat, seen[-1].model.nets[0].flat, rtol=2e-3, atol=1e-6)


def write_digits(folder: Path) -> None:
    """Ten thousand pictures, each a row that tells its class."""
    chance = np.random.default_rng(0)
    labels = (np.arange(10_000) % 10).astype(np.uint8)
    pictures = np.zeros((10_000, 28, 28), np.uint8)
    pictures[np.arange(10_000), labels * 2] = chance.integers(100, 255, (10_000, 28))
    np.savez(folder / "mnist10k.npz", images=pictures, labels=labels)


def test_digits_are_trained_on_all_of_the_folder(tmp_path: Path) -> None:
    write_digits(tmp_path)
    config = replace(train.CONFIGS["digits"], length=300, hidden=(12,))
    *_, last = train.train(config, tmp_path)
    assert len(last.model.data.train) == 9000 and len(last.model.data.test) == 1000
    assert last.metrics["held-out accuracy"] > 0.9


def test_with_the_digits_net_ship_the_digits_the_page_learns_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_digits(tmp_path)
    (tmp_path / "data").mkdir()
    tables.digits()  # remembered, so that only what is written goes elsewhere
    monkeypatch.setattr(tables, "ASSETS", tmp_path)
    state = mlp.begin(replace(train.CONFIGS["digits"], hidden=(4,)), train.table_of(train.CONFIGS["digits"], tmp_path))
    train.ship(state, train.CONFIGS["digits"], tmp_path, tmp_path / "digits", 1.0)
    learnt = images.digits(tmp_path)[0]
    with np.load(tmp_path / "data" / "digits_small.npz") as found:
        assert found["images"].shape == (2000, 14, 14) and np.array_equal(found["labels"], learnt.labels[:2000])
        off = found["images"].astype(int) - tables.shrink(learnt.images[:2000])
    assert np.abs(off).max() <= 8  # 16 greys


def test_the_room_needs_no_torch() -> None:
    code = (
        "import sys\nfrom playground.families import mlp\n"
        "found = mlp.trace(mlp.Request(mlp.Config(), 30))\n"
        "mlp.open_step(mlp.begin(mlp.Config()), 0)\n"
        "mlp.from_safetensors(found.file)\n"
        "print(sorted({'torch', 'sklearn', 'transformers', 'gradio'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr
