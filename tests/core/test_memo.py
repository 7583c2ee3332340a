from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier, Event, Lock
from typing import Any

import numpy as np
import pytest

from playground.core.memo import Info, Memo, Shelf, bytes_of, memo


@dataclass(frozen=True)
class Request:
    text: str
    layer: int = 0


@dataclass(frozen=True, eq=False)
class Trace:
    weights: np.ndarray
    parts: tuple[Any, ...] = ()


def remembering(function: Callable[[Any], Any], size: int = 8, room: int = 10**6) -> Memo[Any, Any]:
    return memo(size, Shelf(room))(function)


def test_an_equal_question_is_answered_from_memory():
    calls: list[Request] = []
    answer = remembering(lambda request: calls.append(request) or len(calls))
    assert [answer(Request("a")), answer(Request("a")), answer(Request("b")), answer(Request("a", 1))] == [1, 1, 2, 3]
    assert answer.info() == Info(hits=1, misses=3, size=3, bytes=0)


def test_the_least_recently_used_goes_first():
    calls: list[int] = []
    answer = remembering(lambda x: calls.append(x) or x, size=2)
    for x in (1, 2, 1, 3, 1, 2):  # 3 pushes out 2, not 1
        answer(x)
    assert calls == [1, 2, 3, 2]
    assert answer.info().size == 2


def test_none_is_an_answer_worth_remembering():
    calls: list[int] = []
    answer = remembering(lambda x: calls.append(x))
    assert answer(1) is None and answer(1) is None and calls == [1]


def test_bytes_are_bounded_over_all_memos_together():
    shelf = Shelf(1000)
    small, large = (memo(100, shelf)(lambda n: Trace(np.zeros(n, np.uint8))) for _ in range(2))
    for n in (101, 102, 103):
        small(n)
    large(600)
    assert (small.info().bytes, large.info().bytes) == (306, 600)
    large(300)  # 1206 would be too much: the oldest of either memo go
    assert shelf.bytes <= 1000 and large.info().size == 2 and small.info().bytes == 0
    assert shelf.bytes == small.info().bytes + large.info().bytes == 900


def test_an_answer_larger_than_the_shelf_is_given_but_not_kept():
    answer = remembering(lambda n: np.zeros(n, np.uint8), room=100)
    assert answer(50).size == 50 and answer(101).size == 101
    assert answer.info().size == 1 and answer.info().bytes == 50


def test_bytes_of_counts_each_array_once_through_every_container():
    base = np.zeros((10, 10), np.float32)
    trace = Trace(base, (base[0], {"x": [np.zeros(3, np.int64)]}, {"text"}, b"12345"))
    assert bytes_of(trace) == 400 + 24 + 5
    assert bytes_of("text") == bytes_of(Trace) == 0


def test_one_computation_serves_all_who_ask_at_once():
    started, go, calls = Event(), Event(), []

    def slow(x: int) -> object:
        calls.append(x)
        started.set()
        assert go.wait(10)
        return object()

    answer = remembering(slow)
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(answer, 1) for _ in range(8)]
        assert started.wait(10)
        go.set()
        assert len({id(future.result(10)) for future in asked}) == 1
    assert calls == [1] and answer.info() == Info(hits=7, misses=1, size=1, bytes=0)


def test_different_questions_run_side_by_side():
    together = Barrier(4, timeout=10)
    answer = remembering(lambda x: together.wait() and x)
    with ThreadPoolExecutor(4) as pool:  # breaks the barrier if they waited for each other
        list(pool.map(answer, range(4)))
    assert answer.info().misses == 4


def test_an_exception_reaches_every_waiter_and_is_not_remembered():
    started, go, calls = Event(), Event(), []

    def fails(x: int) -> int:
        calls.append(x)
        started.set()
        assert go.wait(10)
        if len(calls) == 1:
            raise ValueError("no")
        return x

    answer = remembering(fails)
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(answer, 5)]
        assert started.wait(10)
        asked += [pool.submit(answer, 5) for _ in range(2)]
        while answer.info().hits < 2:
            pass
        go.set()
        for future in asked:
            with pytest.raises(ValueError, match="no"):
                future.result(10)
    assert calls == [5] and answer.info().size == 0
    assert answer(5) == 5 and calls == [5, 5]


def test_clear_forgets_only_its_own():
    shelf = Shelf(1000)
    one, two = (memo(4, shelf)(lambda n: np.zeros(n, np.uint8)) for _ in range(2))
    one(10), two(20)
    one.clear()
    assert one.info().size == 0 and two.info().bytes == shelf.bytes == 20


def test_a_storm_of_threads_leaves_the_books_in_order():
    shelf, counted, lock = Shelf(5_000), {}, Lock()

    def make(n: int) -> np.ndarray:
        with lock:
            counted[n] = counted.get(n, 0) + 1
        return np.full(n, n % 251, np.uint8)

    answer = memo(20, shelf)(make)
    order = np.random.default_rng(0).integers(1, 400, 4000)
    with ThreadPoolExecutor(8) as pool:
        for n, got in zip(order, pool.map(answer, map(int, order)), strict=True):
            assert got.size == n and (got == n % 251).all()
    info = answer.info()
    assert info.hits + info.misses == 4000 and info.misses == sum(counted.values())
    assert info.size <= 20 and info.bytes == shelf.bytes <= 5_000


def test_it_keeps_the_name_and_the_words_of_its_function():
    @memo(2)
    def trace(request: int) -> int:
        """What happens inside."""
        return request

    assert trace.__name__ == "trace" and trace.__doc__ == "What happens inside."


def test_a_question_that_cannot_be_hashed_is_refused():
    with pytest.raises(TypeError):
        remembering(len)([1, 2])
