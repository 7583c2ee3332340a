"""Words for the screen, in the two languages of the page, side by side."""

import re
from typing import NamedTuple


class Text(NamedTuple):
    """One text in English and in Simplified Chinese; a widget shows the one the reader chose."""

    en: str
    zh: str

    def payload(self) -> dict[str, str]:
        return self._asdict()


def shown(value: object, most: int = 60) -> str:
    """What somebody sent, short enough for a sentence.

    >>> shown("a" * 100, 5)
    'aaaa…'
    """
    try:
        text = str(value)
    except RecursionError:  # lists nested as deep as JSON may nest them
        text = "…"
    return text if len(text) <= most else f"{text[: most - 1]}…"


def letters(text: str) -> str:
    """Halves of a letter, which JavaScript may send, are no text that a tokenizer takes.

    >>> letters("a\\ud83d")
    'a\ufffd'
    """
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


class Wrong(ValueError):
    """Input that cannot be used; `text` says what is wrong and what would be right, for the page."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.text = Text(en, zh)
