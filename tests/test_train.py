"""The training command: what it accepts, and that it ships what was trained."""

import sys
from dataclasses import dataclass
from types import ModuleType

import pytest

from playground import train
from playground.core.progress import Progress


@dataclass(frozen=True)
class Config:
    steps: int = 3


@pytest.fixture
def family(monkeypatch):
    module = ModuleType("playground.families.fake.train")
    module.CONFIGS = {"small": Config(), "large": Config(5)}
    module.shipped = []

    def run(config, data, keep=None):
        for step in range(config.steps):
            yield Progress(step + 1, config.steps, {"loss": 1 / (step + 1)}, f"net {step + 1} {keep}")

    module.train = run
    module.ship = lambda net, config, data, folder, seconds: module.shipped.append((net, config, folder)) or "card"
    monkeypatch.setitem(sys.modules, "playground.families.fake", ModuleType("playground.families.fake"))
    monkeypatch.setitem(sys.modules, "playground.families.fake.train", module)
    return module


def test_the_last_net_is_shipped_to_its_folder(family, capsys) -> None:
    train.main(["fake"])
    ((net, config, folder),) = family.shipped
    assert net == "net 3 None" and config == Config() and folder.parts[-4:] == ("assets", "models", "fake", "small")
    assert "3/3  loss 0.3333" in capsys.readouterr().out


def test_a_model_a_folder_and_a_state_can_be_named(family, tmp_path) -> None:
    train.main(["fake", "large", "--out", str(tmp_path), "--keep", "state"])
    assert family.shipped == [("net 5 state", Config(5), tmp_path)]


@pytest.mark.parametrize("words", [["nothing"], ["fake", "huge"]])
def test_what_does_not_exist_is_said(family, words, capsys) -> None:
    with pytest.raises(SystemExit):
        train.main(words)
    assert words[-1] in capsys.readouterr().err
