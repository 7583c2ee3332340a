"""What the page asks for the way "Few-shot prompt", but for what is measured on it (tab_curve)."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from math import exp
from typing import Any

from playground.core import engine, limits, store
from playground.core.chances import softmax
from playground.core.words import Wrong, shown
from playground.data.layouts import Layout
from playground.families import gpt
from playground.families.gpt import ready, shots_file
from playground.families.gpt.shots import read
from playground.ui.door import Verb
from playground.views import prompts

Question = dict[str, Any]
FIRST = "task-plural"


def asked(question: Mapping[str, Any]) -> Any:
    """The page's question as gpt.Posed: {prompt, ends}."""
    engine.ready()
    ends = question.get("ends", False)
    if not isinstance(ends, bool):
        raise Wrong("“ends” is true or false.", "“ends”只能是 true 或 false。")
    return gpt.Posed(read(question["prompt"]), ends)


def preview(question: Question) -> Mapping[str, Any]:
    """How the model reads the prompt, before it is asked."""
    wanted = asked(question).prompt
    fit, seen = gpt.fitted(wanted), gpt.tokens_of(wanted)
    return {
        "prompt": wanted.payload(),
        "text": wanted.text(),
        "parts": prompts.parts(gpt.ranges(wanted), seen, fit.start),
        "ids": seen.ids,
        "fitted": {name: getattr(fit, name) for name in ("start", "tokens", "most", "positions")},
    }


def answer(question: Question) -> Mapping[str, Any]:
    """What the prompt is answered, and how the model reads it; `asked` is the question for the views inside."""
    from playground.families.gpt import tab  # which brings these verbs to the page

    wanted = asked(question)
    told, model = gpt.answer(wanted), wanted.prompt.model
    request = {"text": told.fitted.text, "model": model, "more": []}
    return {
        **preview(question),
        "asked": request,
        "answer": tab.ask(request),
        "written": {**asdict(told.written), "most": told.room},
        "labels": _labels(wanted, told.scored),
        "stop": wanted.prompt.stop,
        "code": gpt.shots_program(wanted, store.where(model), store.beside(model)),
    }


def _labels(wanted: Any, scored: Any) -> dict[str, Any] | None:
    """Of each allowed answer: tokens, log-probabilities, and its share by the sum and by the mean per token."""
    if not scored:
        return None
    return {
        "labels": wanted.prompt.labels,
        "tokens": scored.tokens,
        "logs": [row.tolist() for row in scored.logs],
        "chances": _exp(scored.sums),
        "sum": softmax(scored.sums).tolist(),
        "mean": softmax(scored.means).tolist(),
        "nested": list(gpt.prefixes(scored.ids)),
    }


def _exp(values: Any) -> list[float]:
    return [exp(value) for value in values]


def calibrated(question: Question) -> Mapping[str, Any]:
    """The shares divided by those of a question that says nothing, and those."""
    wanted = asked(question)
    if not wanted.prompt.labels:
        raise Wrong("Calibration needs a list of allowed answers.", "校准需要一份允许的答案列表。")
    return {
        "calibrated": gpt.calibrated(wanted).tolist(),
        "bias": gpt.bias(wanted).tolist(),
        "queries": gpt.CONTENT_FREE,
    }


def start(question: Question) -> Mapping[str, Any]:
    """A ready task for the builder."""
    key = question["key"]
    found = ready.ready(key) if isinstance(key, str) else None
    if not found:
        raise Wrong(f"There is no ready task “{shown(key)}”.", f"没有名为“{shown(key)}”的现成任务。")
    return found.payload()


def table(question: Question) -> Mapping[str, Any]:
    return shots_file.table(question["csv"])


def save(question: Question) -> Mapping[str, Any]:
    return {"json": shots_file.saved(question["builder"])}


def opened(question: Question) -> Mapping[str, Any]:
    return shots_file.opened(question["text"])


def checked(question: Question) -> Mapping[str, Any]:
    """What an address brings, made safe."""
    return shots_file.builder(question["builder"])


def gpt_shots(
    description: str = "",
    examples: list | None = None,
    query: str = "",
    labels: list | None = None,
    model: str = "gpt/mini",
    before: str = Layout.before,
    middle: str = Layout.middle,
    after: str = Layout.after,
    ends: bool = False,
) -> dict:
    """What a few-shot prompt is answered; with labels, the probability of each in three ways.

    One example, a pair [input, answer], is laid out as before + input + middle + " " + answer + after.
    """
    engine.ready()
    layout = {"before": before, "middle": middle, "after": after}
    given = {
        "description": description, "examples": examples or [], "query": query, "labels": labels or [], "model": model,
        "layout": layout,
    }  # fmt: skip
    wanted = asked({"prompt": given, "ends": ends})
    told = gpt.answer(wanted)
    out = {
        "prompt": told.fitted.text,
        "cut": told.fitted.start,
        "answer": told.written.text,
        "tokens": told.written.tokens,
        "chances": told.written.chances,
        "ended": told.written.ended,
    }
    if told.scored:
        out["labels"] = {**_labels(wanted, told.scored), "calibrated": gpt.calibrated(wanted).tolist()}  # type: ignore[dict-item]
    return out


VERBS: dict[str, Verb] = {
    "shots": answer,
    "shots_preview": preview,
    "shots_calibrated": calibrated,
    "shots_start": start,
    "shots_table": table,
    "shots_save": save,
    "shots_open": opened,
    "shots_checked": checked,
}
API: tuple[Callable, ...] = (gpt_shots,)


def value() -> dict[str, Any]:
    """What the page knows before it asks."""
    first = ready.ready(FIRST)
    assert first
    return {
        "first": {**shots_file.builder({**first.payload(), "model": gpt.FAMILY.embedded[0]}), **first.payload()},
        "ready": ready.offered(),
        "presets": ready.presets(),
        "limits": {"examples": limits.SHOTS, "labels": limits.SHOTS_LABELS, "layout": limits.SHOTS_LAYOUT},
    }
