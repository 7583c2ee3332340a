"""Whole stories: long enough, of one piece, seeded, and the stories of the world stay as they were."""

import random
import re
from collections import Counter

import pytest

from playground.data import tales
from playground.data.lexicon import lexicon


@pytest.fixture(scope="module")
def told() -> list[str]:
    return list(tales.tales(11, 600))


def test_a_tale_has_a_hundred_to_two_hundred_words(told) -> None:
    sizes = [len(tale.split()) for tale in told]
    assert min(sizes) >= 100 and max(sizes) <= 200


def test_the_same_seed_tells_the_same() -> None:
    assert list(tales.tales(3, 20)) == list(tales.tales(3, 20)) != list(tales.tales(4, 20))


def test_tales_are_well_formed(told) -> None:
    for tale in told:
        assert not re.search(r"[{}\[\]|~=]|  | [.,?!]|\.\.", tale), tale
        assert tale[0].isupper() or tale[0] == '"'
        assert tale[-1] in '.!?"'
        assert tale.count('"') % 2 == 0, tale
        assert not re.search(r"\ba (?=[aeiou])(?!one|uni|use)", tale), tale


def test_sentences_begin_with_a_capital(told) -> None:
    for tale in told:
        assert not re.search(r"(?<!Mr)(?<!Mrs)[a-z][.!?] [a-z]", tale), tale


def test_a_tale_stays_with_its_people(told) -> None:
    """The commonest name of a tale stands in its beginning and in its ending half."""
    names = {row.f["w"] for row in lexicon()["named"]}
    about = 0
    for tale in told:
        counts = Counter(word for word in re.findall(r"[A-Z][a-z]+", tale) if word in names)
        if counts:
            hero = counts.most_common(1)[0][0]
            words = tale.split()
            about += hero in " ".join(words[: len(words) // 2]) and hero in " ".join(words[len(words) // 2 :])
            assert len(counts) <= 6
    assert about > 0.7 * len(told)


def test_tales_differ(told) -> None:
    assert len(set(told)) == len(told)
    starts = Counter(" ".join(tale.split()[-6:]) for tale in told)
    assert max(starts.values()) < 0.2 * len(told)


def test_a_composed_tale_opens_turns_and_ends() -> None:
    told = [tales._composed(random.Random(seed)) for seed in range(200)]
    fixed = tuple(turn for turn in tales.TURNS if "{" not in turn)
    assert sum(any(part in fixed for part in parts[1:-1]) for parts in told) > 100
    assert len({parts[0] for parts in told}) > 150 and len({parts[-1] for parts in told}) > 60
