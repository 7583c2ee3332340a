"""The BERT room: what its page asks, and what other programs may ask."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from playground.core import engine, store
from playground.core.checks import check_place
from playground.core.words import Text
from playground.families import bert
from playground.families.bert import (
    tab_edit,
    tab_inside,
    tab_layers,
    tab_mattered,
    tab_pretraining,
    tab_teach,
    tab_uses,
)
from playground.families.bert.tab_asked import request
from playground.ui import picker
from playground.ui.door import Verb
from playground.ui.widget import Widget
from playground.views import attention, html, ranking, tokens

Question = dict[str, Any]

# name, first text, second text, words of the first text to hide
EXAMPLES: tuple[tuple[Text, str, str, tuple[str, ...]], ...] = (
    (Text("Something to drink", "喝点什么"), "She drank a cup of tea in the kitchen.", "", ("tea",)),
    (Text("Who is tired?", "谁累了？"), "The cat sat on the floor because it was tired.", "", ("floor",)),
    (Text("Two gaps", "两个空"), "He opened the door and went into the house.", "", ("opened", "house")),
    (
        Text("Does B follow A?", "B 接着 A 吗？"),
        "The boy was very hungry. He had eaten nothing since the morning, and he had no money in his pocket.",
        "He went to the door of the house and asked the woman for a piece of bread.",
        ("hungry",),
    ),
    (
        Text("One word, two senses", "一词两义"),
        "He sat on the bank of the river and looked at the water.",
        "",
        ("water",),
    ),
    (Text("A word it has never met", "没见过的词"), "The snorkelblat sat on the chair.", "", ("chair",)),
)


def ask(question: Question) -> Mapping[str, Any]:
    """Everything the page shows, but for the attention weights."""
    asked = request(question)
    told = bert.trace(asked)
    gaps = [fill.position for fill in told.fills]
    return {
        "model": {**asdict(told.facts), "name": asked.model},
        "tokens": tokens.payload(told.tokens, told.facts.positions, told.unknown),
        "chips": tokens.chips(told.tokens, told.words, gaps),
        "sentence": ranking.sentence(told.tokens.text, [fill.span for fill in told.fills]),
        "fills": [fill_payload(fill) for fill in told.fills],
        "next": told.is_next,
        "attention": attention.payload(told.attention, tokens.quiet(told.tokens), gaps[0] if gaps else None),
        "code": code(asked, told),
    }


def fill_payload(fill: Any) -> dict[str, Any]:
    return {
        **ranking.payload(fill.ranking, fill.ids, fill.logits),
        "position": fill.position,
        "hidden": asdict(fill.hidden) if fill.hidden else None,
    }


def weights(question: Question) -> Iterator[bytes]:
    """The attention of every layer; the layer `first` leads."""
    told = bert.look(request(question))
    first = question.get("first", 0)
    check_place("layer", "层", first, told.done.facts.layers)
    return attention.stream(told.attention, first)


def arithmetic(question: Question) -> Mapping[str, Any]:
    """One weight, opened: layer, head, query and key, counted from 0."""
    place: list[Any] = [question.get(name) for name in ("layer", "head", "query", "key")]
    return attention.arithmetic(bert.arithmetic(bert.Look(request(question), *place)))


def bertviz(question: Question) -> Mapping[str, Any]:
    told = bert.trace(request(question))
    layer = question.get("layer", 0)
    check_place("layer", "层", layer, told.facts.layers)
    segments = told.tokens.segments
    second = segments.index(1) if 1 in segments else None
    view: html.View = "model" if question.get("view") == "model" else "head"
    return {"html": html.bertviz(told.attention, view, layer, second)}


CODE = """\
import torch
from transformers import {auto}, AutoTokenizer

name = {name!r}{where}
tokenizer = AutoTokenizer.from_pretrained(name)
model = {auto}.from_pretrained(
    name, dtype=torch.float32, attn_implementation="eager").eval()

inputs = tokenizer(
    {texts},
    return_tensors="pt"{cut})
with torch.no_grad():
    output = model(**inputs, output_attentions=True)
"""
GAPS = """
gaps = inputs.input_ids[0] == tokenizer.mask_token_id
best = output.{logits}[0, gaps].softmax(-1).topk({top})
for words, chances in zip(best.indices, best.values):
    words = tokenizer.convert_ids_to_tokens(words)
    print(dict(zip(words, chances.tolist())))
"""
NEXT = """
follows = output.seq_relationship_logits.softmax(-1)[0, 0]
print("B follows A:", follows.item())
"""
WEIGHTS = """
layer, head = {layer}, {head}  # as on the page, counted from 1
print(output.attentions[layer - 1][0, head - 1])  # [query key]
"""


def code(asked: Any, told: Any) -> str:
    """The shortest program without this playground that prints the numbers on the page. It can be run as it stands."""
    facts, (first, second) = told.facts, told.plain
    layer, head, _, _ = attention.telling(
        told.attention, tokens.quiet(told.tokens), told.fills[0].position if told.fills else None
    )
    auto = "BertForPreTraining" if facts.has_next else "AutoModelForMaskedLM"
    parts = [
        CODE.format(
            auto=auto,
            name=store.where(asked.model),
            where=store.beside(asked.model),
            texts=f"{first!r},\n    {second!r}" if second.strip() else f"{first!r}",
            cut=f", truncation=True, max_length={facts.positions}" if told.tokens.cut else "",
        ),
        GAPS.format(logits="prediction_logits" if facts.has_next else "logits", top=asked.top) if told.fills else "",
        NEXT if told.is_next is not None else "",
        WEIGHTS.format(layer=layer + 1, head=head + 1),
    ]
    return "".join(parts)


def bert_fill(text: str, pair: str = "", model: str = "bert/mini", top: int = 5) -> dict:
    """Words for every [MASK] in the text, with probabilities; with a second text also whether it follows the first."""
    engine.ready()
    told = bert.trace(bert.Request(text, pair, model, top))
    return {
        "filled": told.filled,
        "gaps": [ranking.payload(fill.ranking, fill.ids, fill.logits) for fill in told.fills],
        "next": told.is_next,
        "cut": told.tokens.cut,
    }


def bert_tokens(text: str, pair: str = "", model: str = "bert/mini") -> dict:
    """The pieces, ids, segments and spans [start, end) in characters of text, a line feed and pair."""
    engine.ready()
    told = bert.trace(bert.Request(text, pair, model)).tokens
    return {name: getattr(told, name) for name in ("text", "texts", "ids", "spans", "segments", "special", "cut")}


def bert_attention(text: str, pair: str = "", model: str = "bert/mini", layer: int = 0, head: int = 0) -> dict:
    """The weights [query key] of one head; layer and head are counted from 0."""
    engine.ready()
    told = bert.look(bert.Request(text, pair, model))
    check_place("layer", "层", layer, told.done.facts.layers)
    check_place("head", "头", head, told.done.facts.heads)
    return {"tokens": told.attention.keys, "weights": told.attention.weights[layer, head].tolist()}


VERBS: dict[str, Verb] = {
    "ask": ask,
    "attention": weights,
    "arithmetic": arithmetic,
    "bertviz": bertviz,
    **tab_edit.VERBS,
    **tab_inside.VERBS,
    **tab_layers.VERBS,
    **tab_mattered.VERBS,
    **tab_pretraining.VERBS,
    **tab_teach.VERBS,
    **tab_uses.VERBS,
    **picker.verbs(bert.FAMILY),
}
API: tuple[Callable, ...] = (bert_fill, bert_tokens, bert_attention, *tab_uses.API)


def example(name: Text, text: str, pair: str, hidden: tuple[str, ...]) -> dict[str, Any]:
    return {"name": name.payload(), "text": text, "pair": pair, "masks": [text.index(word) for word in hidden]}


def value() -> dict[str, Any]:
    """What the page knows before it asks."""
    return {
        "teach": tab_teach.offered(),
        "model": bert.FAMILY.embedded[0],
        "examples": [example(*one) for one in EXAMPLES],
        "uses": tab_uses.offered(),
    }


def build() -> None:
    Widget("bert", value())


def warm() -> None:
    """Answer what every visitor's page asks first."""
    first = value()["examples"][0]
    ask({"text": first["text"], "masks": first["masks"]})
