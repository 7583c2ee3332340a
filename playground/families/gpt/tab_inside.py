"""What the page asks of attention, opened: one weight, one head step by step, the way to the words, the cache."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from playground.families import gpt
from playground.families.gpt.tab_asked import request
from playground.views import attention, frame, head

Question = dict[str, Any]


def arithmetic(question: Question) -> Mapping[str, Any]:
    """One weight, opened: layer, head, query and key, counted from 0."""
    layer, one, query, key = (question.get(name, 0) for name in ("layer", "head", "query", "key"))
    return attention.arithmetic(gpt.arithmetic(gpt.Look(request(question, top=1), layer, one, query, key)))


def place(question: Question) -> Any:
    return gpt.Place(request(question, top=1), *(question.get(name, 0) for name in ("layer", "head", "query")))


def one_head(question: Question) -> Iterator[bytes]:
    """One head and the looking token's way through the layer; `key`: a token to show among what it takes."""
    asked = place(question)
    yield head.opened(gpt.inside(asked), asked, question.get("key", -1))


def term(question: Question) -> Mapping[str, Any]:
    """One number of a step, spelled out."""
    where: list[Any] = [question.get(name) for name in ("step", "row", "column")]
    return head.spelled(gpt.term(gpt.Term(place(question), *where)))


def readout(question: Question) -> Iterator[bytes]:
    """The token `query` from layer to layer, and what the last one says comes next."""
    told = gpt.readout(gpt.Readout(request(question, top=1), question.get("query", 0), question.get("word", -1)))
    about = {
        "ids": told.ids,
        "words": told.words,
        "logits": told.logits.tolist(),
        "chances": told.chances.tolist(),
        "centred": told.centred,
        "difference": told.difference,
        "compared": told.compared,
    }
    arrays = {name: array for name in ("states", "normed", "narrow") if (array := getattr(told, name)) is not None}
    yield head.readout(about, told.norm, arrays)


def cache(question: Question) -> Iterator[bytes]:
    """What is kept of every token; `layer` and `head` (a key head): whose keys and values come in full."""
    told = gpt.cache(gpt.Caching(request(question, top=1), question.get("layer", 0), question.get("head", 0)))
    facts = told.facts
    about = {
        **{name: getattr(facts, name) for name in ("layers", "heads", "key_heads", "width", "positions")},
        "held": [gpt.held(told.bounds, facts, count + 1) for count in range(len(told.keys))],
        "full": gpt.held(told.bounds, facts, facts.positions),
        "bounds": told.bounds,
        "cached": told.cached.tolist(),
        "plain": told.plain.tolist(),
    }
    names = ("keys", "values", "key_sizes", "value_sizes")
    yield frame.payload(about, {name: getattr(told, name).astype(np.float32) for name in names})


def cache_times(question: Question) -> Iterator[bytes]:
    """Seconds per token with the cache and without, measured now: a frame for each place in the text."""
    for timing in gpt.timings(request(question, top=1)):
        yield frame.payload(asdict(timing), {})


VERBS: dict[str, Callable[[Question], Mapping[str, Any] | Iterator[bytes]]] = {
    "arithmetic": arithmetic,
    "head": one_head,
    "head_term": term,
    "head_words": readout,
    "cache": cache,
    "cache_times": cache_times,
}


def gpt_head(text: str, model: str = "gpt/mini", layer: int = 0, head: int = 0, token: int = 0) -> dict:
    """One head for one looking token: query and key vectors as they are multiplied, scores, weights, what it takes and
    adds; layer, head and token are counted from 0. The largest difference to the model's own numbers is told."""
    told = gpt.inside(gpt.Place(request({"text": text, "model": model}, top=1), layer, head, token))
    one, row = told.head, token - told.around[0]
    arrays: dict[str, np.ndarray] = {
        "query": one.queries[row], "keys": one.keys, "values": one.values, "scores": one.scores[row],
        "weights": one.weights[row], "mixed": one.mixed[row], "share": told.steps.heads.shares[head, 0],
    }  # fmt: skip
    return {**{name: array.tolist() for name, array in arrays.items()}, "difference": max(told.differences.values())}


def gpt_cache(text: str, model: str = "gpt/mini") -> dict:
    """What the key/value cache of this text holds, in numbers and bytes (float32), and the multiplications for its last
    token with the cache and without."""
    told = gpt.cache(gpt.Caching(request({"text": text, "model": model}, top=1)))
    numbers = gpt.held(told.bounds, told.facts, len(told.keys))
    return {
        "tokens": len(told.keys),
        "numbers": numbers,
        "bytes": 4 * numbers,
        "with_cache": int(told.cached[-1]),
        "without_cache": int(told.plain[-1]),
    }


API: tuple[Callable, ...] = (gpt_head, gpt_cache)
