"""GAN: a generator and a discriminator play against each other (Goodfellow et al. 2014)."""

from typing import TYPE_CHECKING

from playground.core.lazy import offer
from playground.core.spec import Family
from playground.core.words import Text

FAMILY = Family(
    key="gan",
    title="GAN",
    line=Text("A forger and a critic", "造假者与鉴定者"),
)

if TYPE_CHECKING:
    from playground.families.gan.plane import PRESETS, PlaneConfig, Preset, Side, plane_config

    __all__ = ["PRESETS", "PlaneConfig", "Preset", "Side", "plane_config"]

offer(
    __name__,
    PlaneConfig="plane",
    Side="plane",
    Preset="plane",
    PRESETS="plane",
    plane_config="plane",
)
