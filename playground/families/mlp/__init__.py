"""MLP: layers of weighted sums and bends, trained while one watches (Rumelhart, Hinton, Williams 1986)."""

from typing import TYPE_CHECKING

from playground.core.lazy import offer
from playground.core.spec import Family
from playground.core.words import Text

FAMILY = Family(
    key="mlp",
    title="MLP",
    line=Text("Layers that learn", "层层学习"),
    embedded=("mlp/digits", "mlp/wine"),
)

if TYPE_CHECKING:
    from playground.families.mlp.config import Config, read

    __all__ = ["Config", "read"]

offer(
    __name__,
    Config="config",
    read="config",
)
