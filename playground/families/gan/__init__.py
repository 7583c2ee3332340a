"""GAN: a generator and a discriminator play against each other (Goodfellow et al. 2014)."""

from typing import TYPE_CHECKING

from playground.core.lazy import offer
from playground.core.spec import Family
from playground.core.words import Text

FAMILY = Family(
    key="gan",
    title="GAN",
    line=Text("A forger and a critic", "造假者与鉴定者"),
    embedded=("gan/digits", "gan/plain", "gan/cifar10"),
)

if TYPE_CHECKING:
    from playground.families.gan.pictures_critic import Critique, Tell, criticised, own, real, told
    from playground.families.gan.pictures_judge import Jury, verdicts
    from playground.families.gan.pictures_latent import Point, spread
    from playground.families.gan.pictures_live import (
        Live,
        pictures_begin,
        pictures_change,
        pictures_look,
        pictures_steps,
    )
    from playground.families.gan.pictures_progress import looks
    from playground.families.gan.plane import PlaneConfig, Side, plane_config
    from playground.families.gan.plane_file import plane_code, plane_load, plane_save
    from playground.families.gan.plane_look import PlaneLook, plane_look
    from playground.families.gan.plane_phases import plane_phases
    from playground.families.gan.plane_play import plane_begin, plane_single, plane_steps
    from playground.families.gan.plane_presets import PRESETS, Preset
    from playground.families.gan.plane_state import plane_change
    from playground.families.gan.trace import (
        Between,
        Portrait,
        Request,
        Sum,
        Trace,
        layers,
        paths,
        portrait,
        summed,
        trace,
    )

    __all__ = ["PRESETS", "PlaneConfig", "PlaneLook", "Preset", "Side", "plane_begin", "plane_change", "plane_code"]
    __all__ += ["plane_config", "plane_load", "plane_look", "plane_phases", "plane_save", "plane_single", "plane_steps"]
    __all__ += ["Between", "Critique", "Jury", "Live", "Point", "Portrait", "Request", "Sum", "Tell"]
    __all__ += ["Trace", "criticised", "layers", "looks", "own", "paths", "pictures_begin", "pictures_change"]
    __all__ += ["pictures_look", "pictures_steps", "portrait", "real", "spread", "summed", "told"]
    __all__ += ["trace", "verdicts"]

offer(
    __name__,
    PlaneConfig="plane",
    Side="plane",
    Preset="plane_presets",
    PRESETS="plane_presets",
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
    Request="trace",
    Trace="trace",
    trace="trace",
    Portrait="trace",
    portrait="trace",
    layers="trace",
    Between="trace",
    paths="trace",
    Sum="trace",
    summed="trace",
    Point="pictures_latent",
    spread="pictures_latent",
    Critique="pictures_critic",
    criticised="pictures_critic",
    own="pictures_critic",
    real="pictures_critic",
    Tell="pictures_critic",
    told="pictures_critic",
    Jury="pictures_judge",
    verdicts="pictures_judge",
    looks="pictures_progress",
    Live="pictures_live",
    pictures_begin="pictures_live",
    pictures_steps="pictures_live",
    pictures_look="pictures_live",
    pictures_change="pictures_live",
)
