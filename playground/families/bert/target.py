"""One number a model gives, to be explained or watched: a word for a gap, a class, a tag, an end of an answer."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from playground.core.checks import whole
from playground.core.words import Wrong
from playground.families.bert.model import Bert
from playground.families.bert.trace import Pass

KINDS = {"word": "gap", "next": "gap", "class": "classes", "tag": "tags", "start": "answer", "end": "answer"}


@dataclass(frozen=True)
class Target:
    """`index` is chosen among: ids of the vocabulary, classes, tags, or positions of tokens (start, end);
    `at` is the token asked about (word, tag) and 0 elsewhere."""

    kind: str  # one of KINDS; "next": 0 follows, 1 does not
    index: int
    at: int = 0


def choices(bert: Bert, output: Any, target: Target) -> Tensor:
    """The logits among which the softmax is taken, [row choice], one row per text of the batch; keeps gradients."""
    if target.kind == "next":
        return output.seq_relationship_logits
    if target.kind in ("start", "end"):
        return getattr(output, f"{target.kind}_logits")
    logits = output.prediction_logits if bert.has_next else output.logits
    return logits if target.kind == "class" else logits[:, target.at]


def check(target: Target, done: Pass) -> None:
    """Raises Wrong for what this model and text do not have."""
    facts, count = done.facts, len(done.encoded.tokens)
    if KINDS.get(target.kind) != facts.use or (target.kind == "next" and done.is_next is None):
        raise Wrong("This model gives no such answer.", "这个模型不给出这样的回答。")
    most = {"word": facts.vocabulary, "next": 2, "start": count, "end": count}.get(target.kind, len(facts.labels))
    if not (whole(target.index, 0, most - 1) and whole(target.at, 0, count - 1)):
        raise Wrong(
            f"There is no such answer: choices are counted from 0 to {most - 1}, tokens from 0 to {count - 1}.",
            f"没有这个回答：选项编号为 0 到 {most - 1}，词元编号为 0 到 {count - 1}。",
        )


def usual(done: Pass) -> Target | None:
    """What a reader most likely asks about: the first choice for the first gap, else what the head says loudest.

    None where there is nothing to explain: no gap and no second text.
    """
    use, logits = done.facts.use, done.logits
    if use == "gap":
        if done.encoded.gaps:
            return Target("word", int(logits[0].argmax()), done.encoded.gaps[0])
        return None if done.is_next is None else Target("next", int(done.is_next < 0.5))
    if use == "classes":
        return Target("class", int(logits[0].argmax()))
    if use == "answer":
        return Target("start", int(logits[0].argmax()))
    return _tag(done)


def _tag(done: Pass) -> Target:
    """The surest tag that is not "O" (nothing), else that of the first word."""
    chances = np.exp(done.logits - done.logits.max(-1, keepdims=True))
    chances /= chances.sum(-1, keepdims=True)
    named = [i for i, label in enumerate(done.facts.labels) if label != "O"]
    words = [at for at, special in enumerate(done.encoded.tokens.special) if not special]
    best = max(words, key=lambda at: (int(done.logits[at].argmax()) in named, chances[at].max()))
    return Target("tag", int(done.logits[best].argmax()), best)
