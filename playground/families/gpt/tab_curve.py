"""What the page asks for the shots curve and for what each example of a prompt does."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from itertools import chain
from math import exp
from typing import Any

from playground.core import engine, limits
from playground.core.words import Wrong, shown
from playground.data import tasks
from playground.families import gpt
from playground.families.gpt import shots_file
from playground.families.gpt.shots import Example, Prompt, read

Question = dict[str, Any]
PLAN = ("task", "described", "drawn", "labels", "shots", "count", "orders", "seed")


def plan(question: Question) -> Any:
    """{prompt, task, asked, drawn, labels, shots, count, orders, seed}; what is left out has its default."""
    engine.ready()
    given = {name: question[name] for name in PLAN if name in question}
    if not isinstance(given.get("task", ""), str):
        raise Wrong("“task” must be text.", "“task”必须是文字。")
    for name in ("described", "drawn", "labels"):
        if not isinstance(given.get(name, True), bool):
            raise Wrong(f"“{name}” is true or false.", f"“{name}”只能是 true 或 false。")
    if "shots" in given:
        given["shots"] = tuple(given["shots"]) if isinstance(given["shots"], list) else ()
    return gpt.Plan(read(question["prompt"]), asked=pairs(question.get("asked", [])), **given)


def pairs(given: Any) -> tuple[Example, ...]:
    if not isinstance(given, list):
        raise Wrong("“asked” must be a list.", "“asked”必须是列表。")
    for pair in given:
        if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(text, str) for text in pair):
            raise Wrong("A question is two texts: what is given, and the answer.", "每个问题是两段文字：输入和答案。")
    return tuple(Example(given.strip(" "), answer.strip()) for given, answer in given)


def curve(question: Question) -> Iterator[bytes]:
    """A line of JSON for what is measured, one for each step, one for the speed at the end."""
    asked = plan(question)
    begun, count, steps = time.perf_counter(), 0, gpt.measured(asked)
    first = next(steps)  # what is wrong with the model or the prompt shows here, while we can still say so
    yield line(plan=about(asked))
    for step in chain((first,), steps):
        count = step.done
        yield line(
            step={
                "results": [result(one) for one in step.results],
                "point": point(step.point),
                "done": step.done,
                "prompts": step.prompts,
            }
        )
    yield line(done={"prompts": count, "seconds": time.perf_counter() - begun})


def about(asked: Any) -> dict[str, Any]:
    labels = asked.prompt.labels if asked.labels else ()
    return {
        "lines": gpt.curve_lines(asked),
        "shots": asked.shots,
        "draws": asked.draws,
        "labels": bool(labels),
        "guess": 1 / len(labels) if labels else None,
        "questions": len(gpt.curve_questions(asked, asked.shots[0])),
    }


def point(one: Any) -> dict[str, Any]:
    return {**asdict(one), "share": one.right / one.asked}


def result(one: Any) -> dict[str, Any]:
    prompt = one.asked.prompt
    return {
        "line": one.asked.line,
        "shots": one.asked.shots,
        "at": one.asked.at,
        "query": prompt.query,
        "answer": one.asked.answer,
        "said": one.said,
        "ended": one.ended,
        "right": one.right,
        "chance": one.chance,
        "cut": one.cut,
        "text": prompt.text(),
        "examples": [list(pair) for pair in prompt.examples],
        "description": prompt.description,
    }


def line(**said: Any) -> bytes:
    return json.dumps(said, allow_nan=False, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def curve_list(question: Question) -> Mapping[str, Any]:
    """A reader's evaluation list, from pasted cells or a CSV file."""
    rows = shots_file.table(question["text"], limits.TABLE_CHARS)["rows"]
    if len(rows) > (most := limits.CURVE_QUESTIONS):
        raise Wrong(
            f"This list has {len(rows):,} questions; up to {most} are asked.",
            f"这份列表有 {len(rows):,} 个问题，最多问 {most} 个。",
        )
    return {"rows": [list(row) for row in rows]}


# ---- what each example does


def subject(question: Question) -> Any:
    engine.ready()
    return gpt.settled(gpt.Subject(read(question["prompt"]), question.get("answer", "")))


def left_out(question: Question) -> Iterator[bytes]:
    """The answer's probability without each example and, if `wrong`, with it made wrong."""
    asked = subject(question)
    yield from changed(asked, [*gpt.left_out(asked), *(gpt.made_wrong(asked) if question.get("wrong") else [])])


def orders(question: Question) -> Iterator[bytes]:
    """The answer's probability with the examples in other orders."""
    asked = subject(question)
    given = {name: question[name] for name in ("most", "seed") if name in question}
    yield from changed(asked, gpt.orders(asked, **given))


def changed(asked: Any, changes: list[Any]) -> Iterator[bytes]:
    now = gpt.as_it_is(asked)
    yield line(about={"answer": asked.answer, "log": now, "chance": exp(now), "changes": len(changes)})
    for some in gpt.probed(asked, changes):
        yield line(found=[change(one, now) for one in some])


def change(one: Any, now: float) -> dict[str, Any]:
    """`by`: how much of the probability is lost by the change (negative: it gains)."""
    kind, *what = one.change.what
    return {"kind": kind, "what": what, "log": one.log, "chance": exp(one.log), "by": exp(now) - exp(one.log)}


def shots_seen(question: Question) -> Mapping[str, Any]:
    """Where the last token looks, example by example, in every head."""
    engine.ready()
    told = gpt.shots_seen(read(question["prompt"]))
    arrays = ("whole", "answers", "description", "query", "first")
    return {
        **{name: getattr(told, name).tolist() for name in arrays},
        "answer_tokens": told.answer_tokens,
        "head": told.head,
    }


VERBS: dict[str, Callable[[Question], Mapping[str, Any] | Iterator[bytes]]] = {
    "curve": curve,
    "curve_list": curve_list,
    "shots_without": left_out,
    "shots_orders": orders,
    "shots_seen": shots_seen,
}


def gpt_curve(task: str, model: str = "gpt/mini", shots: list[int] | None = None, count: int = 50) -> dict:
    """Accuracy on held-out questions of a ready task for each number of examples, with and without its description.

    The greedy continuation must equal the answer up to the end of the line; [low, high] is Wilson's 95 % interval.
    """
    engine.ready()
    if not isinstance(task, str) or task not in tasks.TASKS:
        known = ", ".join(tasks.MEASURED)
        raise Wrong(
            f"There is no ready task {shown(task, 40)!r}; there are {known}.", f"没有这个任务；可用的有：{known}。"
        )
    if not isinstance(shots, list | None):
        raise Wrong("“shots” must be a list.", "“shots”必须是列表。")
    prompt = Prompt(tasks.TASKS[task].descriptions[0], model=model)
    asked = gpt.Plan(prompt, task, shots=tuple(tasks.SHOTS if shots is None else shots), count=count)
    names = {"plain": "without_description", "told": "with_description"}
    found: dict[str, Any] = {name: [] for name in names.values()}
    for one in gpt.points(asked):
        found[names[one.line]].append(
            {"shots": one.shots, "right": one.right, "asked": one.asked, "low": one.low, "high": one.high}
        )
    return {"task": task, "model": model, **found}


API: tuple[Callable, ...] = (gpt_curve,)
