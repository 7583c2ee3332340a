"""The words of a text that was cut into tokens: what occlusion hides together and a click changes."""

from dataclasses import dataclass

from playground.core.parts import Tokens


@dataclass(frozen=True)
class Word:
    """[start, end) in characters, without the space before it, and its tokens."""

    start: int
    end: int
    pieces: tuple[int, ...]
    segment: int = 0
    typed: bool = False


def words_of(tokens: Tokens) -> tuple[Word, ...]:
    """Tokens belong together where letters (or parts of one letter) meet; special tokens are no words.

    >>> text = Tokens("a cat", (1, 2, 3), ("a", "␣c", "at"), ((0, 1), (1, 3), (3, 5)), (0,) * 3, (False,) * 3)
    >>> [(word.start, word.end, word.pieces) for word in words_of(text)]
    [(0, 1, (0,)), (2, 5, (1, 2))]
    """
    found: list[Word] = []
    for at, (start, end) in enumerate(tokens.spans):
        if tokens.special[at]:
            continue
        piece = tokens.text[start:end]
        begin = end - len(piece.lstrip()) if piece.strip() else start
        last = found[-1] if found else None
        if last and last.pieces[-1] == at - 1 and _joined(tokens.text, last, start, begin):
            first = begin if tokens.text[last.start : last.end] == " " else last.start
            found[-1] = Word(first, max(last.end, end), (*last.pieces, at))
        else:
            found.append(Word(begin, end, (at,)))
    return tuple(found)


def _joined(text: str, last: Word, start: int, begin: int) -> bool:
    if start < last.end:  # several tokens make one letter
        return True
    if not start == begin == last.end or begin >= len(text) or not text[begin].isalnum():
        return False
    return text[begin - 1].isalnum() or text[last.start : last.end] == " "  # the space before a word may stand alone
