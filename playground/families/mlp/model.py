"""The two embedded nets: digits and wines, each a State that answers at once and can learn on."""

from pathlib import Path

from playground.core.checkpoint import WEIGHTS
from playground.core.spec import ModelSpec
from playground.families.mlp.export import from_safetensors
from playground.families.mlp.state import State


def open_from(folder: Path) -> State:
    """Its data are those that ship: 2,000 digits to learn on from and 500 held out. Raises Wrong for a damaged file."""
    return from_safetensors((folder / WEIGHTS).read_bytes())


MODELS = {
    spec.key: spec
    for spec in (
        ModelSpec("mlp/digits", "MLP, digits", open_from, "python -m playground.train mlp digits"),
        ModelSpec("mlp/wine", "MLP, wine", open_from, "python -m playground.train mlp wine"),
    )
}
