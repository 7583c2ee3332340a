"""What the page asks for the view "Edit and run again"."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from playground.families import bert
from playground.families.bert.tab_asked import request
from playground.families.bert.tab_mattered import choice, target
from playground.nn.edits import edits_of
from playground.views import tokens
from playground.views.mattered import line

Question = dict[str, Any]
SHOWN = {"word": 4, "next": 2, "class": 8, "tag": 1, "start": 3, "end": 3}  # best of a row, before and after
NO_TEMPERATURE = ("deberta", "deberta-v2", "xlnet")


def edited(question: Question) -> Any:
    """`edits`: {heads: [[layer, head, factor]], scores: ..., layers: ..., unseen: ..., words: [[character, text]]}."""
    return bert.Edited(request(question, top=1), edits_of(bert.Edits, question.get("edits")))


def edit(question: Question) -> Mapping[str, Any]:
    """Every answer before and after."""
    asked = edited(question)
    told, done = bert.edit(asked), bert.forward(asked.request)
    encoded = done.encoded
    return {
        "layers": done.facts.layers,
        "heads": done.facts.heads,
        "temperature": done.facts.kind not in NO_TEMPERATURE,
        "chips": tokens.chips(encoded.tokens, encoded.words, encoded.gaps),
        "choices": [choice(one) for one in bert.best(asked.request)],
        "rows": [row(asked, shift, done, told.tokens) for shift in told.shifts],
        "lost": told.lost,
        "text": told.text,
    }


def row(asked: Any, shift: Any, done: Any, texts: tuple[str, ...]) -> dict[str, Any]:
    """The best choices before and after, those of before first."""
    ids = shown(shift, done.encoded.truth.get(shift.at) if shift.kind == "word" else None)
    before, after = shift.before[ids], shift.after[ids]
    return {
        "kind": shift.kind,
        "at": shift.at,
        "piece": texts[shift.at],
        "ids": ids,
        "labels": labels(asked, shift.kind, ids, done, texts),
        "before": before.tolist(),
        "after": listed(after),
        "change": listed(after - before),
        "logits": [listed(values[ids]) for values in shift.logits],
        "first": [int(np.argmax(shift.before)), int(np.nanargmax(shift.after))],
        "moved": shift.moved,
        "rule": shift.rule,
    }


def shown(shift: Any, truth: int | None) -> list[int]:
    best = [
        np.argsort(-np.nan_to_num(side), kind="stable")[: SHOWN[shift.kind]] for side in (shift.before, shift.after)
    ]
    ids = {int(i) for side in best for i in side} | ({truth} if truth is not None else set())
    return sorted(ids, key=lambda i: -shift.before[i])


def labels(asked: Any, kind: str, ids: list[int], done: Any, texts: tuple[str, ...]) -> list[str]:
    if kind == "word":
        return bert.named(asked, ids)
    if kind == "next":
        return ["" for _ in ids]
    return [texts[i] if kind in ("start", "end") else done.facts.labels[i] for i in ids]


def listed(values: np.ndarray) -> list[float | None]:
    """null for what is no longer there."""
    return [float(value) if np.isfinite(value) else None for value in values]


def sweep(question: Question) -> Iterator[bytes]:
    """A line of JSON for what is watched, then one for each few heads of a layer, and for the layer (`first`: -1)."""
    asked, chance, logit = bert.aimed(bert.Sweep(edited(question), target(question.get("target"))))
    facts = bert.forward(asked.edited.request).facts
    about = {**vars(asked.target), "chance": chance, "logit": logit, "rule": facts.rule}
    yield line(about={"target": about, "layers": facts.layers, "heads": facts.heads})
    for one in bert.sweeping(asked):
        change = (one.chances - chance).tolist()
        yield line(layer=one.layer, first=one.first, chances=one.chances.tolist(), change=change)


VERBS: dict[str, Callable[[Question], Mapping[str, Any] | Iterator[bytes]]] = {"edit": edit, "sweep": sweep}
