"""What the page asks for the view "Which words mattered"."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from playground.core.words import Wrong
from playground.families import bert
from playground.families.bert.tab_asked import request
from playground.views import mattered as views
from playground.views import tokens

Question = dict[str, Any]


def target(given: Any) -> Any:
    """{kind, index, at}, or None for what one most likely asks about. Raises Wrong."""
    if given is None:
        return None
    if not isinstance(given, dict) or not isinstance(given.get("kind"), str):
        raise Wrong("What is asked about has a kind, an index and a place.", "所问的内容需要有种类、编号和位置。")
    return bert.Target(given["kind"], given.get("index", 0), given.get("at", 0))


def why(question: Question) -> Any:
    given = {name: question[name] for name in ("steps", "baseline") if name in question}
    return bert.settled(bert.Why(request(question, top=1), target(question.get("target")), **given))


def mattered(question: Question) -> Iterator[bytes]:
    """A line of JSON for each thing that is ready: what is asked, steps, scores, how far those so far agree."""
    asked = why(question)
    return views.stream(
        about(asked),
        bert.mattering(asked),
        lambda: bert.ends(asked),
        lambda scores, words: bert.accord(asked, scores, words),
        ("tokens", "words"),
    )


def about(asked: Any) -> dict[str, Any]:
    done, told = bert.forward(asked.request), bert.subject(asked)
    encoded = done.encoded
    return {
        "target": choice(told),
        "choices": [choice(one) for one in bert.best(asked.request)],
        "tokens": tokens.payload(encoded.tokens, done.facts.positions),
        "chips": tokens.chips(encoded.tokens, encoded.words, encoded.gaps),
        "gaps": encoded.gaps,
        "steps": asked.steps,
        "baseline": asked.baseline,
    }


def choice(one: Any) -> dict[str, Any]:
    return {**asdict(one.target), "name": one.name, "logit": one.logit, "chance": one.chance, "rule": one.rule}


VERBS: dict[str, Callable[[Question], Mapping[str, Any] | Iterator[bytes]]] = {"mattered": mattered}
