"""What the house knows about families and models before anything is loaded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from playground.core.words import Text

M = TypeVar("M")
ASSETS = Path(__file__).parents[2] / "assets"


@dataclass(frozen=True)
class ModelSpec(Generic[M]):
    """An embedded model. `key` is "family/name", also its folder under assets/models."""

    key: str
    title: str
    open: Callable[[Path], M]  # folder -> model in eval mode; raises on missing or mismatched weights
    origin: str  # the command that trained it

    @property
    def folder(self) -> Path:
        return ASSETS / "models" / self.key


@dataclass(frozen=True)
class HubModel:
    """A well-known model offered for download."""

    id: str
    title: str
    megabytes: float  # size of its weights file
    parameters: int
    auto: str = ""  # the class of transformers that opens it, if not the family's


@dataclass(frozen=True)
class Family:
    """One room of the house."""

    key: str  # also the folder under playground/families
    title: str
    line: Text  # a few words for the navigation
    embedded: tuple[str, ...] = ()  # keys of its embedded models, the first one opens
    hub: tuple[HubModel, ...] = ()
    model_types: tuple[str, ...] = ()  # `model_type` in config.json of Hub models the room can show
    auto: str = "AutoModel"  # the class of transformers that opens them
    autos: Mapping[str, str] = field(default_factory=dict)  # how an architecture's name ends -> class for it instead

    def auto_for(self, config: Mapping[str, Any]) -> str:
        """The class of transformers for a model with this config.json."""
        named = config.get("architectures")
        name = named[0] if isinstance(named, list) and named and isinstance(named[0], str) else ""
        return next((auto for ending, auto in self.autos.items() if name.endswith(ending)), self.auto)
