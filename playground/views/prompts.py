"""A prompt made of parts, for the browser: which tokens lie on each part, and what had no room."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, Protocol

from playground.core.parts import Tokens


class Part(Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def block(self) -> int: ...
    @property
    def text(self) -> str: ...


def parts(ranges: Iterable[tuple[Part, int, int]], tokens: Tokens, lost: int) -> list[dict[str, Any]]:
    """One per part of the prompt, in order.

    `ranges`: each part with its tokens [start, end); `tokens`: of the text without its first `lost` characters.
    `runs` are stretches of the part's text with the positions of the tokens on them; `lost` is what was left out.
    """
    out, at = [], 0
    for part, first, end in ranges:
        start, at = at, at + len(part.text)
        kept = max(start, min(at, lost))
        spans = _touching(tokens, kept - lost, at - lost)
        out.append(
            {
                "kind": part.kind,
                "block": part.block,
                "lost": part.text[: kept - start],
                "runs": _runs(tokens.text, kept - lost, at - lost, spans),
                "tokens": [first, end],
            }
        )
    return out


def _touching(tokens: Tokens, start: int, end: int) -> list[tuple[int, int, int]]:
    """(position, start, end) of the tokens with a character in [start, end)."""
    return [(at, a, b) for at, (a, b) in enumerate(tokens.spans) if a < end and b > start and a < b]


def _runs(text: str, start: int, end: int, spans: Sequence[tuple[int, int, int]]) -> list[tuple[str, list[int]]]:
    """The text from `start` to `end` in stretches that no token ends within."""
    edges = sorted({start, end, *(edge for _, a, b in spans for edge in (a, b) if start < edge < end)})
    return [
        (text[a:b], [at for at, begin, until in spans if begin < b and until > a]) for a, b in pairwise(edges) if a < b
    ]
