"""Words for the screen, in the two languages of the page, side by side."""

from typing import NamedTuple


class Text(NamedTuple):
    """One text in English and in Simplified Chinese; a widget shows the one the reader chose."""

    en: str
    zh: str

    def payload(self) -> dict[str, str]:
        return self._asdict()


class Wrong(ValueError):
    """Input that cannot be used; `text` says what is wrong and what would be right, for the page."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.text = Text(en, zh)
