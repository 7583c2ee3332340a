"""What the page asks for the story of the three papers: GPT-1's inputs, GPT-2's measure of a text, sizes."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from playground.core import engine, limits
from playground.families import gpt
from playground.families.gpt import story
from playground.families.gpt.tab_asked import request
from playground.ui.door import Verb

Question = dict[str, Any]


def shape(question: Question) -> Any:
    engine.ready()
    given = {name: question[name] for name in ("task", "texts", "labels", "model") if name in question}
    for name in ("texts", "labels"):
        if isinstance(given.get(name), list):
            given[name] = tuple(given[name])
    return gpt.Shape(**{"task": "", "texts": (), **given})


def inputs(question: Question) -> Mapping[str, Any]:
    """Rows of tokens, the state at each extract token, and the answers by likelihood."""
    asked = shape(question)
    told = gpt.shaped(asked)
    return {
        "asked": asdict(asked),
        "rows": [row(one) for one in told.rows],
        "sum": None if told.sum is None else rounded(told.sum),
        "scores": [{**asdict(one), "mean": one.mean} for one in told.scores],
        "shares": None if told.shares is None else told.shares.tolist(),
        "chosen": None if told.shares is None else int(told.shares.argmax()),
    }


def row(one: Any) -> dict[str, Any]:
    return {"pieces": [asdict(piece) for piece in one.pieces], "state": rounded(one.state)}


def rounded(values: Any) -> list[float]:
    return [float(f"{value:.4g}") for value in values]


def head(question: Question) -> Mapping[str, Any]:
    """A head fitted on the built-in opinions, how often it is right on those it did not see, and what it says here."""
    asked = shape(question)
    told = gpt.shaped(asked)
    fitted = gpt.opinion_head(asked.model)
    return {
        "chance": fitted.chance(told.rows[0].state.astype(float)),
        "right": fitted.right(fitted.held),
        "before": fitted.right(fitted.earlier),
        "all": len(fitted.good),
        "seen": fitted.seen,
        "sentences": [
            {"text": text, "good": good, "chance": float(chance)}
            for text, good, chance in zip(fitted.sentences, fitted.good, fitted.held, strict=True)
        ],
    }


def losses(question: Question) -> Mapping[str, Any]:
    """How well each token of a text was foretold."""
    told = gpt.losses(request(question, top=1))
    return {
        "tokens": told.tokens,
        "nats": rounded(told.nats),
        "ranks": told.ranks.tolist(),
        "cut": told.cut,
        "perplexity": told.perplexity,
        "word": told.per_word,
        "bits": told.bits_per_byte,
    }


def last(question: Question) -> Mapping[str, Any]:
    """The last word of a text: how probable it was, and which word the model would have said."""
    told = gpt.last_word(request(question, top=1))
    return {**asdict(told), "chance": told.chance}


def size(question: Question) -> Mapping[str, Any]:
    """The model at hand, counted."""
    facts, positions = gpt.at_hand(request(question, top=1).model)
    parts = None
    if facts.kind == "gpt2":
        parts = story.count(facts.vocabulary, positions, facts.layers, facts.features)
    return {
        **asdict(facts),
        "context": positions or None,
        "ratio": story.LARGEST / facts.parameters,
        "parts": parts,
        "counted": sum(parts.values()) if parts else None,
        "memory": story.memory(facts.parameters, facts.layers, facts.key_heads * facts.width, facts.positions),
    }


def count(question: Question) -> Mapping[str, Any]:
    """The weights of a GPT-2 of the shape asked for."""
    given = {name: question[name] for name in ("vocabulary", "positions", "layers", "width")}
    parts = story.count(**given)
    total = sum(parts.values())
    return {
        "parts": parts,
        "total": total,
        "memory": story.memory(total, given["layers"], given["width"], given["positions"]),
    }


VERBS: dict[str, Verb] = {
    "story_inputs": inputs,
    "story_head": head,
    "story_losses": losses,
    "story_last": last,
    "story_size": size,
    "story_count": count,
}


def gpt_perplexity(text: str, model: str = "gpt/mini") -> dict:
    """How well a text was foretold: perplexity per token and per word, bits per byte, and the loss of each token."""
    engine.ready()
    told = losses({"text": text, "model": model})
    return {**told, "text": text, "model": model}


def gpt_inputs(task: str, texts: list[str], labels: list[str] | None = None, model: str = "gpt/mini") -> dict:
    """The token rows of GPT-1 for a task (classify, entail, similar or choose) and its answers by likelihood."""
    return dict(inputs({"task": task, "texts": texts, "labels": labels or [], "model": model}))


API: tuple[Callable, ...] = (gpt_perplexity, gpt_inputs)


def value() -> dict[str, Any]:
    """What the page knows before it asks."""
    return {
        "model": gpt.FAMILY.embedded[0],
        "examples": [asdict(example) for example in story.EXAMPLES],
        "zero": [zero(one) for one in story.ZERO],
        "sizes": [{**asdict(one), "data": one.data.payload(), "counted": one.counted} for one in story.SIZES],
        "most": story.MOST,
        "chars": limits.TEXT_CHARS,
    }


def zero(one: story.Zero) -> dict[str, Any]:
    told = {name: getattr(one, name).payload() for name in ("name", "say", "paper")}
    return {"key": one.key, "prompt": one.prompt, "tokens": one.tokens, "line": one.line, **told}
