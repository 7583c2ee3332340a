"""Lists of changes that arrive from outside: checked entry by entry before anything is done."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from math import isfinite
from typing import Any, ClassVar, TypeVar

from playground.core.checks import check_place, whole
from playground.core.words import Wrong, shown

MOST = 400  # changes of a kind at a time
MOST_FACTOR = 10.0
LEAST_TEMPERATURE, MOST_TEMPERATURE = 0.01, 100.0
WORD_CHARS = 200


@dataclass(frozen=True)
class Edits:
    """What can be changed in every room; a room adds its own, with their shapes. Layers and heads count from 0."""

    SHAPES: ClassVar[dict[str, tuple[type, ...]]] = {
        "heads": (int, int, float), "scores": (int, int, float), "layers": (int,), "unseen": (int,),
    }  # fmt: skip

    heads: tuple[tuple[int, int, float], ...] = ()  # layer, head, factor on what it adds; 0 switches it off
    scores: tuple[tuple[int, int, float], ...] = ()  # layer, head, temperature: its scores are divided by it
    layers: tuple[int, ...] = ()  # that add nothing
    unseen: tuple[int, ...] = ()  # tokens (or words) that others do not look at

    def __post_init__(self) -> None:
        for name, sizes in self.SHAPES.items():
            object.__setattr__(self, name, checked(name, getattr(self, name), sizes))
        for _, _, factor in self.heads:
            check_range(factor, 0.0, MOST_FACTOR)
        for _, _, temperature in self.scores:
            check_range(temperature, LEAST_TEMPERATURE, MOST_TEMPERATURE)

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in self.SHAPES)


E = TypeVar("E", bound=Edits)


def edits_of(kind: type[E], given: object) -> E:
    """A room's edits from what a page or a program sent: lists by name; None is no edit. Raises Wrong."""
    names = [field.name for field in fields(kind)]
    given = {} if given is None else given
    if not isinstance(given, dict) or not set(given) <= set(names):
        raise Wrong(f"Edits are given by name: {', '.join(names)}.", f"修改按名称给出：{'、'.join(names)}。")
    return kind(**given)


def by_layer(
    changes: Iterable[tuple[int, int, float]], layers: int, count: Callable[[int], int], en: str, zh: str
) -> dict[int, dict[int, float]]:
    """layer -> part of it -> value; `count`: how many parts a layer has, `en` and `zh` say of what. Raises Wrong."""
    found: dict[int, dict[int, float]] = {}
    for layer, place, value in changes:
        check_place("layer", "层", layer, layers)
        check_place(en, zh, place, count(layer))
        found.setdefault(layer, {})[place] = value
    return found


def check_typed(entries: Iterable[tuple[int, str]]) -> None:
    """What somebody put in the place of tokens or words. Raises Wrong."""
    if any(len(new) > WORD_CHARS for _, new in entries):
        raise Wrong(f"What is put in has up to {WORD_CHARS} characters.", f"换上的文字最多 {WORD_CHARS} 个字符。")


def checked(name: str, given: Any, sizes: tuple[type, ...]) -> tuple[Any, ...]:
    """The entries as tuples of these types (a single one bare); whole numbers are not negative. Raises Wrong."""
    if not isinstance(given, list | tuple) or len(given) > MOST:
        raise malformed(name)
    return tuple(_one(name, entry, sizes) for entry in given)


def malformed(name: str) -> Wrong:
    return Wrong(
        f"“{name}” is a list of up to {MOST} changes, each of the documented form.",
        f"“{name}”应是至多 {MOST} 项修改的列表，每项都要符合规定的格式。",
    )


def _one(name: str, entry: Any, sizes: tuple[type, ...]) -> Any:
    values = entry if isinstance(entry, list | tuple) else (entry,)
    if len(values) != len(sizes):
        raise malformed(name)
    for value, kind in zip(values, sizes, strict=True):
        fits = isinstance(value, str) if kind is str else whole(value) or (kind is float and isinstance(value, float))
        if not fits or (kind is int and value < 0):
            raise malformed(name)
    try:
        typed = tuple(float(v) if k is float else v for v, k in zip(values, sizes, strict=True))
    except OverflowError:  # a whole number beyond all floats
        raise malformed(name) from None
    return typed if len(sizes) > 1 else typed[0]


def check_range(value: float, low: float, high: float) -> None:
    if not isfinite(value) or not low <= value <= high:
        raise Wrong(
            f"This number must lie between {low:g} and {high:g}; {shown(value)} does not.",
            f"这个数必须在 {low:g} 到 {high:g} 之间，{shown(value)} 不在其中。",
        )
