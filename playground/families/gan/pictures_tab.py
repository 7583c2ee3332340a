"""The pictures half of the GAN room: questions from the page in, payloads out; tab.py mounts it."""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from playground.core.checkpoint import read_card
from playground.core.parts import Strip
from playground.core.spec import ASSETS
from playground.core.words import Text, Wrong, shown
from playground.families import gan
from playground.views import tiles

if TYPE_CHECKING:
    from playground.families.gan.pictures_latent import Point
    from playground.families.gan.pictures_learn import State
    from playground.families.gan.trace import Trace

Question = dict[str, Any]
NAMES = ("digits", "plain", "cifar10")
THUMBS = 16  # maps of a step in the overview
REALS = 24  # real pictures offered to the discriminator
HUB = Text(
    "Generators of the Hub do not open here: they come in layouts of their own, mostly with code or pickled weights, "
    "and none as the plain generator and discriminator in safetensors that this room reads.",
    "这里不能打开 Hub 上的生成器：它们的格式各不相同，大多附带代码或 pickle 权重，"
    "没有一个是本页所读的“safetensors 格式的生成器加判别器”。",
)

FRANK = {
    "gan/cifar10": Text(
        "Trained for minutes, not days: colours, horizons and outlines are right, but few samples show a thing "
        "one could name.",
        "只训练了几十分钟：颜色、地平线和轮廓像样了，但很少有哪张能认出是什么。",
    )
}


@cache
def offered() -> dict[str, Any]:
    """What the page is told once: the embedded pairs with what their cards say, and what the live training takes."""
    folders = [ASSETS / "models" / "gan" / name for name in NAMES]
    return {
        "models": [about(folder) for folder in folders if (folder / "card.json").is_file()],
        "hub": HUB.payload(),
        "live": {"net": "medium", "latent": 16, "rate": 1e-3, "flat": 0.02, "seed": 0, "batch": 64},
        "reals": REALS,
    }


def about(folder: Any) -> dict[str, Any]:
    card = read_card(folder)
    shape = card.config["shape"]
    return {
        "key": card.key,
        "title": card.title,
        "latent": shape["latent"],
        "side": shape["side"],
        "channels": shape["channels"],
        "kind": shape["kind"],
        "steps": card.config["steps"],
        "batch": card.config["batch"],
        "parameters": card.parameters,
        "bytes": card.bytes,
        "seconds": card.seconds,
        "command": card.command,
        "data": [dict(part) for part in card.data],
        "results": dict(card.results),
        "notes": card.notes,
        "frank": FRANK[card.key].payload() if card.key in FRANK else None,
        "extra": dict(card.extra),
    }


# ---- questions read


def model_of(question: Question) -> str:
    model = question.get("model", "gan/digits")
    return model if isinstance(model, str) else shown(model)  # which no model is called


def point_of(raw: Any) -> "Point":
    """A latent vector as the page names it; raises Wrong."""
    fields = {"seed", "index", "cut", "edits", "direction", "along"}
    if not isinstance(raw, Mapping) or set(raw) - fields:
        raise Wrong(f"This is no latent vector: {shown(raw)}.", f"这不是潜在向量：{shown(raw)}。")
    edits = raw.get("edits", [])
    if not isinstance(edits, list) or not all(isinstance(edit, list) and len(edit) == 2 for edit in edits):
        raise Wrong("Changed latent numbers are pairs of number and value.", "改动的潜在数值应是“编号，数值”对。")
    return gan.Point(**{**raw, "edits": tuple(map(tuple, edits))})


def points_of(raw: Any) -> "tuple[Point, ...]":
    if not isinstance(raw, list):
        raise Wrong("Name the samples as a list.", "请用列表给出样本。")
    return tuple(map(point_of, raw))


# ---- answers


def pictures(values: np.ndarray) -> dict[str, Any]:
    """[sample row column (3)] in [0, 1] as bytes."""
    return {"shape": values.shape, "data": tiles.text(np.rint(values * 255), "u1")}


def samples(found: "Trace") -> dict[str, Any]:
    return {
        **pictures(found.pictures.values),
        "scores": [float(score) for score in found.scores],
        "lengths": [float(length) for length in found.lengths],
    }


def grid(question: Question) -> Mapping[str, Any]:
    """Samples by seed."""
    given = {name: question[name] for name in ("seed", "count", "cut") if name in question}
    request = gan.Request(model_of(question), **given)
    return {**samples(gan.trace(request)), "code": code(request), "spread": gan.spread(request.cut)}


def one(question: Question) -> Mapping[str, Any]:
    """One sample and its latent numbers."""
    found = gan.portrait(gan.Portrait(model_of(question), point_of(question["point"])))
    return {**samples(found), "latent": tiles.text(found.latents[0])}


def between(question: Question) -> Mapping[str, Any]:
    """Two ways from one sample to another."""
    ends = point_of(question["a"]), point_of(question["b"])
    found = gan.paths(gan.Between(model_of(question), *ends, question.get("steps", 9)))
    return {
        "at": found.at.tolist(),
        "straight": samples(found.straight),
        "spherical": samples(found.spherical),
        "angle": found.angle,
        "usual": found.usual,
    }


def add_up(question: Question) -> Mapping[str, Any]:
    """A - B + C of means of samples."""
    a, b, c = (points_of(question.get(name, [])) for name in "abc")
    found = gan.summed(gan.Sum(model_of(question), a, b, c, bool(question.get("rescaled", True))))
    return {"terms": samples(found.terms), "result": samples(found.result), "length": found.length}


def critic(question: Question) -> Mapping[str, Any]:
    """The discriminator's answer to one picture, and its slope at every pixel."""
    model = model_of(question)
    if "point" in question:
        request = gan.Critique(model, sample=point_of(question["point"]))
    elif "real" in question:
        request = gan.Critique(model, real=question["real"])
    else:
        request = gan.Critique(model, pixels=gan.own(model, picture_of(question), question.get("centred") is not False))
    found = gan.criticised(request)
    return {
        **pictures(found.picture[None]),
        "logit": found.logit,
        "score": found.score,
        "gradient": tiles.text(found.gradient),
        "saliency": tiles.text(found.saliency),
    }


def picture_of(question: Question) -> Any:
    """`ink` as rows of numbers from 0 to 1, or `image` as base64 or data URL."""
    if "ink" not in question:
        image = question["image"]
        if not isinstance(image, str):
            raise Wrong("The picture is missing.", "缺少图片。")
        return image
    try:
        return np.asarray(question["ink"], np.float64)
    except (ValueError, TypeError, OverflowError):
        raise Wrong("A drawing is a table of numbers.", "手绘应是一张数字表。") from None


def tell(question: Question) -> Mapping[str, Any]:
    """Scores of 500 real pictures and of 500 samples, counted in twenty bins."""
    found = gan.told(gan.Tell(model_of(question), question.get("seed", 0)))
    bins = np.linspace(0, 1, 21)
    counts = [np.histogram(scores, bins)[0].tolist() for scores in (found.real, found.fake)]
    return {
        "bins": bins.tolist(),
        "real": counts[0],
        "fake": counts[1],
        "right": found.right,
        "means": [float(found.real.mean()), float(found.fake.mean())],
        "count": len(found.real),
    }


def reals(question: Question) -> Mapping[str, Any]:
    """A few of the shipped real pictures, taken evenly, with their numbers."""
    model = model_of(question)
    found = gan.real(model)
    chosen = np.arange(REALS) * (len(found) // REALS)
    return {**pictures(found.images[chosen] / 255), "numbers": chosen.tolist()}


def layers(question: Question) -> Mapping[str, Any]:
    """Every step from the latent vector to the picture and on to the score, as thumbnails or numbers."""
    found = gan.layers(gan.Portrait(model_of(question), point_of(question["point"])))
    return {"steps": [glance(step) for step in found]}


def glance(step: Any) -> dict[str, Any]:
    values = step.maps.values
    said = {"net": step.net, "step": step.step, "kind": step.kind, "parameters": step.parameters}
    if isinstance(step.maps, Strip):
        return said | {"shape": [len(values)], "vector": tiles.text(values[:, 0])}
    return said | {"shape": values.shape, **{"thumbs": tiles.thumbs(values, THUMBS)}}


def layer(question: Question) -> Mapping[str, Any]:
    """Every number of one step."""
    wanted = (question["net"], question["step"])
    for step in gan.layers(gan.Portrait(model_of(question), point_of(question["point"]))):
        if (step.net, step.step) == wanted:
            values = step.maps.values
            return tiles.numbers(values[:, :, None] if isinstance(step.maps, Strip) else values)
    raise Wrong(f"There is no step {shown(wanted)}.", f"没有步骤 {shown(wanted)}。")


def looks(question: Question) -> Mapping[str, Any]:
    """The training as it was looked at."""
    found = gan.looks(model_of(question))
    return {
        "steps": found.steps.tolist(),
        "sheets": [base64.b64encode(sheet).decode("ascii") for sheet in found.sheets],
        "columns": found.columns,
        "side": found.side,
        "at": found.at.tolist(),
        "curves": {name: tiles.text(found.curves[:, i]) for i, name in enumerate(("d", "g", "real", "fake"))},
    }


def jury(question: Question) -> Iterator[bytes]:
    """One line of JSON after every 100 samples."""
    given = {name: question[name] for name in ("seed", "count", "cut") if name in question}
    request = gan.Jury(model_of(question), **given)
    for found in gan.verdicts(request):
        yield json.dumps({**asdict(found), "counts": found.counts.tolist()}).encode() + b"\n"


def code(request: Any) -> str:
    """The shortest Python that makes the grid."""
    given = [repr(request.model), *([f"seed={request.seed}"] if request.seed else []), f"count={request.count}"]
    given += [f"cut={request.cut:g}"] if request.cut < 4 else []
    return (
        "from playground.families.gan import Request, trace\n\n"
        f"seen = trace(Request({', '.join(given)}))\n"
        "print(seen.pictures.values.shape, seen.scores.round(2))\n"
    )


# ---- the live training


def begin(question: Question) -> "State":
    fields = ("net", "latent", "rate", "flat", "seed", "batch")
    return gan.pictures_begin(gan.Live(**{name: question[name] for name in fields if name in question}))


def frame(state: "State", view: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    seen = gan.pictures_look(state)
    last = seen.curves[-1].tolist() if len(seen.curves) else None
    arrays = {
        "pictures": seen.pictures,
        "scores": seen.scores,
        "at": seen.curves[:, 0].astype(np.int32),
        "curve": seen.curves[:, 1:].clip(-100, 100).astype(np.float16),
    }
    return {"last": last, "rate_now": state.rate}, arrays


def change(state: "State", question: Question) -> None:
    gan.pictures_change(state, question)


LIVE = (begin, lambda state: gan.pictures_steps(state), frame, change)  # begin, steps, frame, change of a LiveRoom
PREFIX = "pictures_live_"


# ---- programs


def gan_sample(model: str = "gan/digits", seed: int = 0, count: int = 16, truncation: float = 4.0) -> dict:
    """Pictures of a generator by seed: uint8 in base64 with its shape, and the discriminator's scores."""
    return {"model": model, **samples(gan.trace(gan.Request(model, seed, count, truncation)))}


def gan_judge(image: str, model: str = "gan/digits") -> dict:
    """How real the discriminator finds a picture (base64 or data URL): its logit and score."""
    found = gan.criticised(gan.Critique(model, pixels=gan.own(model, picture_of({"image": image}))))
    return {"model": model, "logit": found.logit, "score": found.score}


VERBS: dict[str, Any] = {
    "pictures_grid": grid,
    "pictures_one": one,
    "pictures_between": between,
    "pictures_sum": add_up,
    "pictures_critic": critic,
    "pictures_tell": tell,
    "pictures_reals": reals,
    "pictures_layers": layers,
    "pictures_layer": layer,
    "pictures_looks": looks,
    "pictures_jury": jury,
}
API: tuple[Callable[..., Any], ...] = (gan_sample, gan_judge)
