"""Bounded answers keyed by frozen requests: one computation per question, different questions side by side.

Each memo holds a number of answers; all memos together hold a number of bytes. What was asked for longest ago goes
first. An exception reaches everyone who waits for it and is not remembered.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, fields, is_dataclass
from functools import update_wrapper
from threading import RLock
from typing import Any, Generic, TypeVar

import numpy as np

from playground.core import limits

Q = TypeVar("Q", bound=Hashable)
A = TypeVar("A")


def bytes_of(answer: Any) -> int:
    """Bytes of the arrays (and byte strings) reachable through dataclasses, tuples, lists, sets and mappings.

    An array that is a window on another keeps the other alive and counts as it; nothing counts twice.

    >>> row = np.zeros(4, np.float32)
    >>> bytes_of({"a": row, "b": (row, row[:1])})
    16
    """
    seen: set[int] = set()
    total, ahead = 0, [answer]
    while ahead:
        value = ahead.pop()
        while isinstance(value, np.ndarray) and isinstance(value.base, np.ndarray):
            value = value.base
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, np.ndarray):
            total += value.nbytes
        elif isinstance(value, bytes | bytearray):
            total += len(value)
        elif is_dataclass(value) and not isinstance(value, type):
            ahead.extend(getattr(value, field.name) for field in fields(value))
        elif isinstance(value, Mapping):
            ahead.extend(value.values())
        elif isinstance(value, tuple | list | set | frozenset):
            ahead.extend(value)
    return total


@dataclass(frozen=True)
class Info:
    hits: int  # asked again, remembered or waited for
    misses: int  # computed
    size: int  # answers held
    bytes: int  # held by this memo


class Shelf:
    """Finished answers of several memos, the least recently used first."""

    def __init__(self, room: int) -> None:
        self.room, self.bytes, self.lock = room, 0, RLock()
        self._books: OrderedDict[tuple[int, Hashable], tuple[Any, int]] = OrderedDict()

    def take(self, key: tuple[int, Hashable]) -> Any:
        """The answer; raises KeyError. It is then the one most recently used."""
        self._books.move_to_end(key)
        return self._books[key][0]

    def put(self, key: tuple[int, Hashable], answer: Any, most: int) -> None:
        """An answer larger than the whole shelf is not kept."""
        size = bytes_of(answer)
        if size > self.room:
            return
        self._books[key] = (answer, size)
        self.bytes += size
        if len(own := self.of(key[0])) > most:
            self.drop(own[0])
        while self.bytes > self.room:
            self.drop(next(iter(self._books)))

    def of(self, memo: int) -> list[tuple[int, Hashable]]:
        return [key for key in self._books if key[0] == memo]

    def drop(self, key: tuple[int, Hashable]) -> None:
        self.bytes -= self._books.pop(key)[1]

    def held(self, memo: int) -> int:
        return sum(self._books[key][1] for key in self.of(memo))


SHELF = Shelf(limits.TRACES_MB * 2**20)


class Memo(Generic[Q, A]):
    """A function that remembers; called like the function itself."""

    def __init__(self, function: Callable[[Q], A], size: int, shelf: Shelf) -> None:
        update_wrapper(self, function)
        self._function, self._size, self._shelf = function, size, shelf
        self._running: dict[Q, Future[A]] = {}
        self._hits = self._misses = 0

    def __call__(self, question: Q) -> A:
        with self._shelf.lock:
            try:
                answer = self._shelf.take((id(self), question))
            except KeyError:
                running = self._running.get(question)
                if running is None:
                    mine = self._running[question] = Future()
                    self._misses += 1
                else:
                    self._hits += 1
            else:
                self._hits += 1
                return answer
        return running.result() if running is not None else self._compute(question, mine)

    def _compute(self, question: Q, future: Future[A]) -> A:
        try:
            answer = self._function(question)
        except BaseException as error:
            with self._shelf.lock:
                del self._running[question]
            future.set_exception(error)
            raise
        with self._shelf.lock:
            del self._running[question]
            self._shelf.put((id(self), question), answer, self._size)
        future.set_result(answer)
        return answer

    def info(self) -> Info:
        with self._shelf.lock:
            own = id(self)
            return Info(self._hits, self._misses, len(self._shelf.of(own)), self._shelf.held(own))

    def clear(self) -> None:
        """Forget every answer; what is being computed goes on."""
        with self._shelf.lock:
            for key in self._shelf.of(id(self)):
                self._shelf.drop(key)


def memo(size: int, shelf: Shelf = SHELF) -> Callable[[Callable[[Q], A]], Memo[Q, A]]:
    """Remember the last `size` answers of a function of one hashable request.

    >>> @memo(2)
    ... def double(x):
    ...     return 2 * x
    >>> double(4), double(4), double.info()
    (8, 8, Info(hits=1, misses=1, size=1, bytes=0))
    """
    return lambda function: Memo(function, size, shelf)
