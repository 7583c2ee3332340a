"""The verbs of a room that trains, through the door."""

import time
from concurrent.futures import ThreadPoolExecutor
from struct import unpack_from

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from playground.core import engine, live
from playground.core.words import Wrong
from playground.ui import door
from playground.ui.live import PICTURES, LiveRoom, held, verbs
from tests.core.walk import Walk, steps
from tests.views.test_frame import read


def begin(question):
    if question.get("seed", 0) < 0:
        raise Wrong("A seed is not negative.", "种子不能是负数。")
    return Walk(question.get("seed", 0), until=question.get("until", 10**9), edge=question.get("edge", 10**9))


def drawn(state, view):
    return {"place": state.at, "view": dict(view)}, {"place": np.asarray([state.at], np.float32)}


def alter(state, question):
    if question["rate"] < 0:
        raise Wrong("A rate is not negative.", "学习率不能是负数。")
    state.rate = question["rate"]


def single(state, question):
    state.at += question["by"]
    state.done += 1


ROOM = LiveRoom(begin, steps, drawn, alter, single)


@pytest.fixture
def browser(monkeypatch):
    monkeypatch.setattr(engine, "ready", lambda: None)
    monkeypatch.setattr(live, "RUNS", live.Runs(40, 12))
    room = verbs(ROOM, "walk_")
    with TestClient(Starlette(routes=door.routes({"room": room}))) as client:
        yield client


def frames_of(body: bytes) -> list[dict]:
    heads = []
    while body:
        (length,) = unpack_from("<I", body)
        heads.append(read(body[: 4 + length])[0])
        body = body[4 + length :]
    return heads


def ask(browser, verb, **question):
    answer = browser.post(f"/pg/room/walk_{verb}", json=question)
    assert answer.status_code == 200
    return answer.json() if "json" in answer.headers["content-type"] else frames_of(answer.content)


def started(browser, **question) -> str:
    (head,) = ask(browser, "start", **question)
    assert (head["at"], head["snaps"], head["ended"], head["wrong"]) == (0, [0], None, None)
    return head["run"]


def test_a_training_begins_with_a_picture(browser):
    assert len(started(browser)) >= 16
    assert len(live.RUNS) == 1


def test_starting_again_lets_the_old_one_go(browser):
    old = started(browser)
    (head,) = ask(browser, "start", was=old)
    assert head["run"] != old
    assert len(live.RUNS) == 1
    assert ask(browser, "look", run=old)["wrong"]["en"] == live.GONE.en


def test_playing_streams_pictures_until_it_ends(browser):
    run = started(browser, until=35)
    heads = ask(browser, "play", run=run, steps=10)
    assert [head["at"] for head in heads] == [10, 20, 30, 35]
    assert heads[-1]["ended"] == {"en": "Enough.", "zh": "够了。"}
    assert heads[-1]["snaps"] == [0, 10, 20, 30, 35]
    assert all(head["ended"] is None for head in heads[:-1])


def test_pictures_are_no_more_than_the_page_shows(browser):
    run, before = started(browser, until=6), time.monotonic()
    heads = ask(browser, "play", run=run, steps=1)
    assert len(heads) == 6
    assert time.monotonic() - before > 5 / PICTURES


def test_a_stream_ends_quietly_when_its_training_is_let_go(browser):
    name = started(browser)
    stream = verbs(ROOM)["play"]({"run": name})
    next(stream)
    ask(browser, "leave", runs=[name])
    assert list(stream) == []
    assert ask(browser, "play", run=name)["wrong"]["en"] == live.GONE.en


def test_what_goes_wrong_ends_the_stream_with_its_sentence(browser):
    heads = ask(browser, "play", run=started(browser, edge=5), steps=3)
    assert [head["at"] for head in heads] == [3, 5]
    assert heads[-1]["wrong"]["en"] == "Over the edge."


def test_one_step_and_single_steps(browser):
    run = started(browser)
    assert ask(browser, "step", run=run)[0]["at"] == 1
    assert ask(browser, "step", run=run, steps=5)[0]["at"] == 6
    before = ask(browser, "look", run=run)[0]["place"]
    (head,) = ask(browser, "step", run=run, single="up", by=100)
    assert head["at"] == 7
    assert head["place"] == pytest.approx(before + 100)


def test_back_change_and_fork(browser):
    run = started(browser)
    for _ in range(3):
        ask(browser, "step", run=run, steps=10)
    (head,) = ask(browser, "back", run=run, at=15)
    assert (head["at"], head["snaps"]) == (10, [0, 10, 20, 30])
    (twin,) = ask(browser, "fork", run=run)
    assert (twin["at"], twin["snaps"]) == (10, [0, 10]) and twin["run"] != run
    (still,) = ask(browser, "change", run=twin["run"], rate=0)
    assert ask(browser, "step", run=twin["run"], steps=4)[0]["place"] == still["place"]
    assert ask(browser, "back", run=run, at=30)[0]["at"] == 30


def test_the_view_is_remembered(browser):
    run = started(browser, view={"unit": 2})
    assert ask(browser, "step", run=run)[0]["view"] == {"unit": 2}
    assert ask(browser, "look", run=run, view={"unit": 3})[0]["view"] == {"unit": 3}
    assert ask(browser, "look", run=run, view="x" * 9)[0]["view"] == {"unit": 3}
    assert ask(browser, "look", run=run, view={"much": "x" * 5000})[0]["view"] == {"unit": 3}


@pytest.mark.parametrize(
    ("verb", "question", "word"),
    [
        ("start", {"seed": -1}, "seed"),
        ("change", {"rate": -1}, "rate"),
        ("change", {}, "'rate' is missing"),
        ("step", {"steps": -1}, "whole number"),
        ("step", {"steps": 10**9}, "whole number"),
        ("play", {"steps": "many"}, "whole number"),
        ("play", {"steps": True}, "whole number"),
        ("back", {"at": 1.5}, "whole number"),
    ],
)
def test_wrong_questions_are_answered_with_a_sentence(browser, verb, question, word):
    run = started(browser)
    assert word in ask(browser, verb, **{"run": run} | question)["wrong"]["en"]
    assert ask(browser, "look", run=run)[0]["at"] == 0


@pytest.mark.parametrize("verb", ["play", "step", "look", "back", "change", "fork"])
@pytest.mark.parametrize("run", ["nobody's", None, 7, ["a"]])
def test_an_unknown_run_is_gone(browser, verb, run):
    assert ask(browser, verb, run=run)["wrong"]["en"] == live.GONE.en


def test_alive_and_leave(browser):
    run = started(browser)
    assert ask(browser, "alive", runs=[run, "other", 3]) == {"runs": [run]}
    assert ask(browser, "leave", runs=[run, None]) == {}
    assert ask(browser, "alive", runs=[run]) == {"runs": []}
    assert ask(browser, "alive", runs="all") == {"runs": []}
    assert len(live.RUNS) == 0


def test_a_room_reaches_a_run_under_its_lock(browser):
    run = started(browser)
    with held({"run": run, "view": {"a": 1}}, ROOM) as found, ThreadPoolExecutor(1) as pool:
        assert found.view == {"a": 1}
        assert not pool.submit(found.lock.acquire, False).result()


def test_a_run_of_another_room_is_not_here(browser):
    run = live.RUNS.add(live.Run(Walk(0, until=9, edge=9), lambda state: steps(state)))
    for verb in ("look", "play", "step", "back", "change", "fork"):
        assert ask(browser, verb, run=run, at=0)["wrong"]["en"] == live.GONE.en


@pytest.mark.parametrize("was", [None, 3, ["x"], {"a": 1}])
def test_a_start_may_name_no_run_before_it(browser, was):
    assert ask(browser, "start", was=was)[0]["at"] == 0


def test_nobody_holds_the_lock_between_two_pictures(browser):
    run = started(browser)
    for verb in ("look", "step", "fork"):
        ask(browser, verb, run=run)
    with ThreadPoolExecutor(1) as pool:
        lock = live.RUNS.get(run).lock
        assert pool.submit(lambda: lock.acquire(False) and (lock.release() or True)).result()


def test_ten_who_train_get_their_pictures_in_turn(browser):
    runs = [started(browser, until=10**6) for _ in range(10)]
    counts = dict.fromkeys(runs, 0)

    def watch(name):
        """Through the gate, as every answer; how fast depends on the machine, whose turn it is does not."""
        stream = verbs(ROOM)["play"]({"run": name})
        while min(counts.values()) < 3 * 3:
            door.gate.follow(lambda: next(stream)).result(60)
            counts[name] += 1

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(watch, runs))
    assert max(counts.values()) < 3 * min(counts.values())
    done = [live.RUNS.get(name).state.done for name in runs]
    assert min(done) > 0.2 * max(done)
