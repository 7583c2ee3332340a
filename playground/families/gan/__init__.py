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
    from playground.families.gan.plane_file import plane_code, plane_load, plane_save
    from playground.families.gan.plane_look import PlaneLook, plane_look
    from playground.families.gan.plane_phases import plane_phases
    from playground.families.gan.plane_play import plane_begin, plane_single, plane_steps
    from playground.families.gan.plane_state import plane_change

    __all__ = ["PRESETS", "PlaneConfig", "PlaneLook", "Preset", "Side", "plane_begin", "plane_change", "plane_code"]
    __all__ += ["plane_config", "plane_load", "plane_look", "plane_phases", "plane_save", "plane_single", "plane_steps"]

offer(
    __name__,
    PlaneConfig="plane",
    Side="plane",
    Preset="plane",
    PRESETS="plane",
    plane_config="plane",
    plane_begin="plane_play",
    plane_steps="plane_play",
    plane_single="plane_play",
    plane_change="plane_state",
    PlaneLook="plane_look",
    plane_look="plane_look",
    plane_phases="plane_phases",
    plane_save="plane_file",
    plane_load="plane_file",
    plane_code="plane_file",
)
