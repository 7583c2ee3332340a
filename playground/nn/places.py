"""Where a reader looks inside a transformer: one head, one of its weights, a token's way to the words, one number."""

from collections.abc import Collection, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from playground.core.checks import check_place, check_whole
from playground.core.words import Wrong, shown

R = TypeVar("R", bound=Hashable)  # a room's own Request


@dataclass(frozen=True)
class Place(Generic[R]):
    """Layer, head and looking token, counted from 0."""

    request: R
    layer: int
    head: int
    query: int

    def __post_init__(self) -> None:
        check_whole(self.layer, self.head, self.query)

    def check(self, layers: int, heads: int, tokens: int) -> None:
        """Raises Wrong unless there are so many."""
        check_place("layer", "层", self.layer, layers)
        check_place("head", "头", self.head, heads)
        check_place("token", "词元", self.query, tokens)


@dataclass(frozen=True)
class Look(Place[R]):
    """One weight to open: how much the looking token takes from the token `key`."""

    key: int

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole(self.key)

    def check(self, layers: int, heads: int, tokens: int) -> None:
        super().check(layers, heads, tokens)
        check_place("key token", "键词元", self.key, tokens)


@dataclass(frozen=True)
class Readout(Generic[R]):
    """A token whose way to the words is followed; `word`: id of a word to have among them, or -1."""

    request: R
    token: int
    word: int = -1

    def __post_init__(self) -> None:
        check_whole(self.token, self.word)

    def check(self, tokens: int, words: int) -> None:
        """Raises Wrong unless there are so many."""
        check_place("token", "词元", self.token, tokens)
        if self.word != -1:
            check_place("word", "词", self.word, words)


@dataclass(frozen=True)
class Term(Generic[R]):
    """One number of a step: which row (token, head) and which column (feature, key, word), counted from 0."""

    place: Place[R]
    step: str
    row: int
    column: int

    def __post_init__(self) -> None:
        check_whole(self.row, self.column)
        if not isinstance(self.step, str):
            raise _no_step(self.step)

    def check(self, steps: Collection[str]) -> None:
        """Raises Wrong unless it is one of them."""
        if self.step not in steps:
            raise _no_step(self.step)


def _no_step(step: object) -> Wrong:
    return Wrong(f"There is no step “{shown(step)}”.", f"没有“{shown(step)}”这一步。")
