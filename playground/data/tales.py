"""Whole stories of 100 to 200 words from the story world (``stories.py``), each with a beginning, a turn and an ending.

Half are plots made for this (``world/tales/tales.txt``); the others tell two or three plots of the world about the
same people, between an opening that says who they are and an ending that comes back to it.
"""

import random
import re
from collections.abc import Iterator
from functools import cache

from playground.data.lexicon import WORLD, Row, lexicon
from playground.data.stories import _bind, _compile, _fill, _nested, _Scene, _tell, _Text, _texts, _told

LEAST, MOST = 100, 200  # words
HEROES = frozenset(["child", "person", "any", "all", "girl", "boy"])
FRIENDS = frozenset(["other_child", "other_person", "other_any"])

OPENINGS = (
    "Once upon a time there was a child named {A.name} who lived in {home} with {A.his} {kin.w}.",
    "{A.name} lived in {home} near the {p=trip_place}, and {A.his} best friend was called {B.name}.",
    "This is the story of {A.name}, who lived in {home} and was [never afraid|always hungry|always busy|often alone].",
    "In {home} there lived a child whose name was {A.name}.",
    "{A.name} and {B.name} had been friends for as long as they could remember.",
    "Long ago, {A.name} came to live in {home}, and {A.his} {kin.w} came too.",
    "It was the first day of the holidays, and {A.name} had no plans at all.",
)
HOMES = (
    "[a small|an old|a white|a red] house at the end of the [street|village]",
    "a little town by the [sea|river]",
    "[a big|a noisy|an old] city",
    "a [quiet|small] village between two hills",
    "a farmhouse near the river",
)
TURNS = (
    "But that was not the end of it.", "But the next day, everything was different.",
    "A week later, something happened.",
    "That was only the beginning.", "Nobody knew what the next day would bring.", "Then the weather changed.",
    "Some days later, {A.name} had almost forgotten it.", "Not long after that, it was {A.names} turn again.",
    "{A.name} told {B.name} all about it, and they laughed for a long time.", "Time went by.",
)  # fmt: skip
ENDINGS = (
    "In the evening {A.name} told {A.his} {kin.w} everything and went to bed tired but happy.",
    "And if you ask {A.name} today, {A.he} still remembers every bit of it.",
    '"What a week!" said {B.name}, and {A.name} could only laugh.',
    "That night {A.name} looked at the stars for a long time and thought that life was good.",
    "From that day on, {A.name} and {B.name} did everything together.",
    "And so it was that {A.name} learned that [every day brings something new|a friend is worth more than gold].",
    "{A.name} wrote it all down in a little book, and this is what you have just read.",
)


@cache
def _whole() -> list[_Text]:
    found = []
    for part in (WORLD / "tales" / "tales.txt").read_text("utf-8").split("== ")[1:]:
        head, *body = [line for line in part.splitlines() if not line.startswith("#")]
        found.append(_compile(head, body))
    return found


@cache
def _chapters() -> list[_Text]:
    """Plots of the world that one person, with a friend or alone, can be the hero of."""
    found: list[_Text] = []
    for text in _texts()["plot"]:
        classes = [cls for key, cls in text.bindings if key.isupper()]
        hero = bool(classes) and classes[0] in HEROES and all(cls in FRIENDS or cls == "parent" for cls in classes[1:])
        if hero and text.weight == 1 and text not in found:
            found.append(text)
    return found


def _say(scene: _Scene, wordings: tuple[str, ...]) -> str:
    scene.now += 1
    return _fill(_nested(scene.rng.choice(wordings)), scene)


def _composed(rng: random.Random) -> list[str]:
    named: list[Row] = lexicon()["named"]
    first, friend = rng.sample(named, 2)
    scene = _Scene(rng, {"A": first, "B": friend})
    scene.rows["h"] = Row({"w": _fill(_nested(rng.choice(HOMES)), scene)}, False)
    told = [_say(scene, tuple(o.replace("{home}", "{h}") for o in OPENINGS))]
    chapters = rng.sample(_chapters(), 4)
    for number, chapter in enumerate(chapters):
        if number:
            told.append(_say(scene, TURNS))
        told += _chapter(chapter, first, friend, rng)
        if sum(len(s.split()) for s in told) >= LEAST:
            break
    return [*told, _say(scene, ENDINGS)]


def _chapter(text: _Text, first: Row, friend: Row, rng: random.Random) -> list[str]:
    """A plot told about people already met; what else it needs is drawn anew."""
    scene = _Scene(rng)
    for key, cls in text.bindings:
        if cls in HEROES:
            scene.rows[key] = first
        elif cls in FRIENDS:
            scene.rows[key] = friend
        else:
            _bind(scene, key, cls)
    return [_tell(frame, scene).text for frame in _told(text, rng)]


def _written(rng: random.Random) -> list[str]:
    text = rng.choice(_whole())
    scene = _Scene(rng)
    for key, cls in text.bindings:
        _bind(scene, key, cls)
    return [_tell(frame, scene).text for frame in _told(text, rng)]


_START = re.compile(r"(?<=[a-z0-9][.!?] )[a-z]")


def tale(rng: random.Random) -> str:
    """One story as a paragraph."""
    while True:
        told = _written(rng) if rng.random() < 0.4 else _composed(rng)
        text = _START.sub(lambda m: m.group().upper(), " ".join(s[0].upper() + s[1:] for s in told))
        if LEAST <= len(text.split()) <= MOST:
            return re.sub(r"\b([Aa]) (?=[aeiou])", r"\1n ", text)


def tales(seed: int, count: int) -> Iterator[str]:
    """``count`` stories, the same for the same seed."""
    rng = random.Random(seed)
    for _ in range(count):
        yield tale(rng)
