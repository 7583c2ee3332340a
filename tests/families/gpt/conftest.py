import pytest

from playground.core import store
from playground.core.spec import ModelSpec
from playground.families.gpt.model import MODELS, open_gpt
from tests.families.gpt import tiny


@pytest.fixture(scope="session")
def shelf(tmp_path_factory):
    """assets with one tiny random model per kind, as gpt/<kind>; gpt/talks has a chat template."""
    root = tmp_path_factory.mktemp("assets")
    for kind in tiny.CONFIGS:
        tiny.build(kind, root / "models" / "gpt" / kind)
    tiny.build("llama", root / "models" / "gpt" / "talks", talks=True)
    return root


@pytest.fixture
def models(shelf, monkeypatch):
    """gpt/gpt2, gpt/llama, ... can be asked like embedded models."""
    monkeypatch.setattr(store, "ASSETS", shelf)
    for folder in (shelf / "models" / "gpt").iterdir():
        key = f"gpt/{folder.name}"
        monkeypatch.setitem(MODELS, key, ModelSpec(key, folder.name, open_gpt, "random"))
    return shelf / "models" / "gpt"
