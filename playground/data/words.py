"""The words of the in-context tasks, and which of them are held out.

A word is held out together with all its forms and with every word that a table ties to it (its opposite, its capital),
so that nothing about it is said in any episode. The choice is a checksum: it is the same everywhere and for ever.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zlib import crc32

from playground.data.lexicon import inflect

WORDS = Path(__file__).with_name("words.txt")
PAIRS = ("irregular", "opposite", "synonym", "colour", "sound", "young", "language", "capital")
BOUND = 24  # words tied together that may be held out at once


@cache
def classes() -> dict[str, list[tuple[str, ...]]]:
    """Rows by class; the rows of ``noun`` are (word, category)."""
    found: dict[str, list[tuple[str, ...]]] = {}
    name, label = "", ""
    for line in WORDS.read_text("utf-8").splitlines():
        if line.startswith("@"):
            name, _, label = line[1:].partition(" ")
        elif line.strip() and not line.startswith("#"):
            pairs = [tuple(cell.strip() for cell in line.split("|"))] if "|" in line else []
            cells = pairs or [(word.strip(), label)[: 2 if label else 1] for word in line.split(",")]
            rows = found.setdefault(name, [])
            rows += [row for row in dict.fromkeys(cells) if row not in rows]
    return found


def comparative(word: str, end: str) -> str:
    """
    >>> comparative("thin", "er"), comparative("dry", "est"), comparative("wide", "er"), comparative("cool", "er")
    ('thinner', 'driest', 'wider', 'cooler')
    """
    if word.endswith("e"):
        return word + end[1:]
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "i" + end
    short = word[-1] not in "aeiouwxy" and word[-2] in "aeiou" and word[-3:-2] not in tuple("aeiou")
    return word + (word[-1] if short and len(word) < 5 else "") + end


def _ties() -> Iterator[tuple[str, ...]]:
    """Words that are held out together or not at all."""
    table = classes()
    for word, _ in table["noun"]:
        yield word, inflect(word, "s")
    for (word,) in table["verb"]:
        yield word, *(inflect(word, how) for how in ("v", "ed", "ing"))
    for verb, past in table["irregular"]:
        yield verb, past, inflect(verb, "v"), inflect(verb, "ing")
    for (word,) in table["adjective"]:
        yield word, comparative(word, "er"), comparative(word, "est")
    for name in (*PAIRS, "positive", "negative", "word"):
        yield from table[name]


@cache
def heldout(reserved: frozenset[str]) -> frozenset[str]:
    """All held-out words with their forms, in small letters; none of `reserved` is among them."""
    above: dict[str, str] = {}

    def root(word: str) -> str:
        while above.setdefault(word, word) != word:
            word = above[word]
        return word

    for first, *rest in (tuple(word.lower() for word in tie) for tie in _ties()):
        for word in rest:
            above[root(word)] = root(first)
        root(first)
    groups: dict[str, set[str]] = {}
    for word in above:
        groups.setdefault(root(word), set()).add(word)
    chosen = (g for g in groups.values() if crc32(min(g).encode()) % 4 == 0 and len(g) <= BOUND)
    return frozenset(word for group in chosen if not group & reserved for word in group)


def apart(key: str) -> bool:
    """Whether a sum, a number or the like is held out."""
    return crc32(key.encode()) % 4 == 0


ONSETS = (
    *"bcdfghjklmnprstvwz",
    "bl",
    "br",
    "ch",
    "cl",
    "cr",
    "dr",
    "fl",
    "gr",
    "pl",
    "sh",
    "sk",
    "sl",
    "st",
    "tr",
    "th",
)
CODAS = (
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    *"bdgklmnprtx",
    "ck",
    "ft",
    "lt",
    "mp",
    "nd",
    "ng",
    "nk",
    "nt",
    "rd",
    "rk",
    "sh",
    "st",
)


ENDS = ("dy", "ly", "ny", "py", "rry", "ty", "ch", "sh", "ss", "x")  # other forms are spelled otherwise after these


def made_up(rng: random.Random, avoid: frozenset[str]) -> str:
    """A word that nobody knows (Berko 1958), of one to three syllables; none begins as a word of `avoid` does."""
    while True:
        parts = [
            rng.choice(ONSETS) + rng.choice("aeiou") + rng.choice(CODAS) for _ in range(rng.choice((1, 1, 2, 2, 2, 3)))
        ]
        word = "".join(parts)
        if rng.random() < 0.25:
            word = word.rstrip("bcdfghjklmnpqrstvwxyz") + rng.choice(ENDS)
        if len(word) > 3 and word[:4] not in _beginnings(avoid):
            return word


@cache
def _beginnings(words: frozenset[str]) -> frozenset[str]:
    return frozenset(word[:4] for word in words)


@dataclass(frozen=True)
class Pool:
    """The rows an episode may draw from: those that are trained on, or those held out."""

    rows: dict[str, list[tuple[str, ...]]]
    held: bool
    made: float = 0.0  # share of made-up words where any word will do
    avoid: frozenset[str] = frozenset()

    def any(self, rng: random.Random, *names: str) -> str:
        """A word of one of these classes, or a made-up one."""
        if self.made and rng.random() < self.made:
            return made_up(rng, self.avoid)
        return rng.choice(self.words(rng.choice(names)))

    def __getitem__(self, name: str) -> list[tuple[str, ...]]:
        return self.rows[name]

    def words(self, *names: str) -> list[str]:
        return [row[0] for name in names for row in self.rows[name]]


@cache
def _pools(reserved: frozenset[str]) -> tuple[Pool, Pool]:
    kept = heldout(reserved)
    sides = [{name: [r for r in rows if (r[0].lower() in kept) is held] for name, rows in classes().items()}
             for held in (False, True)]  # fmt: skip
    return Pool(sides[0], False), Pool(sides[1], True)


def pool(held: bool, reserved: frozenset[str]) -> Pool:
    return _pools(reserved)[held]
