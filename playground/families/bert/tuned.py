"""A fine-tuned use of an embedded encoder: its folder holds only the weights in which it differs from the encoder.

from playground.families.bert.tuned import open_tuned
open_tuned(ASSETS / "models" / "bert" / "sst2").net
"""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from transformers import BertConfig

from playground.core.checkpoint import WEIGHTS, read_card
from playground.core.pretrained import NOT_FINITE, open_tokenizer
from playground.core.spec import ASSETS
from playground.core.words import Wrong
from playground.families.bert.tasks import TASKS

BASE = "playground_base"  # in config.json: the key of the encoder
PRINT = "base_sha256"  # in the card's extra: its weights file


@dataclass(frozen=True, eq=False)
class Tuned:
    net: Any  # a model of transformers in eval mode, float32, eager attention
    tokenizer: Any  # the encoder's, a fast tokenizer of transformers


def fingerprint(base: Path) -> str:
    return hashlib.sha256((base / WEIGHTS).read_bytes()).hexdigest()


def base_of(folder: Path) -> Path:
    """The encoder's folder; Wrong unless its weights are those that were tuned."""
    config = json.loads((folder / "config.json").read_text("utf-8"))
    key = config[BASE]
    base = ASSETS / "models" / key
    if not re.fullmatch(r"[a-z0-9]+/[a-z0-9]+", key) or not (base / WEIGHTS).is_file():
        raise Wrong(
            f"{folder.name} is a tuned form of {key}, which is not here.",
            f"{folder.name} 是在 {key} 基础上微调的，但这里没有 {key}。",
        )
    if fingerprint(base) != read_card(folder).extra.get(PRINT):
        raise Wrong(
            f"{folder.name} was tuned on other weights of {key} than the ones here; tune it again: "
            f"python -m playground.train bert {folder.name}",
            f"{folder.name} 是在另一份 {key} 权重上微调的，与这里的不符；请重新微调："
            f"python -m playground.train bert {folder.name}",
        )
    return base


def merged(folder: Path, base: Path, wanted: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The encoder's weights, and over them the folder's own; Wrong if one is not a finite number or has no place."""
    own = load_file(folder / WEIGHTS)
    both = {name: value for name, value in load_file(base / WEIGHTS).items() if name in wanted} | own
    if not all(torch.isfinite(value).all() for value in both.values()):
        raise Wrong(*NOT_FINITE)
    if both.keys() != wanted.keys() or any(both[name].shape != wanted[name].shape for name in wanted):
        raise Wrong(
            f"The weights of {folder.name} do not fit its encoder.", f"{folder.name} 的权重与它的编码器不匹配。"
        )
    return {name: value.float() for name, value in both.items()}


def open_tuned(folder: Path) -> Tuned:
    """Every weight from a file. Raises Wrong if the encoder is missing, another one, or does not fit."""
    base = base_of(folder)
    config = BertConfig.from_pretrained(folder)
    with torch.random.fork_rng(devices=[]):  # the random numbers it begins with are all replaced
        net = next(task.net for task in TASKS.values() if task.net.__name__ in config.architectures)(config)
    net.load_state_dict(merged(folder, base, net.state_dict()))
    net.set_attn_implementation("eager")
    return Tuned(net.eval(), open_tokenizer(base))
