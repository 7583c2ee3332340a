"""What the page asks for the view "Layer by layer": the lens at one token, or of a fine-tuned head, and the maps."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from playground.families import bert
from playground.families.bert.tab_asked import request
from playground.views import layers

Question = dict[str, Any]


def lens(question: Question) -> Mapping[str, Any]:
    return layers.lens(bert.lens(bert.Spot(request(question, top=1), question["position"])))


def hear(question: Question) -> Mapping[str, Any]:
    """The same for a fine-tuned head."""
    return {"heard": [layers.heard(one) for one in bert.hear(bert.Spot(request(question), question["position"]))]}


def ground(question: Question) -> Any:
    return bert.Ground(request(question, top=1), question.get("special") is True)


def plane(question: Question) -> Mapping[str, Any]:
    return layers.atlas(bert.atlas(ground(question)))


def unfold(question: Question) -> Iterator[bytes]:
    """The maps by t-SNE."""
    return layers.frames(bert.unfolding(ground(question)))


VERBS: dict[str, Callable[[Question], Any]] = {"lens": lens, "hear": hear, "plane": plane, "unfold": unfold}
