"""Everything a head says about a text, as rows of choices: one row per gap, tag, class or end of an answer."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from playground.core import store
from playground.core.memo import memo
from playground.families.bert.model import Bert, Encoded, open_bert
from playground.families.bert.target import Target, choices
from playground.families.bert.trace import Pass, Request, forward, inputs, rule_of, shares, spell


@dataclass(frozen=True, eq=False)
class Row:
    """Logits that are judged together."""

    kind: str  # of Target
    at: int  # of Target
    logits: np.ndarray  # [choice]
    rule: str = "one"  # of trace.RULES

    @property
    def chances(self) -> np.ndarray:
        """Probabilities; of a value the number itself."""
        return shares(self.logits, self.rule)


def rows_of(bert: Bert, encoded: Encoded, output: Any) -> tuple[Row, ...]:
    """In the order in which they are shown."""
    pair = max(encoded.tokens.segments) == 1
    places = {
        "gap": [("word", at) for at in encoded.gaps] + [("next", 0)] * (bert.has_next and pair),
        "classes": [("class", 0)],
        "tags": [("tag", word.pieces[0]) for word in encoded.words],
        "answer": [("start", 0), ("end", 0)],
    }[bert.use]
    rule = rule_of(bert.net.config, bert.use)
    return tuple(
        Row(kind, at, choices(bert, output, Target(kind, 0, at))[0].numpy().copy(), rule) for kind, at in places
    )


@memo(32)
def answers(request: Request) -> tuple[Row, ...]:
    """What the model says, nothing changed."""
    encoded = forward(replace(request, top=1)).encoded
    with store.using(request.model, open_bert) as bert, torch.inference_mode():
        return rows_of(bert, encoded, bert.net(**inputs(bert, encoded)))


@dataclass(frozen=True)
class Choice:
    """A target with its name and what the model gives it."""

    target: Target
    name: str  # a word, class, tag or piece; "" for the next sentence
    logit: float
    chance: float  # of a value the number itself
    rule: str = "one"  # of trace.RULES


FEW = {"word": 5, "next": 2, "class": 12, "tag": 1, "start": 3, "end": 3}


def best(request: Request) -> list[Choice]:
    """What one may want explained: the best choices of every row, and what a click hid."""
    done = forward(replace(request, top=1))
    found = []
    for row in answers(request):
        order = [int(i) for i in np.argsort(-row.logits, kind="stable")[: FEW[row.kind]]]
        truth = done.encoded.truth.get(row.at) if row.kind == "word" else None
        found += [Target(row.kind, i, row.at) for i in dict.fromkeys([*order, *([] if truth is None else [truth])])]
    return [chosen(request, target) for target in found]


def chosen(request: Request, target: Target) -> Choice:
    """`target` must exist (target.check)."""
    done = forward(replace(request, top=1))
    at = target.at if target.kind in ("word", "tag") else 0
    rows = {(row.kind, row.at): row for row in answers(request)}
    row = rows.get((target.kind, at)) or Row(target.kind, at, done.logits[at])  # a tag inside a word
    logit, chance = (float(values[target.index]) for values in (row.logits, row.chances))
    return Choice(target, name(request, done, target), logit, chance, row.rule)


def name(request: Request, done: Pass, target: Target) -> str:
    if target.kind == "word":
        with store.using(request.model, open_bert) as bert:
            return spell(bert.tokenizer, target.index)
    if target.kind in ("start", "end"):
        return done.encoded.tokens.texts[target.index]
    return "" if target.kind == "next" else done.facts.labels[target.index]
