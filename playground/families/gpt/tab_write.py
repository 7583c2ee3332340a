"""What the page asks for writing on: a text streamed token by token, a beam search streamed step by step."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from playground.core import engine, limits
from playground.families import gpt
from playground.families.gpt import program
from playground.families.gpt.tab_asked import request
from playground.views import tokens

Question = dict[str, Any]


def line(**said: Any) -> bytes:
    return json.dumps(said, allow_nan=False, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def writing(question: Question) -> Any:
    given = {name: question[name] for name in ("tokens", "line") if name in question}
    settings = gpt.settings(question.get("settings", {}))
    return gpt.Writing(request(question, top=1), settings, **given)


def write(question: Question) -> Iterator[bytes]:
    """A line of JSON for each piece: what is read, the tokens written, why it ended and the program that does it."""
    asked = writing(question)
    stream: Iterator[Any] = gpt.write(asked)
    begun, ids = next(stream), []
    yield line(begun=opening(begun))
    for piece in stream:
        if isinstance(piece, int):
            yield line(read=piece)
        elif isinstance(piece, list):
            ids += [one.id for one in piece]
            yield line(told=[row(one) for one in piece])
        else:
            text = gpt.whole_text(asked.request.model, (*begun.tokens.ids, *ids))
            yield line(ended={**asdict(piece), "text": text, "code": program.write(asked, begun)})


def opening(begun: Any) -> dict[str, Any]:
    """What was read; `asked` is the question whose views show the very tokens that stand before what is written."""
    asked = begun.request
    return {
        "asked": {name: getattr(asked, name) for name in ("text", "more", "model", "start", "chat")},
        "tokens": tokens.payload(begun.tokens, begun.positions),
        "left_out": begun.left_out,
        "cut": begun.cut,
        "lead": begun.lead,
        "new": begun.new,
    }


def row(one: Any) -> list[Any]:
    """A token, short: a text has many."""
    drawn = None if one.drawn is None else short(one.drawn)
    others = [[id, piece, short(chance)] for id, piece, chance in one.others]
    return [one.id, one.piece, one.text, short(one.chance), one.rank, drawn, round(one.entropy, 4), others]


def short(chance: float) -> float:
    return float(f"{chance:.6g}")


def write_code(question: Question) -> Mapping[str, Any]:
    """The text and the program for a text that was stopped: it has as many tokens as were written."""
    asked = writing(question)
    done = gpt.begun(asked)
    return {"code": program.write(asked, done)}


def read(question: Question) -> Mapping[str, Any]:
    """What the model thought of each token of a text it was given, from the second on; or only of the `last` ones."""
    last = question.get("last")
    if last is not None:
        gpt.check_count(last, limits.GPT_TOKENS)
    return {"told": [row(one) for one in gpt.read_back(request(question, top=1), last)]}


def count(question: Question) -> Mapping[str, Any]:
    """How many tokens a text has, and what is known of the model that counted them."""
    return gpt.sizes(request(question, top=1))


def searching(question: Question) -> Any:
    given = {name: question[name] for name in ("width", "steps", "penalty") if name in question}
    return gpt.Searching(request(question, top=1), **given)


def beams(question: Question) -> Iterator[bytes]:
    """A line of JSON for each step: every candidate, best first; last the texts found, best first."""
    asked = searching(question)
    stream: Iterator[Any] = gpt.search(asked)
    begun = next(stream)
    yield line(begun=opening(begun))
    for piece in stream:
        if hasattr(piece, "nodes"):
            yield line(step=[asdict(node) for node in piece.nodes])
        else:
            yield line(found={**asdict(piece), "code": program.search(asked, begun)})


def gpt_write(
    text: str,
    model: str = "gpt/mini",
    tokens: int = 64,
    temperature: float = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
    min_p: float = 0.0,
    typical_p: float = 1.0,
    repetition_penalty: float = 1.0,
    greedy: bool = False,
    seed: int = 0,
    start: bool = False,
    chat: bool = False,
    line: bool = False,
) -> dict:
    """The text written on, each new token with its probability and rank, and the program that writes the same."""
    engine.ready()
    gpt.check_count(tokens, limits.GPT_API_TOKENS)
    settings = gpt.Settings(temperature, top_k, top_p, min_p, typical_p, repetition_penalty, greedy, seed)
    asked = gpt.Writing(gpt.Request(text, model, start=start, chat=chat, top=1), settings, tokens, line)
    done = gpt.written(asked)
    return {
        "text": done.text,
        "new": "".join(one.text for one in done.told),
        "tokens": [known(one) for one in done.told],
        "why": done.ended.why,
        "cut": done.begun.cut,
        "model": model,
        "settings": asdict(settings),
        "code": program.write(asked, done.begun),
    }


def known(one: Any) -> dict[str, Any]:
    names = ("id", "piece", "text", "chance", "rank", "drawn", "entropy")
    return {**{name: getattr(one, name) for name in names}, "others": one.others}


def gpt_beams(
    text: str,
    model: str = "gpt/mini",
    width: int = 4,
    steps: int = 12,
    penalty: float = 1.0,
    start: bool = False,
    chat: bool = False,
) -> dict:
    """The texts a beam search finds, best first, every candidate of every step, and the program that finds the same."""
    engine.ready()
    asked = gpt.Searching(gpt.Request(text, model, start=start, chat=chat, top=1), width, steps, penalty)
    begun, made, last = gpt.found(asked)
    return {
        "found": [asdict(one) for one in last.best],
        "steps": [[asdict(node) for node in step.nodes] for step in made],
        "cut": begun.cut,
        "code": program.search(asked, begun),
    }


VERBS: dict[str, Callable[[Question], Any]] = {
    "write": write,
    "beams": beams,
    "read": read,
    "count": count,
    "write_code": write_code,
}
API: tuple[Callable, ...] = (gpt_write, gpt_beams)
