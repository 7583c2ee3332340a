"""A seeded reading task: a short passage of plain facts, a question, and the words of the passage that answer it.

Each frame says one fact in several wordings and asks for each of its slots in several wordings; one wording of each,
and every fifth name of a person or a city, are kept for measuring (``held``). Some questions ask for what
the passage does not say (as in SQuAD 2.0, Rajpurkar et al. 2018); their answer is empty.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zlib import crc32

from playground.data.lexicon import lexicon


@dataclass(frozen=True)
class Asked:
    """A question about a passage; the answer is passage[start:end], nothing if both are 0."""

    passage: str
    question: str
    start: int
    end: int
    kind: str  # the slot asked for: person, city, colour, ...

    @property
    def answer(self) -> str:
        return self.passage[self.start : self.end]


@dataclass(frozen=True)
class Frame:
    say: tuple[str, ...]
    ask: dict[str, tuple[str, ...]]


_SOURCE = Path(__file__).with_suffix(".txt")
_FROM_LEXICON = {"thing": "buy_thing", "colour": "colour", "hour": "hour", "spot": "spot", "month": "month",
                 "job": "job", "place": "place_town"}  # fmt: skip


@cache
def _blocks() -> tuple[list[str], ...]:
    lines = (line for line in _SOURCE.read_text("utf-8").splitlines() if not line.startswith("#"))
    return tuple(block.splitlines() for block in "\n".join(lines).strip().split("\n\n"))


@cache
def words(slot: str) -> tuple[str, ...]:
    """What may stand in a slot: from reading.txt, the story world's lexicon, or made up (names, ages, years)."""
    if slot in ("A", "B"):
        return _names()
    if slot in ("n", "year"):
        return tuple(map(str, range(5, 95) if slot == "n" else range(1900, 2020)))
    if slot in _FROM_LEXICON:
        found = [row.f["w"] for row in lexicon()[_FROM_LEXICON[slot]]]
        if slot in ("thing", "job", "colour"):  # that "a" can stand before
            found = [word for word in found if word[0] not in "aeiou" and " " not in word]
        return tuple(dict.fromkeys(f"the {word}" if slot == "place" else word for word in found))
    own = (line[1:].split(" ", 1) for line in _blocks()[0])
    return tuple({name: values.split(", ") for name, values in own}[slot.rstrip("2")])


def _names() -> tuple[str, ...]:
    """First names of the lexicon about as often as made-up ones: a model should not need to know the name."""
    parts = words("syllable")
    made = [f"{a}{b}{c}".capitalize() for a in parts for b in parts for c in ("", "n", "s", "l", "ra", "no")]
    known = [row.f["w"] for kind in ("name_m", "name_f") for row in lexicon()[kind]]
    return tuple(known * 60 + made)


def kept(word: str) -> bool:
    """Whether a name of a person or a city is kept for measuring."""
    return crc32(word.encode()) % 5 == 0


@cache
def frames() -> tuple[Frame, ...]:
    found = []
    for say, *asks in _blocks()[1:]:
        pairs = (line.split(": ", 1) for line in asks)
        found.append(Frame(tuple(say.split(" / ")), {slot: tuple(text.split(" / ")) for slot, text in pairs}))
    return tuple(found)


def _slots(wording: str) -> list[str]:
    return re.findall(r"{(\w+)}", wording)


def _value(slot: str, held: bool, rng: random.Random, taken: set[str]) -> str:
    """A value that no other fact of the passage has, so that a question has one answer."""
    named = slot in ("A", "B", "city")
    for _ in range(200):
        word = rng.choice(words(slot))
        if word not in taken and (not named or kept(word) == held):
            break
    taken.add(word)
    return word


def _gender(name: str) -> str:
    """He or She; of made-up names those that end in a are women's."""
    return _genders().get(name) or ("She" if name.endswith("a") else "He")


@cache
def _genders() -> dict[str, str]:
    return {row.f["w"]: he for kind, he in (("name_m", "He"), ("name_f", "She")) for row in lexicon()[kind]}


def _fill(wording: str, values: dict[str, str]) -> tuple[str, dict[str, tuple[int, int]]]:
    """The sentence, and where each slot's value stands in it."""
    text, spans = "", {}
    for part in re.split(r"({\w+})", wording):
        if part.startswith("{"):
            value = values[part[1:-1]]
            value = value[:1].upper() + value[1:] if not text else value
            spans[part[1:-1]] = (len(text), len(text) + len(value))
            text += value
        else:
            text += part
    return text, spans


def _wording(options: tuple[str, ...], held: bool, rng: random.Random) -> str:
    kept_one = options[crc32("".join(options).encode()) % len(options)]
    return kept_one if held else rng.choice([option for option in options if option is not kept_one])


def ask(rng: random.Random, held: bool = False, empty: float = 0.15, most: int = 6) -> Asked:
    """One passage of two to `most` facts, of which some are of one frame and some about one person, and a question.

    `held`: with wordings and names kept for measuring. `empty`: share of questions without an answer.
    """
    facts: list[tuple[Frame, dict[str, str]]] = []
    taken: set[str] = set()
    for _ in range(rng.randint(2, most)):
        same = facts and rng.random() < 0.35
        frame = facts[-1][0] if same else rng.choice(frames())
        values = {slot: _value(slot, held, rng, taken) for slot in dict.fromkeys(_slots(" ".join(frame.say)))}
        new = all(other is not frame for other, _ in facts)
        if new and facts and "A" in values and "A" in facts[-1][1] and rng.random() < 0.4:
            values["A"] = facts[-1][1]["A"]
        facts.append((frame, values))
    wanted = rng.randrange(len(facts))
    left_out = rng.random() < empty
    text, named = "", ("", (0, 0))
    found: dict[str, tuple[int, int]] = {}
    for number, (frame, values) in enumerate(facts):
        if left_out and number == wanted:
            continue
        wording = _wording(frame.say, held, rng)
        again = wording.startswith("{A} ") and values["A"] == named[0] and rng.random() < 0.5
        sentence, spans = _fill(wording, values | ({"A": _gender(values["A"])} if again else {}))
        text += " " * bool(text)
        spans = {slot: (start + len(text), end + len(text)) for slot, (start, end) in spans.items()}
        if again:
            spans["A"] = named[1]  # where the name stands
        named = (values.get("A", ""), spans.get("A", (0, 0)))
        found = spans if number == wanted else found
        text += sentence
    frame, values = facts[wanted]
    slot = rng.choice([*frame.ask])
    question = _fill(_wording(frame.ask[slot], held, rng), values)[0]
    start, end = found.get(slot, (0, 0))
    return Asked(text, question, start, end, slot)


def reading(seed: int, count: int, held: bool = False, empty: float = 0.15, most: int = 6) -> Iterator[Asked]:
    """`count` questions, the same for the same seed."""
    rng = random.Random(f"reading {seed} {held}")
    for _ in range(count):
        yield ask(rng, held, empty, most)


def facts(seed: int, count: int) -> Iterator[tuple[str, dict[str, tuple[int, int]]]]:
    """`count` sentences, each one fact, and where its slots stand; nothing that is held out."""
    rng = random.Random(f"facts {seed}")
    for _ in range(count):
        frame, taken = rng.choice(frames()), set[str]()
        values = {slot: _value(slot, False, rng, taken) for slot in dict.fromkeys(_slots(frame.say[0]))}
        yield _fill(_wording(frame.say, False, rng), values)
