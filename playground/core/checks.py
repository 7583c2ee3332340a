"""Numbers that arrive from outside: are they whole, and do they count something that is there?"""

from math import inf
from typing import Any, TypeGuard

from playground.core.words import Wrong, shown


def whole(value: object, low: float = -inf, high: float = inf) -> TypeGuard[int]:
    """A whole number from `low` to `high`; true and false are none.

    >>> whole(3, 1, 3), whole(4, 1, 3), whole(True), whole(2.0)
    (True, False, False, False)
    """
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def check_whole(*places: object) -> None:
    """Raises Wrong unless all are whole: places may stand in a request that does not know how many there are."""
    for at in places:
        if not whole(at):
            raise Wrong(
                f"There is no place {shown(at)}: places are whole numbers, counted from 0.",
                f"没有 {shown(at)} 这个位置：位置是从 0 数起的整数。",
            )


def check_place(en: str, zh: str, at: Any, count: int) -> None:
    """Raises Wrong unless `at` counts one of `count` things from 0; `en` and `zh` say of what."""
    if not whole(at, 0, count - 1):
        raise Wrong(
            f"There is no {en} {shown(at)}: this model and text have {count:,}, counted from 0.",
            f"没有{zh} {shown(at)}：这里共有 {count:,} 个，从 0 数起。",
        )
