"""What the page asks for the view "Which tokens mattered"."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from playground.core import engine
from playground.core.words import Wrong
from playground.families import gpt
from playground.families.gpt.tab_asked import request
from playground.views import mattered as views
from playground.views import tokens

Question = dict[str, Any]
GIVEN = ("target", "against", "steps", "baseline", "absent")


def asked(question: Question) -> Any:
    given = {name: question[name] for name in GIVEN if name in question}
    return gpt.settle_why(gpt.Why(request(question, top=1), **given))


def mattered(question: Question) -> Iterator[bytes]:
    """A line of JSON for each thing that is ready: what is asked, steps, scores, how far those so far agree."""
    why = asked(question)
    return views.stream(
        about(why),
        gpt.mattering(why),
        lambda: gpt.why_ends(why),
        lambda scores, words: gpt.why_accord(why, scores, words),
        ("tokens", "words"),
    )


def about(why: Any) -> dict[str, Any]:
    done = gpt.forward(why.request)
    encoded = done.encoded
    target, *against = gpt.candidates(why.request, [why.target, *([] if why.against is None else [why.against])])
    return {
        "target": asdict(target),
        "against": asdict(against[0]) if against else None,
        "choices": [asdict(one) for one in gpt.best_next(why.request)],
        "tokens": tokens.payload(encoded.tokens, done.facts.positions),
        "chips": tokens.chips(encoded.tokens, gpt.spoken(why.request), ()),
        "gaps": (),
        "start": done.facts.start,
        "steps": why.steps,
        "baseline": why.baseline,
        "absent": why.absent,
    }


def candidate(question: Question) -> Mapping[str, Any]:
    """The first token of what was typed, as a candidate for what comes next, and how many tokens that makes."""
    typed = question.get("typed")
    if not isinstance(typed, str) or len(typed) > 200:
        raise Wrong("Type a word of up to 200 characters.", "请输入至多 200 个字符的词。")
    one, count = gpt.first_of(request(question, top=1), typed)
    return {**asdict(one), "tokens": count}


def gpt_mattered(
    text: str, target: int = -1, against: int = -1, method: str = "occlusion", model: str = "gpt/mini"
) -> dict:
    """What each token of the text did for a token's logit after it (-1: the first choice; `against`: the difference).

    `method`: rollout, valued, gradient, integrated or occlusion.
    """
    engine.ready()
    if not isinstance(method, str) or method not in gpt.WHY_WAYS:
        raise Wrong(f"A method is one of: {', '.join(gpt.WHY_WAYS)}.", f"方法只能是：{'、'.join(gpt.WHY_WAYS)}。")
    none = lambda id: None if id == -1 else id  # noqa: E731
    why = gpt.settle_why(gpt.Why(gpt.Request(text, model, top=1), none(target), none(against)))
    assert why.target is not None  # settled
    told, aim = gpt.why_score(why, method), gpt.candidates(why.request, [why.target])[0]
    return {
        "target": asdict(aim),
        "tokens": gpt.forward(why.request).encoded.tokens.texts,
        "scores": told.tokens.tolist(),
    }


VERBS: dict[str, Callable[[Question], Mapping[str, Any] | Iterator[bytes]]] = {
    "mattered": mattered,
    "candidate": candidate,
}
API: tuple[Callable, ...] = (gpt_mattered,)
