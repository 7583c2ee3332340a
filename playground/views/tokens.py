"""Tokens for the browser: the text cut into runs, each with the pieces that lie on it, and the words one can click.

Texts are sliced here and never in the page: Python counts characters, JavaScript counts UTF-16 units.
"""

from bisect import bisect_left
from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Any, Protocol

from playground.core.parts import Tokens


class Word(Protocol):
    """A word that can be hidden: [start, end) in characters, and its pieces."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def pieces(self) -> tuple[int, ...]: ...
    @property
    def segment(self) -> int: ...
    @property
    def typed(self) -> bool: ...


def runs(tokens: Tokens) -> list[tuple[str, list[int]]]:
    """The whole text in order: stretches of characters with the positions of the tokens that cover them.

    >>> two = Tokens("a bc", (5, 6), ("a", "bc"), ((0, 1), (2, 4)), (0, 0), (False, False))
    >>> runs(two)
    [('a', [0]), (' ', []), ('bc', [1])]
    """
    covering = [(at, span) for at, span in enumerate(tokens.spans) if span[0] < span[1]]
    edges = sorted({0, len(tokens.text), *(edge for _, span in covering for edge in span)})
    stretches = {edge: (tokens.text[edge:end], []) for edge, end in pairwise(edges)}  # type: dict[int, tuple[str, list[int]]]
    for at, (start, end) in covering:
        for edge in edges[bisect_left(edges, start) : bisect_left(edges, end)]:
            stretches[edge][1].append(at)
    return list(stretches.values())


def payload(tokens: Tokens, most: int, unknown: Collection[int] = ()) -> dict[str, Any]:
    """`most`: how many tokens the model reads."""
    return {
        "texts": tokens.texts,
        "ids": tokens.ids,
        "surfaces": [tokens.text[start:end] for start, end in tokens.spans],
        "segments": tokens.segments,
        "special": tokens.special,
        "runs": runs(tokens),
        "unknown": list(unknown),
        "cut": tokens.cut,
        "most": most,
    }


def chips(tokens: Tokens, words: Sequence[Word], hidden: Collection[int]) -> list[dict[str, Any]]:
    """One per word: what to show, the character that names it in a question, and whether it is hidden."""
    ends = {0, *(word.end for word in words)}
    return [
        {
            "text": tokens.text[word.start : word.end],
            "at": word.start,
            "pieces": word.pieces,
            "segment": word.segment,
            "typed": word.typed,
            "hidden": bool(set(word.pieces) & set(hidden)),
            "tight": word.start > 0 and word.start in ends,
        }
        for word in words
    ]


def quiet(tokens: Tokens) -> list[bool]:
    """Special tokens and pieces without a letter or digit."""
    return [
        special or not any(c.isalnum() for c in tokens.text[start:end])
        for special, (start, end) in zip(tokens.special, tokens.spans, strict=True)
    ]
