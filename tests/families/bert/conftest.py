import pytest

from playground.core import store
from playground.core.spec import ModelSpec
from playground.families.bert.model import MODELS, open_bert
from tests.families.bert import tiny


@pytest.fixture(scope="session")
def shelf(tmp_path_factory):
    """assets with one tiny random model per kind, as bert/<kind>; bert/plain has no next-sentence head."""
    root = tmp_path_factory.mktemp("assets")
    for kind, make in {**tiny.KINDS, "plain": lambda folder: tiny.bert(folder, next_head=False)}.items():
        make(root / "models" / "bert" / kind)
    return root


@pytest.fixture
def models(shelf, monkeypatch):
    """bert/bert, bert/roberta, ... can be asked like embedded models."""
    monkeypatch.setattr(store, "ASSETS", shelf)
    for folder in (shelf / "models" / "bert").iterdir():
        key = f"bert/{folder.name}"
        monkeypatch.setitem(MODELS, key, ModelSpec(key, folder.name, open_bert, "random"))
    return shelf / "models" / "bert"
