"""The GAN room: a training in the plane, and pictures; questions from the page in, payloads out."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import cache
from itertools import islice
from math import log
from typing import Any

import numpy as np

from playground.core.words import Text, Wrong
from playground.data.planes import EDGE
from playground.families import gan
from playground.families.gan import pictures_tab, plane_units
from playground.families.gan.plane import (
    ACTIVATIONS,
    BOUNDS,
    DATA,
    LIVE,
    LIVE_OF_SIDE,
    LOSSES,
    NOISES,
    OPTIMISERS,
    SIDES,
    PlaneConfig,
    plane_config,
)
from playground.families.gan.plane_measure import ENOUGH, Floor
from playground.families.gan.plane_phases import Phase
from playground.families.gan.plane_presets import PRESETS, Preset
from playground.families.gan.plane_state import MEASURES, Curve, PlaneState, scene
from playground.ui import live
from playground.ui.widget import Widget
from playground.views import tiles

GLANCE = 160  # points of a thumbnail
LONGEST = 5_000  # iterations of one call to the endpoint
POINTS = 150  # of a batch in slow motion
UNDECIDED, REACH = 128, 127  # of a surface in bytes: what means undecided, and how far certain is from it
REST = {  # where the losses come to rest if the fakes are perfect
    "minimax": {"d": 2 * log(2), "g": -log(2)},
    "nonsaturating": {"d": 2 * log(2), "g": log(2)},
    "leastsquares": {"d": 0.25, "g": 0.125},
}
CURVES = {  # what a tab shows -> whose curve it is, and which of its columns
    "losses": ("losses", ("d_loss", "g_loss")),
    "gradients": ("losses", ("d_grad", "g_grad")),
    "measures": ("measures", MEASURES),
}
Question = dict[str, Any]


def build() -> None:
    """One widget; its script starts the training itself."""
    Widget("gan", {"plane": offered(), "pictures": pictures_tab.offered()})


# ---- what the page is told once


@cache
def offered() -> dict[str, Any]:
    """Settings, their choices and bounds, a glance at each distribution, the failures."""
    choices = {"loss": LOSSES, "noise": NOISES, "optimiser": OPTIMISERS, "act": ACTIVATIONS}
    return {
        "defaults": plain(PlaneConfig()),
        "choices": {name: texts(options) for name, options in choices.items()},
        "bounds": BOUNDS,
        "edge": EDGE,
        "data": [{"key": key, "title": title.payload(), "points": glance(key)} for key, title in DATA.items()],
        "presets": [failure(preset) for preset in PRESETS.values()],
    }


def texts(options: Mapping[str, Text]) -> dict[str, dict[str, str]]:
    return {key: text.payload() for key, text in options.items()}


def plain(config: PlaneConfig) -> dict[str, Any]:
    """A config as JSON holds it."""
    return asdict(config)


def glance(key: str) -> str:
    """A few points of a distribution, int8 x and y in base64, 127 at the edge; none of the drawn one."""
    if key == "drawn":
        return ""
    reals = scene(PlaneConfig(data=key)).reals[:GLANCE]
    return base64.b64encode(np.clip(np.rint(reals / EDGE * 127), -127, 127).astype(np.int8).tobytes()).decode("ascii")


def failure(preset: Preset) -> dict[str, Any]:
    """A way to fail; `live`: its cure works on the training as it stands, with `changes`."""
    before, after = plain(preset.config), plain(preset.cured)
    changes = {name: value for name, value in after.items() if name not in SIDES and value != before[name]}
    for side in SIDES:
        found = {name: value for name, value in after[side].items() if value != before[side][name]}
        changes |= {side: found} if found else {}
    sides = {name for side in SIDES for name in changes.get(side, {})}
    return {
        "key": preset.key,
        "title": preset.title.payload(),
        "sentence": preset.sentence.payload(),
        "config": before,
        "cure": preset.cure.payload(),
        "cureSentence": preset.cure_sentence.payload(),
        "cured": after,
        "changes": changes,
        "live": set(changes) - set(SIDES) <= LIVE and sides <= LIVE_OF_SIDE,
        "look": preset.look,
    }


# ---- one picture of a training


def frame(state: PlaneState, view: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What is drawn; `view` says which curve is looked at, and whether the units are."""
    seen = gan.plane_look(state)
    low, middle, high = seen.scale
    made = seen.manifold if seen.manifold.ndim == 3 else seen.manifold[None]
    head = {
        "square": [-EDGE, EDGE, -EDGE, EDGE],
        "shown": {"real": len(seen.reals), "fake": len(seen.fakes)},
        "scale": seen.scale,
        "probability": state.config.loss in ("minimax", "nonsaturating"),
        "scores": {"real": float(seen.real_scores.mean()), "fake": float(seen.fake_scores.mean())},
        "losses": seen.losses,
        "rest": REST.get(state.config.loss),
        "measures": asdict(seen.measured),
        "floor": floors(seen.floor),
        "shares": [round(float(share), 4) for share in seen.shares],
        "covered": int((seen.shares >= ENOUGH).sum()),
        "manifold": made.shape[:2],
        "surface": len(seen.surface),
    }
    arrays = {
        "surface": levels(seen.surface, middle, (high - low) / 2),
        "real": half(seen.reals),
        "fake": half(seen.fakes),
        "arrows": half(seen.arrows),
        "manifold": half(made),
        "noise": half(flat(state.scene.noise)),
    }
    return head | curve(state, view, arrays) | units(state, view, arrays), arrays


def floors(floor: Floor) -> dict[str, list[float]]:
    """Measure -> what real points read, two standard deviations down and up."""
    mean, spread = asdict(floor.mean), asdict(floor.spread)
    return {name: [value - 2 * spread[name], value + 2 * spread[name]] for name, value in mean.items()}


def half(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float16)


def flat(noise: np.ndarray) -> np.ndarray:
    """The first two numbers of each row of noise; one number lies on a line."""
    return np.pad(noise[:, :2], ((0, 0), (0, max(0, 2 - noise.shape[1]))))


def levels(values: np.ndarray, middle: float, reach: float) -> np.ndarray:
    """Bytes: 128 for `middle`, 1 and 255 for `reach` away from it and beyond."""
    return np.clip(np.rint(UNDECIDED + (values - middle) / reach * REACH), 1, 255).astype(np.uint8)


def curve(state: PlaneState, view: Mapping[str, Any], arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """The curve that is looked at, one of CURVES."""
    name = view.get("curve")
    if not isinstance(name, str) or name not in CURVES:
        return {}
    source, columns = CURVES[name]
    found = getattr(state, source)
    table = found.columns()
    arrays["at"] = np.array(found.at, np.int32)
    arrays["curve"] = np.stack([table[column] for column in columns])
    return {"curve": {"name": name, "columns": columns}}


def units(state: PlaneState, view: Mapping[str, Any], arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """Units as maps, each scaled to its own largest value; only if `view["units"]`."""
    if not view.get("units"):
        return {}
    layers = plane_units.layers(state)
    maps = np.concatenate([layer.maps for layer in layers])
    largest = np.abs(maps).max((1, 2))
    arrays["layers"] = levels(maps / np.maximum(largest, 1e-9)[:, None, None], 0.0, 1.0)
    arrays["strengths"] = largest.astype(np.float32)
    about = [
        {"net": layer.net, "depth": layer.depth, "out": layer.out, "shown": len(layer.maps), "units": layer.units}
        for layer in layers
    ]
    return {"layers": about, "side": maps.shape[1]}


# ---- what the page may ask


def begin(question: Question) -> PlaneState:
    """A new game; with `weights`, a file of ours in base64, it begins with the nets in it."""
    if "weights" in question:
        return gan.plane_load(file_of(question))
    return gan.plane_begin(plane_config(question))


def file_of(question: Question) -> bytes:
    """Raises Wrong."""
    try:
        return base64.b64decode(question["weights"], validate=True)
    except (TypeError, ValueError):
        raise Wrong("The file did not arrive whole.", "文件没有完整传到。") from None


def opened(question: Question) -> Mapping[str, Any]:
    """The settings in a file of ours."""
    return {"config": plain(gan.plane_load(file_of(question)).config)}


def single(state: PlaneState, question: Question) -> None:
    gan.plane_single(state, str(question.get("single")))


def slow(question: Question) -> Mapping[str, Any]:
    """The iteration that comes next, taken apart; the training stays where it is."""
    with live.held(question, ROOM) as run:
        return {"phases": [phase(one) for one in gan.plane_phases(run.state)]}


def phase(one: Phase) -> dict[str, Any]:
    """One caption with its numbers, the first POINTS points of its batch, and D's surface where it has changed."""
    points = {name: flat(values) if name == "noise" else values for name, values in one.points.items()}
    said: dict[str, Any] = {
        "key": one.key,
        "side": one.side,
        "turn": one.turn,
        "turns": one.turns,
        "caption": one.caption.payload(),
        "numbers": one.numbers,
        "points": {name: tiles.text(values[:POINTS]) for name, values in points.items()},
        "values": {name: tiles.text(values[:POINTS]) for name, values in one.values.items()},
    }
    if one.surface is not None and one.scale is not None:
        low, middle, high = one.scale
        bytes_ = levels(one.surface, middle, (high - low) / 2).tobytes()
        said |= {"surface": base64.b64encode(bytes_).decode("ascii"), "scale": one.scale}
    return said


def export(question: Question) -> Mapping[str, Any]:
    """The two nets as they are: a safetensors file in base64, and a program for PyTorch."""
    with live.held(question, ROOM) as run:
        weights = base64.b64encode(gan.plane_save(run.state)).decode("ascii")
        return {"weights": weights, "code": gan.plane_code(run.state.config)}


def curves(question: Question) -> Mapping[str, Any]:
    """Both curves whole, for a download."""
    with live.held(question, ROOM) as run:
        return {name: table(getattr(run.state, name)) for name in ("losses", "measures")}


def table(found: Curve) -> dict[str, list[float]]:
    return {"iterations": list(found.at), **{name: values.tolist() for name, values in found.columns().items()}}


def code_of(question: Question) -> Mapping[str, Any]:
    return {"code": code(plane_config(question))}


def code(config: PlaneConfig, iterations: int = 1200) -> str:
    """The shortest Python that plays the same game."""
    return (
        "from itertools import islice\n"
        "from playground.families import gan\n\n"
        f"game = gan.plane_begin(gan.plane_config({differing(config)!r}))\n"
        f"for game in islice(gan.plane_steps(game), {iterations}):\n    pass\n"
        "print(game.done, gan.plane_look(game).measured)\n"
    )


def differing(config: PlaneConfig) -> dict[str, Any]:
    """The settings that are not the usual ones."""
    usual, own = plain(PlaneConfig()), plain(config)
    found = {name: value for name, value in own.items() if name not in SIDES and value != usual[name]}
    for side in SIDES:
        of_side = {name: value for name, value in own[side].items() if value != usual[side][name]}
        found |= {side: of_side} if of_side else {}
    return found


def warm() -> None:
    """Draw the first game once: what a distribution is measured with is computed and kept."""
    frame(begin({}), {})


def gan_train(data: str = "eight", loss: str = "nonsaturating", iterations: int = 1000, seed: int = 1) -> dict:
    """Play a game in the plane and say how far its fakes are from the data."""
    most = live.number({"iterations": iterations}, "iterations", 0, LONGEST)
    state = gan.plane_begin(plane_config({"data": data, "loss": loss, "seed": seed}))
    for _ in islice(gan.plane_steps(state), most):  # moves the state itself
        pass
    seen = gan.plane_look(state)
    return {
        "iterations": state.done,
        "losses": seen.losses,
        "measures": asdict(seen.measured),
        "floor": floors(seen.floor),
    }


ROOM = live.LiveRoom(
    begin, lambda state: gan.plane_steps(state), frame, lambda state, what: gan.plane_change(state, what), single
)
VERBS: dict[str, Any] = {
    **live.verbs(ROOM, prefix="plane_"),
    "plane_slow": slow,
    "plane_export": export,
    "plane_opened": opened,
    "plane_curves": curves,
    "plane_code": code_of,
    **pictures_tab.VERBS,
    **live.verbs(live.LiveRoom(*pictures_tab.LIVE), prefix=pictures_tab.PREFIX),
}
API: tuple[Callable[..., Any], ...] = (gan_train, *pictures_tab.API)
