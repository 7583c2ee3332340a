"""What the page asks for the view "Layer by layer": the lens on a window of the text, on one token, and the maps."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from playground.core import engine
from playground.families import gpt
from playground.families.gpt.tab_asked import request
from playground.views import cloud, layers

Question = dict[str, Any]


def grid(question: Question) -> Mapping[str, Any]:
    """The lens at the tokens `first` .. `first + count - 1`; arrays [row column] as float32 in base64."""
    given = {name: question[name] for name in ("first", "count") if name in question}
    told = gpt.grid(gpt.Window(request(question, top=1), **given))
    rows, columns = told.ids.shape
    arrays = ("chance", "entropy", "final_chance", "final_rank", "truth_chance", "truth_rank")
    return {
        "first": told.first,
        "rows": rows,
        "columns": columns,
        "labels": told.labels,
        "ids": told.ids.tolist(),
        "final": told.final,
        "truth": told.truth,
        **{name: cloud.packed(getattr(told, name).astype(np.float32)) for name in arrays},
        "difference": told.difference,
        "vocabulary": told.vocabulary,
    }


def lens(question: Question) -> Mapping[str, Any]:
    """One token through all layers; `follow` is the token of the vocabulary to watch."""
    return layers.lens(gpt.lens(gpt.Spot(request(question, top=1), question["position"], question.get("follow"))))


def ground(question: Question) -> Any:
    return gpt.Ground(request(question, top=1), question.get("special") is True)


def plane(question: Question) -> Mapping[str, Any]:
    return layers.atlas(gpt.atlas(ground(question)))


def unfold(question: Question) -> Iterator[bytes]:
    """The maps by t-SNE."""
    return layers.frames(gpt.unfolding(ground(question)))


def gpt_lens(text: str, position: int, model: str = "gpt/mini") -> dict:
    """What every layer would say comes after the token at `position` (counted from 0): five tokens per layer."""
    engine.ready()
    return layers.lens(gpt.lens(gpt.Spot(gpt.Request(text, model, top=1), position)))


VERBS: dict[str, Callable[[Question], Any]] = {"grid": grid, "lens": lens, "plane": plane, "unfold": unfold}
API: tuple[Callable, ...] = (gpt_lens,)
