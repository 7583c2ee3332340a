"""The verbs of a room that trains: start, play, step, look, back, change, fork, alive, leave.

`play` streams pictures of a run until its reader leaves. Each picture is one step of an answer like any other, so all
who train take turns in the same line, and a visitor of another room waits for one picture at most.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np

from playground.core import live
from playground.core.checks import whole
from playground.core.words import Wrong
from playground.ui.door import Verb, aside, paced
from playground.views import frame

S = TypeVar("S", bound=live.State)
Question = dict[str, Any]
PICTURES = 15  # a second, at most
STEPS = 100_000  # of one question, at most
VIEW_CHARS = 4_000


@dataclass(frozen=True)
class LiveRoom(Generic[S]):
    """What a room brings: `frame(state, view)` draws, `change(state, question)` alters, `single` makes one odd step."""

    begin: Callable[[Question], S]
    steps: Callable[[S], Iterator[S]]
    frame: Callable[[S, Mapping[str, Any]], tuple[dict[str, Any], dict[str, np.ndarray]]]
    change: Callable[[S, Question], None]
    single: Callable[[S, Question], None] | None = None
    megabytes: float | None = None  # of the snapshots of one run; None: the usual


def number(question: Mapping[str, Any], name: str, default: int, most: int) -> int:
    """A whole number from 0 to `most`; raises Wrong for anything else."""
    value = question.get(name, default)
    if not whole(value, 0, most):
        raise Wrong(
            f"The field {name!r} must be a whole number from 0 to {most:,}.",
            f"字段 {name!r} 必须是 0 到 {most:,} 之间的整数。",
        )
    return value


@contextmanager
def held(question: Question, room: LiveRoom[Any]) -> Iterator[live.Run[Any]]:
    """The run of `room` that `question["run"]` names, nobody else touching it; its view becomes `question["view"]` if
    given."""
    run = live.RUNS.get(question["run"])
    if run.steps is not room.steps:
        raise Wrong(*live.GONE)  # it lives in another room
    with run.lock:
        view = question.get("view")
        if isinstance(view, Mapping) and len(repr(view)) <= VIEW_CHARS:
            run.view = view
        yield run


def verbs(room: LiveRoom[S], prefix: str = "") -> dict[str, Verb]:
    def picture(name: str, run: live.Run[S]) -> bytes:
        head, arrays = room.frame(run.state, run.view)
        ended = run.state.ended()
        return frame.payload(
            head
            | {
                "run": name,
                "at": run.state.done,
                "rate": run.rate,
                "snaps": run.snaps,
                "ended": ended and ended.payload(),
                "wrong": run.wrong and run.wrong.payload(),
            },
            arrays,
        )

    def start(question: Question) -> Iterator[bytes]:
        run = live.Run(room.begin(question), room.steps, room.megabytes)
        live.RUNS.drop(question.get("was"))
        question["run"] = name = live.RUNS.add(run)
        with held(question, room):
            seen = picture(name, run)
        yield seen  # outside: whoever asks for the next piece may be another thread than the one that holds the lock

    def play(question: Question) -> Iterator[bytes]:
        most = number(question, "steps", 0, STEPS) or None
        with held(question, room) as run:
            run.rest()
            name, reader = question["run"], run.read()
        while _there(name):  # let go meanwhile: the stream ends, and whoever asks for more is told
            with run.lock:
                if not run.read_by(reader):
                    return
                run.play(live.RUNS.share(name), most)
                seen, over = picture(name, run), run.wrong or run.state.ended()
            yield seen
            if over:
                return

    def touch(act: Callable[[live.Run[S], Question], Any]) -> Verb:
        def verb(question: Question) -> Iterator[bytes]:
            with held(question, room) as run:
                run.rest()
                if question.get("still"):
                    run.read()  # whoever plays it stops: its reader may have left without our knowing
                act(run, question)
                seen = picture(question["run"], run)
            yield seen

        return verb

    def step(run: live.Run[S], question: Question) -> None:
        if room.single and question.get("single"):
            single = room.single
            run.change(lambda state: single(state, question))
        else:
            run.play(live.PICTURE, number(question, "steps", 1, STEPS) or 1)

    def change(run: live.Run[S], question: Question) -> None:
        run.change(lambda state: room.change(state, question))

    def fork(question: Question) -> Iterator[bytes]:
        with held(question, room) as run:
            twin = run.fork()
        question["run"] = name = live.RUNS.add(twin)
        with held(question, room):
            seen = picture(name, twin)
        yield seen

    def alive(question: Question) -> Mapping[str, Any]:
        """Heard of: the runs in `runs` that are still there."""
        return {"runs": [name for name in _names(question) if _there(name)]}

    def leave(question: Question) -> Mapping[str, Any]:
        for name in _names(question):
            live.RUNS.drop(name)
        return {}

    made: dict[str, Verb] = {
        "start": start,
        "play": paced(play, PICTURES),
        "step": touch(step),
        "look": touch(lambda run, question: None),
        "back": touch(lambda run, question: run.back(number(question, "at", 0, 2**53))),
        "change": touch(change),
        "fork": fork,
        "alive": aside(alive),
        "leave": aside(leave),
    }
    return {prefix + name: verb for name, verb in made.items()}


def _names(question: Question) -> list[str]:
    names = question.get("runs")
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def _there(name: str) -> bool:
    try:
        live.RUNS.get(name)
    except Wrong:
        return False
    return True
