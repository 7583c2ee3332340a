"""The app with one room that trains the smallest thing there is, a random walk. Run by test_live.py."""

from types import SimpleNamespace

import numpy as np

from playground.core.spec import Family
from playground.core.words import Text
from playground.ui.live import LiveRoom, verbs
from playground.ui.shell import build_app, launch
from playground.ui.widget import Widget
from tests.core.walk import Walk, steps

LINE = Text("One step after the other", "一步接一步")
GROUPS = ((Text("Foundations", "基础"), (Family("walk", "Walk", LINE),)),)


def begin(question):
    return Walk(question["seed"], until=question.get("until", 10**9), edge=question.get("edge", 10**9))


def drawn(state, view):
    return {"place": state.at, "seed": state.seed}, {"place": np.asarray([state.at], np.float16)}


def alter(state, question):
    state.rate = question["rate"]


ROOM = SimpleNamespace(
    build=lambda: Widget("start", {"groups": []}), VERBS=verbs(LiveRoom(begin, steps, drawn, alter)), API=()
)


def room(family: Family) -> SimpleNamespace:
    return ROOM


if __name__ == "__main__":
    launch(build_app(GROUPS, room), GROUPS, room)
