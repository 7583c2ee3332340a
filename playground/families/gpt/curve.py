"""How often a prompt brings the right answer, for 0, 1, 2, ... examples: the model's own figure 1.2 of the GPT-3 paper.

from playground.families.gpt import Plan, Prompt, points
points(Plan(Prompt(), task="plural"))

Brown et al., "Language Models are Few-Shot Learners" (2020); how much the order of the examples does: Lu et al.,
"Fantastically Ordered Prompts" (2022). Intervals: Wilson (1927), 95 %.
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from math import sqrt
from typing import TypeVar

import numpy as np

from playground.core import limits, store
from playground.core.checks import whole
from playground.core.words import Wrong
from playground.data import tasks
from playground.families.gpt import batches
from playground.families.gpt.labels import continued, fitted
from playground.families.gpt.model import open_gpt
from playground.families.gpt.shots import Example, Prompt

T = TypeVar("T")
PLAIN, TOLD = "plain", "told"  # lines of the figure: without and with the description; other orders are "order 1", ...
MOST_SHOTS = 16
MOST_ORDERS = 10
Z = 1.959963984540054  # 97.5 % of a normal distribution lie below


@dataclass(frozen=True)
class Plan:
    """What is to be measured. The description, layout, allowed answers and model are those of `prompt`.

    Questions: held-out ones of the ready task `task`; else `asked`; else the prompt's own examples, each asked with the
    others in front. Examples: `drawn` anew for each question of a task, as in the paper; else the prompt's own.
    """

    prompt: Prompt
    task: str = ""
    asked: tuple[Example, ...] = ()
    drawn: bool = True
    labels: bool = False  # the most probable allowed answer counts; else what is written up to the end of the line
    shots: tuple[int, ...] = tasks.SHOTS
    count: int = 50  # questions of a task
    orders: int = 0  # other orders of the same examples
    described: bool = True  # they are told the description, if there is one
    seed: int = 0

    def __post_init__(self) -> None:
        _check(self)
        put = object.__setattr__
        put(self, "asked", tuple(Example(*pair) for pair in self.asked))
        put(self, "shots", _possible(self))
        _check_answers(self)

    @property
    def draws(self) -> bool:
        """The examples are the task's own. Those of a dictionary must be: its questions ask for one of them."""
        return bool(self.task) and (self.drawn or looked_up(self.task))


@cache
def looked_up(task: str) -> bool:
    """Its answers stand in the examples and nowhere else."""
    shots, query = tasks.question(tasks.TASKS[task], 2, 0)
    return query in shots


@dataclass(frozen=True)
class Asked:
    """One question of one point of the figure."""

    line: str
    shots: int
    at: int  # number of the question, from 0
    prompt: Prompt
    answer: str


@dataclass(frozen=True)
class Result:
    asked: Asked
    said: str
    ended: bool  # False: the line was too long to be heard out
    right: bool
    chance: float | None  # of what was said among the allowed answers; None if anything may be said
    cut: int  # tokens at the prompt's beginning that found no room


@dataclass(frozen=True)
class Point:
    """`right` of the `asked` so far; the interval holds the true share in 95 % of such measurements."""

    line: str
    shots: int
    right: int
    asked: int
    of: int
    low: float
    high: float
    cut: int  # prompts that lost their beginning


@dataclass(frozen=True)
class Step:
    results: tuple[Result, ...]  # new ones, all of one point
    point: Point
    done: int  # prompts asked, each once, however many points it belongs to
    prompts: int


def wilson(right: int, asked: int) -> tuple[float, float]:
    """The 95 % interval of a share.

    >>> [round(end, 3) for end in wilson(9, 10)]
    [0.596, 0.982]
    """
    if not asked:
        return 0.0, 1.0
    share, part = right / asked, Z * Z / asked
    middle, half = share + part / 2, Z * sqrt(share * (1 - share) / asked + part / asked / 4)
    return max(0.0, (middle - half) / (1 + part)), min(1.0, (middle + half) / (1 + part))


# ---- the questions


def curve_lines(plan: Plan) -> list[str]:
    own = [PLAIN, TOLD] if plan.prompt.description else [PLAIN]
    return [*own, *(f"order {i}" for i in range(1, plan.orders + 1))]


def curve_questions(plan: Plan, shots: int, line: str = PLAIN) -> list[tuple[tuple[Example, ...], Example]]:
    """(examples, question). In another order the examples are shuffled before the first so many are taken."""
    if plan.draws:
        drawn = _drawn(plan.task, shots if looked_up(plan.task) else tasks.SHOTS[-1], plan.count)
        return [(_mixed(plan, line, examples[:shots], query), query) for examples, query in drawn]
    own = _mixed(plan, line, enumerate(plan.prompt.examples), "")

    def before(query: int) -> tuple[Example, ...]:
        return tuple(example for at, example in own if at != query)[:shots]

    if plan.task:
        return [(before(-1), query) for _, query in _drawn(plan.task, tasks.SHOTS[-1], plan.count)]
    if plan.asked:
        return [(before(-1), query) for query in plan.asked]
    return [(before(at), query) for at, query in enumerate(plan.prompt.examples)]


@lru_cache(64)
def _drawn(task: str, shots: int, count: int) -> list[tuple[tuple[Example, ...], Example]]:
    """The held-out questions of a task. Fewer examples are the first of more, but for what is looked up in them."""
    return [
        (tuple(Example(shot.given, shot.answer) for shot in examples), Example(query.given, query.answer))
        for examples, query in tasks.questions(task, shots, count)
    ]


def _mixed(plan: Plan, line: str, examples: Iterable[T], about: object) -> tuple[T, ...]:
    """In the order that the name of the line and the seed tell; as they are on the first two lines."""
    found = list(examples)
    if line not in (PLAIN, TOLD):
        random.Random(f"{plan.seed} {line} {about}").shuffle(found)
    return tuple(found)


def point_of(plan: Plan, line: str, shots: int) -> list[Asked]:
    """The prompts of one point."""
    told = line == TOLD or (line != PLAIN and plan.described)
    base = replace(plan.prompt, examples=(), description=plan.prompt.description if told else "")
    return [
        Asked(line, shots, at, replace(base, examples=examples, query=query.given), query.answer)
        for at, (examples, query) in enumerate(curve_questions(plan, shots, line))
    ]


# ---- the measurement


def measured(plan: Plan) -> Iterator[Step]:
    """Point after point, in steps of bounded work. What two points ask alike is asked once. Raises Wrong."""
    if plan.labels:
        fitted(plan.prompt)  # refuses an allowed answer that is too long for the model
    rows = [point_of(plan, line, shots) for line in curve_lines(plan) for shots in plan.shots]
    rows.sort(key=lambda row: (row[0].line not in (PLAIN, TOLD), row[0].line in (PLAIN, TOLD) and row[0].shots))
    count = len({_key(asked) for row in rows for asked in row})
    known: dict[tuple[str, str], Result] = {}
    for row in rows:
        told: list[Result] = []
        for new in _answers(plan, row, known):
            told += new
            yield Step(tuple(new), _point(told, len(row)), len(known), count)


def _key(asked: Asked) -> tuple[str, str]:
    return asked.prompt.text(), asked.answer


def _answers(plan: Plan, row: list[Asked], known: dict[tuple[str, str], Result]) -> Iterator[list[Result]]:
    """The results of one point, some at a time; `known` holds those of the run and grows."""
    alike: dict[tuple[str, str], list[Asked]] = {}
    for one in row:
        alike.setdefault(_key(one), []).append(one)
    if old := [replace(known[key], asked=one) for key, ones in alike.items() if key in known for one in ones]:
        yield old
    for some in _asked(plan, [ones[0] for key, ones in alike.items() if key not in known]):
        known |= {_key(one.asked): one for one in some}
        yield [replace(result, asked=one) for result in some for one in alike[_key(result.asked)]]


def _asked(plan: Plan, row: list[Asked]) -> Iterator[list[Result]]:
    """In order of their lengths."""
    if not row:
        return
    model = plan.prompt.model
    with store.using(model, open_gpt) as gpt:
        labels = plan.prompt.labels if plan.labels else ()
        answers = tuple(tuple(continued(row[0].prompt.text(), f" {label}", gpt)) for label in labels)
        longest = max(map(len, answers), default=1)
        sizes = [max(longest, batches.tokens_of(f" {one.answer}\n", one.prompt.text(), gpt)) for one in row]
        read = [batches.ids_of(one.prompt.text(), gpt, size) for one, size in zip(row, sizes, strict=True)]
    for batch in batches.batches(model, [ids for ids, _ in read]):
        some = [(row[place], read[place][1]) for place in batch.places]
        if plan.labels:
            yield _chosen(batches.Answers(batch, answers), some)
        else:
            most = max(batches.LINE, max(sizes[place] for place in batch.places))
            yield _written(batches.Line(batch, most, plan.prompt.stop), some)


def _written(line: batches.Line, some: list[tuple[Asked, int]]) -> list[Result]:
    told = zip(some, batches.lines(line), strict=True)
    return [
        Result(one, said.text, said.ended, said.ended and said.text == one.answer, None, cut)
        for (one, cut), said in told
    ]


def _chosen(answers: batches.Answers, some: list[tuple[Asked, int]]) -> list[Result]:
    out = []
    for (one, cut), logs in zip(some, batches.chances(answers), strict=True):
        best = int(logs.argmax())
        said, share = one.prompt.labels[best], 1 / float(np.exp(logs - logs[best]).sum())
        out.append(Result(one, said, True, said == one.answer, share, cut))
    return out


def _point(told: list[Result], of: int) -> Point:
    right, first = sum(one.right for one in told), told[0].asked
    low, high = wilson(right, len(told))
    return Point(first.line, first.shots, right, len(told), of, low, high, sum(one.cut > 0 for one in told))


def points(plan: Plan) -> list[Point]:
    """The whole figure at once."""
    last = {(step.point.line, step.point.shots): step.point for step in measured(plan)}
    return list(last.values())


# ---- what can be asked


def _check(plan: Plan) -> None:
    if plan.task not in ("", *tasks.TASKS):
        raise Wrong(f"There is no ready task “{plan.task[:40]}”.", f"没有名为“{plan.task[:40]}”的现成任务。")
    numbers = ((plan.count, 1, limits.CURVE_QUESTIONS), (plan.orders, 0, MOST_ORDERS), (plan.seed, 0, 10**9))
    if not all(whole(value, low, high) for value, low, high in numbers):
        raise Wrong(
            f"From 1 to {limits.CURVE_QUESTIONS} questions, up to {MOST_ORDERS} other orders, a seed from 0 on.",
            f"问题 1 到 {limits.CURVE_QUESTIONS} 个，其他顺序最多 {MOST_ORDERS} 种，种子不小于 0。",
        )
    if not plan.shots or not all(whole(shots, 0, MOST_SHOTS) for shots in plan.shots):
        raise Wrong(f"Choose numbers of examples from 0 to {MOST_SHOTS}.", f"请选择 0 到 {MOST_SHOTS} 个例子。")
    if len(plan.asked) > (most := limits.CURVE_QUESTIONS):
        raise Wrong(
            f"This list has {len(plan.asked):,} questions; up to {most} are asked.",
            f"这份列表有 {len(plan.asked):,} 个问题，最多问 {most} 个。",
        )
    if not plan.task and not plan.asked and len(plan.prompt.examples) < 2:
        raise Wrong(
            "To ask one example with the others in front, give at least two.",
            "要用其余例子来考其中一个，至少要有两个例子。",
        )


def _possible(plan: Plan) -> tuple[int, ...]:
    """Not more examples than there are; who asks for more gets all."""
    most = len(plan.prompt.examples) - (not plan.task and not plan.asked)
    most = tasks.SHOTS[-1] if plan.draws else most
    return tuple(sorted({min(shots, most) for shots in plan.shots}))


def _check_answers(plan: Plan) -> None:
    if not plan.labels:
        return
    if not plan.prompt.labels:
        raise Wrong("To choose among allowed answers, name them.", "要从允许的答案中选，请先列出它们。")
    for _, query in curve_questions(plan, plan.shots[0]):
        if query.answer not in plan.prompt.labels:
            raise Wrong(
                f"The answer “{query.answer[:40]}” is not among the allowed answers.",
                f"答案“{query.answer[:40]}”不在允许的答案之中。",
            )
