"""What the page asks for the view "Edit and run again"."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from playground.core import engine
from playground.core.checks import whole
from playground.families import gpt
from playground.families.gpt.tab_asked import request
from playground.nn.edits import edits_of
from playground.views import tokens
from playground.views.mattered import line

Question = dict[str, Any]
SHOWN = 8  # best before, and best after
NO_TEMPERATURE = ("bloom",)


def edited(question: Question) -> Any:
    """`edits`: {heads: [[layer, head, factor]], neurons: [[layer, neuron]], tokens: [[token, text]], ...}."""
    return gpt.Edited(request(question, top=1), edits_of(gpt.Edits, question.get("edits")))


def edit(question: Question) -> Mapping[str, Any]:
    """The next token before and after."""
    asked = edited(question)
    told, done = gpt.edit(asked), gpt.forward(asked.request)
    encoded = done.encoded
    watched = question.get("target")
    ids = shown(told, watched if whole(watched) else None)
    before, after = told.before[ids], told.after[ids]
    row = {
        "kind": "token",
        "at": 0,
        "ids": ids,
        "labels": [one.name for one in gpt.candidates(asked.request, ids)],
        "before": before.tolist(),
        "after": after.tolist(),
        "change": (after - before).tolist(),
        "logits": [values[ids].tolist() for values in told.logits],
        "first": [int(np.argmax(told.before)), int(np.argmax(told.after))],
        "moved": told.moved,
    }
    return {
        "layers": done.facts.layers,
        "heads": done.facts.heads,
        "temperature": done.facts.kind not in NO_TEMPERATURE,
        "tokens": tokens.payload(encoded.tokens, done.facts.positions),
        "choices": [asdict(one) for one in gpt.best_next(asked.request)],
        "rows": [row],
        "lost": 0,
        "texts": told.texts,
        "neurons": told.neurons,
        "cut": told.cut,
    }


def shown(told: Any, watched: int | None) -> list[int]:
    best = [np.argsort(-side, kind="stable")[:SHOWN] for side in (told.before, told.after)]
    ids = {int(i) for side in best for i in side}
    if watched is not None and 0 <= watched < len(told.before):
        ids.add(watched)
    return sorted(ids, key=lambda i: -told.before[i])


def sweep(question: Question) -> Iterator[bytes]:
    """A line of JSON for what is watched, then one for each few parts of a layer: its heads, attention, MLP, itself."""
    asked, chance = gpt.aimed(gpt.Sweep(edited(question), question.get("target")))
    facts = gpt.forward(asked.edited.request).facts
    assert asked.target is not None  # settled by `aimed`
    target = gpt.candidates(asked.edited.request, [asked.target])[0]
    yield line(about={"target": {**asdict(target), "chance": chance}, "layers": facts.layers, "heads": facts.heads})
    for one in gpt.sweeping(asked):
        change = (one.chances - chance).tolist()
        yield line(layer=one.layer, first=one.first, chances=one.chances.tolist(), change=change)


def neurons(question: Question) -> Mapping[str, Any]:
    """The neurons that hold the target up, or down, most."""
    asked, chance = gpt.aimed(gpt.Sweep(edited(question), question.get("target")))
    found = [{**asdict(one), "change": one.chance - chance} for one in gpt.neurons(asked)]
    assert asked.target is not None
    target = gpt.candidates(asked.edited.request, [asked.target])[0]
    return {"target": {**asdict(target), "chance": chance}, "neurons": found}


def shares(question: Question) -> Mapping[str, Any]:
    """What every part of the model adds to the target's logit."""
    asked = edited(question)
    told = gpt.logit_shares(gpt.Share(asked, question.get("target"), question.get("against")))
    names = gpt.candidates(asked.request, [told.target, *([] if told.against is None else [told.against])])
    return {
        "target": asdict(names[0]),
        "against": asdict(names[1]) if len(names) > 1 else None,
        "embedding": told.embedding,
        "heads": told.heads.tolist(),
        "biases": told.biases.tolist(),
        "mlps": told.mlps.tolist(),
        "constant": told.constant,
        "total": told.total,
        "logit": told.logit,
    }


def gpt_edit(text: str, edits: dict[str, Any], model: str = "gpt/mini") -> dict:
    """The next token before and after changes: heads, attentions, mlps, layers, neurons, tokens (counted from 0).

    For example {"heads": [[0, 1, 0]], "neurons": [[2, 17]], "tokens": [[3, "dog"]], "mean": true}.
    """
    engine.ready()
    told = edit({"text": text, "model": model, "edits": edits})
    return {name: told["rows"][0][name] for name in ("labels", "ids", "before", "after", "change", "moved")}


VERBS: dict[str, Callable[[Question], Mapping[str, Any] | Iterator[bytes]]] = {
    "edit": edit,
    "sweep": sweep,
    "neurons": neurons,
    "shares": shares,
}
API: tuple[Callable, ...] = (gpt_edit,)
