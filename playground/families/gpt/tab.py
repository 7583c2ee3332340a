"""The GPT room: what its page asks, and what other programs may ask."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from playground.core import engine, store
from playground.core.checks import check_place
from playground.core.words import Text
from playground.families import gpt
from playground.families.gpt import (
    tab_curve,
    tab_edit,
    tab_inside,
    tab_layers,
    tab_mattered,
    tab_next,
    tab_shots,
    tab_story,
    tab_write,
)
from playground.families.gpt.tab_asked import request
from playground.families.gpt.words import words_of
from playground.ui import picker
from playground.ui.door import Verb
from playground.ui.widget import Widget
from playground.views import attention, html, ranking, tokens

Question = dict[str, Any]

EXAMPLES: tuple[tuple[Text, str], ...] = (
    (Text("A tale", "一个故事"), "One morning, Anna found a small black cat in the garden."),
    (Text("A king", "国王"), "Once upon a time there was a king who had three daughters."),
    (Text("Work out the rule", "找出规律"), "dog -> dogs\nbox -> boxes\ncity -> cities\nwug ->"),  # Berko 1958
    (Text("In the news", "新闻"), "The president said on Monday that"),
)


def ask(question: Question) -> Mapping[str, Any]:
    """What comes next, and how the text is read; not the attention weights."""
    asked = request(question)
    told = gpt.trace(asked)
    return {
        "model": {**asdict(told.facts), "name": asked.model},
        "tokens": tokens.payload(told.tokens, told.facts.positions),
        "chips": tokens.chips(told.tokens, words_of(told.tokens), ()),
        "prompt": told.prompt,
        "next": ranking.payload(told.next, told.ids, told.logits),
        "entropy": told.entropy,
        "chances": told.chances.tolist(),
        "ranks": told.ranks.tolist(),
        "code": code(asked, told),
    }


def first_look(question: Question) -> Mapping[str, Any]:
    """Where the attention view opens."""
    told = gpt.look(request(question, top=1))
    read = told.done.encoded.tokens
    quiet = [True, *tokens.quiet(read)[1:]]  # every head may rest on the first token: that tells little
    return attention.payload(told.attention, quiet) | {"windows": told.windows}


def weights(question: Question) -> Iterator[bytes]:
    """The attention of every layer; the layer `first` leads."""
    told = gpt.look(request(question, top=1))
    first = question.get("first", 0)
    check_place("layer", "层", first, told.done.facts.layers)
    return attention.stream(told.attention, first)


def bertviz(question: Question) -> Mapping[str, Any]:
    told = gpt.look(request(question, top=1))
    layer = question.get("layer", 0)
    check_place("layer", "层", layer, told.done.facts.layers)
    view: html.View = "model" if question.get("view") == "model" else "head"
    return {"html": html.bertviz(told.attention, view, layer)}


CODE = """\
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

name = {name!r}{beside}
tokenizer = AutoTokenizer.from_pretrained(name)
model = AutoModelForCausalLM.from_pretrained(name, dtype=torch.float32).eval()

ids = torch.tensor([{ids}])  # {count} tokens
with torch.no_grad():
    chances = model(ids).logits[0, -1].softmax(-1)
best = chances.topk({top})
for token, chance in zip(best.indices, best.values):
    print(repr(tokenizer.decode(token)), chance.item())
"""


def code(asked: Any, told: Any) -> str:
    """The shortest program without this playground that prints the numbers on the page. It can be run as it stands."""
    return CODE.format(
        name=store.where(asked.model), beside=store.beside(asked.model), ids=list(told.tokens.ids),
        count=len(told.tokens), top=asked.top,
    )  # fmt: skip


def gpt_next(text: str, model: str = "gpt/mini", top: int = 10) -> dict:
    """The tokens that may come next, with their probabilities, and the entropy of the whole distribution in bits."""
    engine.ready()
    told = gpt.trace(gpt.Request(text, model, top=top))
    return {**ranking.payload(told.next, told.ids, told.logits), "entropy": told.entropy, "cut": told.tokens.cut}


def gpt_tokens(text: str, model: str = "gpt/mini") -> dict:
    """The tokens, their ids and spans [start, end) in characters."""
    engine.ready()
    told = gpt.trace(gpt.Request(text, model)).tokens
    return {name: getattr(told, name) for name in ("text", "texts", "ids", "spans", "special", "cut")}


def gpt_attention(text: str, model: str = "gpt/mini", layer: int = 0, head: int = 0) -> dict:
    """The weights [query key] of one head; layer and head are counted from 0."""
    engine.ready()
    told = gpt.look(gpt.Request(text, model, top=1))
    check_place("layer", "层", layer, told.done.facts.layers)
    check_place("head", "头", head, told.done.facts.heads)
    return {"tokens": told.attention.keys, "weights": told.attention.weights[layer, head].tolist()}


VERBS: dict[str, Verb] = {
    "ask": ask,
    "look": first_look,
    "attention": weights,
    "bertviz": bertviz,
    **tab_curve.VERBS,
    **tab_edit.VERBS,
    **tab_inside.VERBS,
    **tab_layers.VERBS,
    **tab_mattered.VERBS,
    **tab_next.VERBS,
    **tab_shots.VERBS,
    **tab_story.VERBS,
    **tab_write.VERBS,
    **picker.verbs(gpt.FAMILY),
}
API: tuple[Callable, ...] = (
    gpt_next,
    gpt_tokens,
    gpt_attention,
    *tab_curve.API,
    *tab_edit.API,
    *tab_inside.API,
    *tab_layers.API,
    *tab_mattered.API,
    *tab_next.API,
    *tab_shots.API,
    *tab_story.API,
    *tab_write.API,
)


def value() -> dict[str, Any]:
    """What the page knows before it asks."""
    return {
        "model": gpt.FAMILY.embedded[0],
        "examples": [{"name": name.payload(), "text": text} for name, text in EXAMPLES],
        "shots": tab_shots.value(),
        "story": tab_story.value(),
    }


def build() -> None:
    Widget("gpt", value())


def warm() -> None:
    """Answer what every visitor's page asks first."""
    ask({"text": EXAMPLES[0][1]})
