"""What the examples of an episode have in common: rules that draw pairs of an input and an answer.

A rule first settles what holds for the whole episode (a separator, the names of the labels), then draws example after
example from a pool of words. Few kinds of input and many rules for each keep the input from telling the rule.
"""

import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

from playground.data.lexicon import NUMBERS
from playground.data.words import Pool, apart, made_up


class Example(NamedTuple):
    given: str
    answer: str
    known: bool = True  # False where no reader could know the answer, such as a symbol's first meaning


Draw = Callable[[random.Random, Pool], Example]
Rule = Callable[[random.Random, Pool], Draw]  # of the episode; the pool is the one trained on


def always(draw: Draw) -> Rule:
    return lambda rng, pool: draw


# Single words
ANY = ("noun", "noun", "verb", "adjective", "word", "word")


def word_to(change: Callable[[str], str], *names: str) -> Rule:
    """One word in, something made of it out."""

    def draw(rng: random.Random, pool: Pool) -> Example:
        word = pool.any(rng, *(names or ANY))
        return Example(word, change(word))

    return always(draw)


def with_article(word: str) -> str:
    return ("an " if word[0] in "aeiou" and not word.startswith("uni") else "a ") + word


def affix(rng: random.Random, pool: Pool) -> Draw:
    """A word put before or after the input, the same in the whole episode."""
    word = rng.choice(pool.words("noun", "adjective"))
    form = rng.choice(("{0} {1}", "{1} {0}", "{0} {1} {0}", "{0} and {1}", "{1} or {0}"))
    return word_to(lambda w: form.format(word, w))(rng, pool)


def from_table(name: str, both: bool = False) -> Rule:
    """A table read from left to right, or both ways."""

    def draw(rng: random.Random, pool: Pool) -> Example:
        a, b = rng.choice(pool[name])[:2]
        return Example(b, a) if both and rng.random() < 0.5 else Example(a, b)

    return always(draw)


# Lists
def list_items(rng: random.Random, pool: Pool, least: int = 2, most: int = 4) -> list[str]:
    kind, size = rng.random(), rng.randint(least, most)
    if pool.held or kind < 0.7:
        items = rng.sample(pool.words(rng.choice(ANY)), size)
        return [made_up(rng, pool.avoid) if pool.made and rng.random() < pool.made else item for item in items]
    if kind < 0.85:
        return rng.sample("abcdefghijklmnopqrstuvwxyz", size)
    return rng.sample([str(n) for n in range(10)], size)


def list_to(change: Callable[[list[str]], list[str]], least: int = 2) -> Rule:
    """A list in, a list or one of its words out; the separator is the episode's."""

    def rule(rng: random.Random, pool: Pool) -> Draw:
        gap = rng.choice((" ", " ", ", "))

        def draw(rng: random.Random, pool: Pool) -> Example:
            items = list_items(rng, pool, least)
            return Example(gap.join(items), gap.join(change(items)))

        return draw

    return rule


def letters_to(change: Callable[[list[str]], list[str]]) -> Rule:
    """A word spelled out, letter by letter."""

    def draw(rng: random.Random, pool: Pool) -> Example:
        letters = list(rng.choice([w for w in pool.words(rng.choice(ANY)) if len(w) < 8]))
        return Example(" ".join(letters), " ".join(change(letters)))

    return always(draw)


def spelled(rng: random.Random, pool: Pool) -> Example:
    word = pool.any(rng, *ANY)
    return Example(" ".join(word), word)


def counted(rng: random.Random, pool: Pool) -> Example:
    items = list_items(rng, pool, 1, 6)
    return Example(" ".join(items), str(len(items)))


# Dictionaries that hold for one episode
SYMBOLS = ("#", "@", "%", "&", "+", "=", "~", "^", "$", "!", "?", "<", "*", "/", "|", "_", ";", "{", "}", "[", "]")


def dictionary(kind: str) -> Rule:
    """Keys with random meanings: known only from an example of the same key."""

    def rule(rng: random.Random, pool: Pool) -> Draw:
        size, told, keys, way = rng.choice((1, 2, 3, 4, 5, 6, 8, 10)), {}, [], rng.random()  # type: ignore[var-annotated]

        def fresh(rng: random.Random, pool: Pool) -> str:
            if kind == "symbol":
                return rng.choice(SYMBOLS)
            return pool.any(rng, *ANY) if way < 0.6 else rng.choice(NUMBERS) if way < 0.8 else str(rng.randint(0, 9))

        def draw(rng: random.Random, pool: Pool) -> Example:
            if told and (len(told) >= size or rng.random() < 0.3):
                key = rng.choice(keys)
                return Example(key, told[key])
            key = fresh(rng, pool)
            known = key in told
            told.setdefault(key, pool.any(rng, *ANY))
            keys.append(key)
            return Example(key, told[key], known)

        return draw

    return rule


# Labels
CATEGORIES = ("animal", "food", "clothes", "vehicle", "tool", "furniture", "job", "plant", "body", "place")
NAMELESS = (
    ("yes", "no"), ("A", "B"), ("true", "false"), ("1", "2"), ("0", "1"), ("red", "blue"), ("left", "right"),
    ("foo", "bar"), ("X", "Y"), ("up", "down"), ("good", "bad"), ("in", "out"), ("one", "two"), ("alpha", "beta"),
)  # fmt: skip


def category(rng: random.Random, pool: Pool) -> Draw:
    chosen = rng.sample(CATEGORIES, rng.randint(2, 6))

    def draw(rng: random.Random, pool: Pool) -> Example:
        word, category = rng.choice(_of(pool, rng.choice(chosen)))
        return Example(word, category)

    return draw


def _of(pool: Pool, *categories: str) -> list[tuple[str, ...]]:
    return [row for row in pool["noun"] if row[1] in categories]


def _names(rng: random.Random, pool: Pool) -> list[str]:
    """Two label names in random order: everyday ones, or any two words."""
    pair = rng.choice(NAMELESS) if rng.random() < 0.7 else rng.sample(pool.words("noun", "adjective"), 2)
    return rng.sample(list(pair), 2)


def label(rng: random.Random, pool: Pool) -> Draw:
    """Two kinds of words under names that only the examples give."""
    names = _names(rng, pool)
    sorts = rng.sample((*CATEGORIES, "verb", "adjective"), 2)

    def draw(rng: random.Random, pool: Pool) -> Example:
        which = rng.randrange(2)
        return Example(_one(sorts[which], rng, pool), names[which])

    return draw


def _one(sort: str, rng: random.Random, pool: Pool) -> str:
    return rng.choice(pool.words(sort) if sort in ("verb", "adjective") else [w for w, _ in _of(pool, sort)])


# Sentences
THINGS = ("film", "movie", "book", "story", "play", "song", "meal", "hotel", "room", "game", "show", "trip", "day",
          "party", "actor", "music", "service", "ending", "plot", "evening", "food", "place")  # fmt: skip
FORMS = (
    "The {0} was {1}.", "I found the {0} {1}.", "This {0} is {1}.", "The {0} is so {1}.", "My {0} was very {1}.",
    "We thought the {0} was {1}.", "That {0} was really {1}.", "The whole {0} seemed {1}.",
)  # fmt: skip


def _said(rng: random.Random, pool: Pool) -> tuple[str, str, str, bool]:
    """A sentence with its thing, its telling word, and whether that is a good word."""
    good, thing = rng.random() < 0.5, rng.choice(THINGS)
    word = rng.choice(pool.words("positive" if good else "negative"))
    return rng.choice(FORMS).format(thing, word), thing, word, good


def sentiment(names: tuple[str, str] | None) -> Rule:
    def rule(rng: random.Random, pool: Pool) -> Draw:
        labels = names or tuple(_names(rng, pool))

        def draw(rng: random.Random, pool: Pool) -> Example:
            sentence, _, word, good = _said(rng, pool)
            return Example(sentence if bare else word, labels[0 if good else 1])

        bare = rng.random() < 0.8
        return draw

    return rule


def said_part(part: int) -> Rule:
    """The thing (1) or the telling word (2) of a sentence, or the sentence again (0)."""

    def draw(rng: random.Random, pool: Pool) -> Example:
        said = _said(rng, pool)
        return Example(said[0], str(said[part]))

    return always(draw)


# Numbers
def number_to(change: Callable[[int], object], most: int = 99) -> Rule:
    def draw(rng: random.Random, pool: Pool) -> Example:
        n = rng.choice([n for n in range(1, most + 1) if most < 30 or apart(str(n)) is pool.held])
        return Example(str(n), str(change(n)))

    return always(draw)


def two_to(change: Callable[[int, int], int]) -> Rule:
    """Two small numbers; the sign between them is the episode's and tells nothing, but "+" is commonest."""

    def rule(rng: random.Random, pool: Pool) -> Draw:
        sign = " + " if rng.random() < 0.6 else rng.choice((" ", ", ", " and ", " ? ", " * "))

        def draw(rng: random.Random, pool: Pool) -> Example:
            while True:
                a, b = rng.randint(0, 15), rng.randint(0, 15)
                if apart(f"{min(a, b)}+{max(a, b)}") is pool.held:
                    return Example(f"{a}{sign}{b}", str(change(a, b)))

        return draw

    return rule


DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip


def neighbour(names: Sequence[str], step: int) -> Rule:
    """The neighbour in a circle of names."""

    def draw(rng: random.Random, pool: Pool) -> Example:
        at = rng.randrange(len(names))
        return Example(names[at], names[(at + step) % len(names)])

    return always(draw)
