"""A trained model on disk: model.safetensors (float16), and card.json that says what it is."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

WEIGHTS = "model.safetensors"
CARD = "card.json"


@dataclass(frozen=True)
class Card:
    """What a reader must know of an embedded model; every figure was measured on the shipped float16 weights."""

    key: str  # "family/name", its folder under assets/models
    title: str
    config: Mapping[str, Any]
    seed: int
    command: str
    data: tuple[Mapping[str, str], ...]  # name, share or size, licence
    results: Mapping[str, float]
    parameters: int
    bytes: int
    licence: str = "Apache-2.0"
    notes: str = ""
    seconds: float = 0.0  # training time, wall clock
    extra: Mapping[str, Any] = field(default_factory=dict)


def save_weights(folder: Path, weights: Mapping[str, Any]) -> int:
    """Write tensors as float16 safetensors; integers stay as they are. Returns the size in bytes."""
    import torch
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    small = {
        name: (value.half() if torch.is_floating_point(value) else value).contiguous().clone()
        for name, value in weights.items()
    }
    save_file(small, folder / WEIGHTS, metadata={"format": "pt"})
    return (folder / WEIGHTS).stat().st_size


def load_weights(net: Any, folder: Path) -> None:
    """Strict: raises RuntimeError on missing, unexpected, mismatched or non-finite weights."""
    import torch
    from safetensors.torch import load_file

    weights = load_file(folder / WEIGHTS)
    bad = [name for name, value in weights.items() if value.is_floating_point() and not torch.isfinite(value).all()]
    if bad:
        raise RuntimeError(f"weights that are not finite in {folder.name}: {bad[:3]}")
    own = net.state_dict()
    net.load_state_dict({name: value.to(own[name].dtype) if name in own else value for name, value in weights.items()})


def write_card(folder: Path, card: Card) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CARD).write_text(json.dumps(asdict(card), indent=1, ensure_ascii=False) + "\n", "utf-8")


def read_card(folder: Path) -> Card:
    """Raises FileNotFoundError without a card, TypeError if its fields are not a card's."""
    raw = json.loads((folder / CARD).read_text("utf-8"))
    return Card(**{**raw, "data": tuple(raw["data"])})
