"""Trainings that live between two questions: a state, the generator that moves it, its time line, its end.

A state is everything a training is: weights, optimiser, random numbers, curves. `steps(state)` makes one update per
`next` and depends on nothing else, so a copy goes the same way again, bit for bit: that is what makes the time line.
"""

import secrets
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from threading import Event, RLock, Thread
from typing import Any, Generic, Protocol, Self, TypeVar

from playground.core import limits
from playground.core.words import Text, Wrong

SNAPSHOTS = 64  # of one run, if its memory allows
PICTURE = 0.07  # seconds of updates for one picture, when few people train
ALL = 0.24  # seconds of updates for one picture of everybody, when many do

GONE = Text(
    "This training was let go because its page had not been heard of for a while. Start it again.",
    "这次训练的页面有一阵没有消息，训练已被释放。请重新开始。",
)
FULL = Text(
    "Too many people are training at once. Wait a minute and start again.",
    "同时训练的人太多了。请等一分钟再开始。",
)


class State(Protocol):
    """What a room trains."""

    @property
    def done(self) -> int:
        """Updates made."""

    @property
    def nbytes(self) -> int:
        """Memory of one copy, in bytes."""

    def copy(self) -> Self:
        """The same state, sharing no memory that changes."""

    def ended(self) -> Text | None:
        """Why it stops here by its own stop condition."""


S = TypeVar("S", bound=State)


class Run(Generic[S]):
    """One visitor's training. Whoever touches it holds `lock`."""

    def __init__(self, state: S, steps: Callable[[S], Iterator[S]], megabytes: float | None = None) -> None:
        self.lock = RLock()
        self.view: Mapping[str, Any] = {}  # what its reader wants to see
        self.steps = steps
        self._most = max(2, min(SNAPSHOTS, int((megabytes or limits.RUN_MB) * 2**20 / max(1, state.nbytes))))
        self._reader = 0
        self._line = [state.copy()]
        self._gap = 1
        self._go(state)

    def _go(self, state: S) -> None:
        self.state, self._moving = state, self.steps(state)
        self.wrong: Text | None = None
        self._pace: deque[tuple[float, int]] = deque(maxlen=16)

    @property
    def most_bytes(self) -> int:
        """Memory it may come to take: its snapshots and itself."""
        return (self._most + 1) * self.state.nbytes

    # ---- forward

    def play(self, seconds: float, most: int | None = None) -> S:
        """Updates for `seconds`, at most `most` of them, at least one; none when it has ended or gone wrong.

        What goes wrong is kept in `wrong`; the state stays as it was left.
        """
        if self.state.done < self._line[-1].done:
            self._cut()
        until, made = time.perf_counter() + seconds, 0
        while not (self.wrong or self.state.ended() or made == most) and (not made or time.perf_counter() < until):
            made += 1
            try:
                self.state = next(self._moving)
            except StopIteration:
                break
            except Wrong as wrong:
                self.wrong = wrong.text
        self._pace.append((time.perf_counter(), self.state.done))
        self._remember()
        return self.state

    @property
    def rate(self) -> float:
        """Updates a second of the last pictures, waiting included; 0 before the second picture."""
        if len(self._pace) < 2:
            return 0.0
        (then, before), (now, after) = self._pace[0], self._pace[-1]
        return (after - before) / max(1e-9, now - then)

    def rest(self) -> None:
        """A pause: the time until the next picture does not count in `rate`."""
        self._pace.clear()

    # ---- the time line

    @property
    def snaps(self) -> list[int]:
        """Updates made at each snapshot, growing, the first one the beginning."""
        return [state.done for state in self._line]

    def _remember(self) -> None:
        if self.wrong or self.state.done < self._line[-1].done + self._gap:
            return
        self._add(self.state.copy())

    def _add(self, snapshot: S) -> None:
        """A line that has grown too long loses every second one, but no end, and grows half as fast from then on."""
        self._line.append(snapshot)
        if len(self._line) > self._most:
            self._line = [*self._line[:-1][::2], self._line[-1]]
            self._gap = max(1, 2 * (self._line[-1].done - self._line[0].done) // self._most)

    def _cut(self) -> None:
        self._line = [state for state in self._line if state.done <= self.state.done]

    def back(self, at: int) -> S:
        """To the last snapshot with at most `at` updates. What came later stays until the run is moved or changed."""
        newest = self.state
        if newest.done > self._line[-1].done and not self.wrong:
            self._add(newest.copy())
        self._go(next((state for state in reversed(self._line) if state.done <= at), self._line[0]).copy())
        return self.state

    def change(self, alter: Callable[[S], None]) -> S:
        """Alter the state and go on from there; later snapshots would belong to another story and go."""
        alter(self.state)
        self._line = [state for state in self._line if state.done < self.state.done]
        self._add(self.state.copy())
        self._go(self.state)
        return self.state

    def fork(self) -> "Run[S]":
        """A second run with the same past, from where this one stands."""
        twin = Run(self.state.copy(), self.steps)
        twin.view, twin._most, twin._gap = self.view, self._most, self._gap
        past = [state for state in self._line if state.done < self.state.done]
        twin._line = [*past, self.state.copy()]  # a snapshot is never altered, so both may hold it
        return twin

    # ---- its reader

    def read(self) -> int:
        """The number of a new reader: the one before stops reading."""
        self._reader += 1
        return self._reader

    def read_by(self, reader: int) -> bool:
        return self._reader == reader


class Runs:
    """Every run of the house by an unguessable name; one not heard of for `seconds` is let go."""

    def __init__(
        self,
        seconds: float = limits.RUN_SECONDS,
        most: int = limits.RUNS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds, self._most, self._clock = seconds, most, clock
        self._runs: dict[str, Run[Any]] = {}
        self._heard: dict[str, float] = {}
        self._played: dict[str, float] = {}
        self._lock = RLock()
        self._sweeper: Thread | None = None

    def __len__(self) -> int:
        return len(self._runs)

    def add(self, run: Run[Any]) -> str:
        """Raises Wrong(FULL)."""
        with self._lock:
            self.sweep()
            taken = sum(other.most_bytes for other in self._runs.values())
            if len(self._runs) >= self._most or taken + run.most_bytes > limits.RUNS_MB * 2**20:
                raise Wrong(*FULL)
            name = secrets.token_urlsafe(12)
            self._runs[name], self._heard[name] = run, self._clock()
            if not self._sweeper:
                self._sweeper = Thread(target=self._sweep_until_empty, name="sweeper", daemon=True)
                self._sweeper.start()
        return name

    def get(self, name: Any) -> Run[Any]:
        """The run, which has then been heard of. Raises Wrong(GONE)."""
        with self._lock:
            if not isinstance(name, str) or name not in self._runs:
                raise Wrong(*GONE)
            self._heard[name] = self._clock()
            return self._runs[name]

    def drop(self, name: Any) -> None:
        """Nothing happens if there is none of that name."""
        if not isinstance(name, str):
            return
        with self._lock:
            for kept in (self._runs, self._heard, self._played):
                kept.pop(name, None)

    def share(self, name: str) -> float:
        """Seconds of updates that `name` may have for its next picture, given how many others are training."""
        with self._lock:
            now = self._clock()
            if name in self._runs:  # it may have been let go a moment ago, and would be remembered for ever
                self._played[name] = now
            return min(PICTURE, ALL / max(1, sum(now - then < 2 for then in self._played.values())))

    def sweep(self) -> None:
        with self._lock:
            old = self._clock() - self._seconds
            for name in [name for name, heard in self._heard.items() if heard < old]:
                self.drop(name)

    def _sweep_until_empty(self) -> None:
        while True:
            Event().wait(min(5.0, self._seconds / 4))
            with self._lock:
                self.sweep()
                if not self._runs:
                    self._sweeper = None
                    return


RUNS = Runs()
