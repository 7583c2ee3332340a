"""Small random models in Hub layout, and a Hub that serves them, for the tests of the checked door."""

import json
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import HfApi
from huggingface_hub.hf_api import ModelInfo
from transformers import BertConfig, BertForMaskedLM, BertForPreTraining

from playground.core.hub_edge import Edge
from playground.core.spec import Family, HubModel
from playground.core.words import Text

SHA = "0123456789abcdef0123456789abcdef01234567"
OVER = ("offered", "ready", "failed", "cancelled")  # states of a job that will not change again
FAMILY = Family(
    "bert",
    "BERT",
    Text("Fill the gap", "填空"),
    hub=(HubModel("owner/listed", "Listed", 1.0, 1000),),
    model_types=("bert",),
    auto="AutoModelForMaskedLM",
)
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "cat", "sat", "on", "the", "mat"]
CONFIG: dict[str, Any] = {
    "vocab_size": len(WORDS),
    "hidden_size": 8,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "max_position_embeddings": 32,
}


def bert(folder: Path, pretraining: bool = False) -> Path:
    """A random BERT with its tokenizer."""
    torch.manual_seed(0)
    kind = BertForPreTraining if pretraining else BertForMaskedLM
    kind(BertConfig(**CONFIG)).save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n")
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "BertTokenizer", "do_lower_case": True})
    )
    return folder


def set_config(folder: Path, **changes: Any) -> None:
    file = folder / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


class FakeApi(HfApi):
    """What the Hub says of each model; a class of error stands for an error."""

    def __init__(self, said: dict[str, Any]) -> None:
        super().__init__()
        self.said, self.asked = said, []

    def model_info(self, repo_id: str, **named: Any) -> ModelInfo:
        assert named == {"files_metadata": True, "token": False, "timeout": 5}
        self.asked.append(repo_id)
        said = self.said[repo_id]
        if isinstance(said, Exception):
            raise said
        return said


class FakeEdge(Edge):
    """Serves one folder as every model; counts what is downloaded."""

    def __init__(self, said: dict[str, Any], folder: Path | None = None, piece: int = 4096) -> None:
        super().__init__()
        self.fake, self.folder, self.piece, self.served = FakeApi(said), folder, piece, []

    def api(self) -> HfApi:
        return self.fake

    def download(self, id, sha, name, folder, on_bytes) -> None:
        assert sha == SHA
        self.served.append(name)
        assert self.folder is not None
        raw = (self.folder / name).read_bytes()
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f"{name}.incomplete").open("wb") as stream:
            for start in range(0, len(raw), self.piece):
                on_bytes(len(raw[start : start + self.piece]))
                stream.write(raw[start : start + self.piece])
        (folder / f"{name}.incomplete").rename(folder / name)


def info(folder: Path | None = None, **changes: Any) -> ModelInfo:
    """As the Hub would describe the model in `folder`."""
    files = [] if folder is None else [{"rfilename": f.name, "size": f.stat().st_size} for f in folder.iterdir()]
    return ModelInfo(
        **{"id": "owner/model", "sha": SHA, "private": False, "gated": False, "disabled": False, "siblings": files}
        | changes
    )
