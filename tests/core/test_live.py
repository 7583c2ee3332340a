"""Runs: forward, back, changed, forked; kept while somebody listens, and within their memory."""

import time
from itertools import pairwise

import pytest

from playground.core import live
from playground.core.live import Run, Runs
from playground.core.words import Wrong
from tests.core.walk import Walk, steps


def run_of(**settings) -> Run[Walk]:
    megabytes = settings.pop("megabytes", None)
    return Run(Walk(**settings), steps, megabytes)


def walked(run: Run[Walk], updates: int, each: int = 1) -> Run[Walk]:
    while run.state.done < updates:
        run.play(10, min(each, updates - run.state.done))
    return run


def test_it_plays_as_long_as_it_is_told():
    run, before = run_of(), time.perf_counter()
    run.play(0.05)
    assert 0.05 <= time.perf_counter() - before < 0.5
    assert run.state.done > 100


def test_it_makes_as_many_updates_as_asked_and_never_none():
    run = run_of()
    assert run.play(10, 7).done == 7
    assert run.play(0.0).done == 8


def test_the_same_seed_goes_the_same_way():
    assert walked(run_of(seed=3), 50).state.at == walked(run_of(seed=3), 50, each=7).state.at
    assert walked(run_of(seed=3), 50).state.at != walked(run_of(seed=4), 50).state.at


def test_it_ends_by_its_own_condition():
    run = run_of(until=5)
    run.play(10, 100)
    assert run.state.done == 5
    run.play(10)
    assert run.state.done == 5


def test_what_goes_wrong_stops_it_with_a_sentence_and_can_be_looked_back_from():
    run = run_of(edge=5)
    run.play(10, 3)
    run.play(10, 100)
    assert run.wrong == ("Over the edge.", "越界了。")
    assert run.state.done == 5
    run.play(10)
    assert run.state.done == 5
    assert run.back(3).done == 3
    assert run.wrong is None
    assert run.play(10, 1).done == 4


def test_looking_back_and_playing_repeats_the_past_exactly():
    run = walked(run_of(), 40)
    there = run.state.at
    assert run.back(20).done == 20
    assert walked(run, 40).state.at == there


def test_looking_back_loses_nothing_until_it_is_played():
    run = walked(run_of(), 40)
    there = run.state.at
    run.back(10)
    run.back(30)
    assert run.back(40).at == there
    run.back(10)
    run.play(10, 1)
    assert run.snaps[-1] == 11


def test_the_newest_state_can_be_returned_to_even_between_two_snapshots():
    run = run_of(megabytes=4000 / 2**20)  # room for four
    walked(run, 103)
    there = run.state.at
    assert 103 not in run.snaps
    run.back(0)
    assert run.back(103).at == there


@pytest.mark.parametrize("most", [4, 5, 6, 7])
def test_a_line_that_is_thinned_keeps_both_its_ends(most):
    run = run_of(weight=2**20, megabytes=most)
    for updates in range(1, 40):
        walked(run, updates)
        there = run.state.at
        assert run.back(0).done == 0
        assert run.back(updates).done == updates and run.state.at == there


def test_back_goes_to_the_snapshot_before():
    run = walked(run_of(), 40, each=10)
    assert run.snaps == [0, 10, 20, 30, 40]
    assert [run.back(at).done for at in (40, 39, 30, 9, 0)] == [40, 30, 30, 0, 0]


def test_a_change_takes_effect_at_once_and_replaces_what_came_later():
    run = walked(run_of(), 40, each=10)
    run.back(20)
    run.change(lambda state: setattr(state, "rate", 0.0))
    assert run.snaps == [0, 10, 20]
    there = run.state.at
    assert run.play(10, 5).at == there
    assert run.back(20).rate == 0.0
    assert run.back(10).rate == 1.0


def test_a_fork_shares_the_past_and_nothing_else():
    run = walked(run_of(), 30, each=10)
    run.back(20)
    twin = run.fork()
    twin.change(lambda state: setattr(state, "rate", 0.0))
    assert run.back(30).rate == 1.0
    walked(twin, 30)
    assert twin.state.at == twin.back(20).at
    assert twin.snaps[:2] == [0, 10]
    assert walked(run, 35).state.at != 0


@pytest.mark.parametrize("each", [1, 3, 17])
def test_the_time_line_stays_bounded_and_even(each):
    run = walked(run_of(), 3000, each=each)
    snaps = run.snaps
    assert snaps[0] == 0
    assert live.SNAPSHOTS / 4 <= len(snaps) <= live.SNAPSHOTS
    gaps = [b - a for a, b in pairwise(snaps)]
    assert max(gaps) <= 4 * 3000 / live.SNAPSHOTS + 2 * each


def test_the_memory_of_a_run_is_bounded():
    run = walked(run_of(weight=2**20, megabytes=5), 500)
    assert len(run.snaps) <= 5
    assert walked(run_of(weight=2**30, megabytes=5), 50).snaps[0] == 0


def test_the_pace_is_counted_in_updates_a_second():
    run = run_of()
    assert run.rate == 0
    for _ in range(5):
        run.play(10, 10)
        time.sleep(0.02)
    assert 100 < run.rate < 500
    run.rest()
    assert run.rate == 0


def test_a_new_reader_takes_over():
    run = run_of()
    first = run.read()
    second = run.read()
    assert not run.read_by(first)
    assert run.read_by(second)


# ---- all runs


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_run_is_found_by_its_name_only(clock):
    runs = Runs(40, 5, clock)
    one, two = run_of(), run_of()
    names = runs.add(one), runs.add(two)
    assert [runs.get(name) for name in names] == [one, two]
    assert len(set(names)) == 2 and min(map(len, names)) >= 16
    for wrong in ("", "x", None, 3, ["a"], {}):
        with pytest.raises(Wrong, match="let go"):
            runs.get(wrong)


def test_a_run_nobody_hears_of_is_let_go(clock):
    runs = Runs(40, 5, clock)
    left, kept = runs.add(run_of()), runs.add(run_of())
    clock.now = 30
    runs.get(kept)
    clock.now = 50
    runs.sweep()
    assert len(runs) == 1
    runs.get(kept)
    with pytest.raises(Wrong):
        runs.get(left)


def test_it_is_let_go_without_anybody_asking():
    runs = Runs(0.2, 5)
    runs.add(run_of())
    until = time.monotonic() + 5
    while len(runs) and time.monotonic() < until:
        time.sleep(0.05)
    assert len(runs) == 0
    runs.add(run_of())
    assert len(runs) == 1


def test_a_page_that_is_closed_frees_its_memory_within_a_minute():
    assert live.limits.RUN_SECONDS + 5 < 60


def test_there_are_only_so_many(clock):
    runs = Runs(40, 2, clock)
    runs.add(run_of())
    gone = runs.add(run_of())
    with pytest.raises(Wrong, match="Too many"):
        runs.add(run_of())
    runs.drop(gone)
    for unknown in ("unknown", None, ["x"], {"a": 1}):
        runs.drop(unknown)
    runs.add(run_of())
    clock.now = 50
    runs.add(run_of())
    assert len(runs) == 1


def test_many_who_train_share_the_time(clock):
    runs = Runs(40, 50, clock)
    names = [runs.add(run_of()) for _ in range(12)]
    assert runs.share(names[0]) == pytest.approx(live.PICTURE)
    shares = [runs.share(name) for name in names]
    assert shares[-1] == pytest.approx(live.ALL / 12)
    clock.now = 3
    assert runs.share(names[0]) == pytest.approx(live.PICTURE)


def test_runs_let_go_while_they_were_asked_for_take_no_time_from_others(clock):
    runs = Runs(40, 50, clock)
    kept, *gone = (runs.add(run_of()) for _ in range(9))
    for name in gone:
        runs.drop(name)
        assert 0 < runs.share(name) <= live.PICTURE
    assert runs.share(kept) == pytest.approx(live.PICTURE)
