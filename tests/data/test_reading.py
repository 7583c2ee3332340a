"""The reading task: the answer stands in the passage, what is held out is never shown, some questions have none."""

import re

import pytest

from playground.data import reading
from playground.data.reading import Asked

SHOWN = list(reading.reading(0, 3000))
HELD = list(reading.reading(0, 1000, held=True))


def test_a_seed_tells_the_same_again() -> None:
    assert list(reading.reading(5, 20)) == list(reading.reading(5, 20)) != list(reading.reading(6, 20))


def test_an_answer_is_a_part_of_the_passage_and_sometimes_there_is_none() -> None:
    for asked in SHOWN + HELD:
        assert 0 <= asked.start <= asked.end <= len(asked.passage)
        assert asked.answer == asked.answer.strip() and asked.answer not in ("He", "She")
        assert "{" not in asked.passage + asked.question and asked.question.endswith("?")
        assert bool(asked.end) == bool(asked.answer)
    assert 0.1 < sum(not asked.answer for asked in SHOWN) / len(SHOWN) < 0.2


def test_answers_are_of_the_kind_asked_for() -> None:
    for asked in SHOWN:
        if asked.answer and asked.kind in ("colour", "day", "month", "year"):
            assert asked.answer in reading.words(asked.kind)
    assert {"A", "B", "city", "colour", "count", "day", "place", "thing"} <= {asked.kind for asked in SHOWN}


def people(asked: Asked) -> set[str]:
    return set(re.findall(r"[A-Z][a-z]+", asked.passage)) & set(reading.words("A"))


def test_names_and_wordings_are_kept_out_of_training() -> None:
    assert not any(map(reading.kept, set().union(*map(people, SHOWN))))
    assert all(map(reading.kept, set().union(*map(people, HELD))))
    shapes = lambda told: {re.sub(r"[A-Z]\w+|\d+", "_", a.question) for a in told}  # noqa: E731
    assert len(shapes(HELD) & shapes(SHOWN)) < 0.1 * len(shapes(HELD))


@pytest.mark.parametrize("frame", reading.frames(), ids=lambda frame: frame.say[0])
def test_every_frame_says_all_it_is_asked_for(frame: reading.Frame) -> None:
    assert len(frame.say) >= 3 and all(len(wordings) >= 3 for wordings in frame.ask.values())
    slots = set(reading._slots(frame.say[0]))
    assert all(set(reading._slots(wording)) == slots for wording in frame.say)
    for slot, wordings in frame.ask.items():
        assert slot in slots
        assert all(set(reading._slots(wording)) <= slots - {slot} for wording in wordings)
    assert all(reading.words(slot) for slot in slots)


def test_a_pronoun_stands_for_the_name_before_it() -> None:
    told = [asked for asked in SHOWN if re.search(r"\b(He|She)\b", asked.passage)]
    assert len(told) > 100
    assert any(asked.kind == "A" and asked.answer in reading.words("A") for asked in told)
