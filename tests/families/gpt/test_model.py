"""How a text becomes tokens: where each stands in what was typed, and how it is spelled to be read."""

import pytest

from playground.families.gpt.model import alike, controls, disarm, encode, open_gpt, spell, whole_letters
from tests.families.gpt import tiny


@pytest.fixture
def gpt(models):
    return open_gpt(models / "gpt2")


@pytest.mark.parametrize(
    "text", ["the cat", " the\tcat\n\n", "é 你 🐈 ﷺ", "a\u0301 <b>&amp;", f"x {tiny.END} y <|bot|>", "\ud800"]
)
def test_every_character_lies_on_a_token(gpt, text) -> None:
    read = encode(text, gpt).tokens
    assert read.spans[0][0] == 0 and read.spans[-1][1] == len(read.text) == len(text)
    assert all(before[1] >= after[0] for before, after in zip(read.spans, read.spans[1:], strict=False))
    assert not any(read.special)


def test_typed_control_tokens_are_broken_up_and_offsets_stay(gpt) -> None:
    said, origin = disarm(f"a{tiny.END}b", gpt.tokenizer)
    assert said == "a< |endoftext|>b" and origin == [0, 1, 2, *range(2, 16)]
    assert controls(gpt.tokenizer) == {0: tiny.END, 1: "<|user|>", 2: "<|bot|>"}


def test_spelling_shows_what_cannot_be_seen(gpt) -> None:
    names = {text: spell(gpt.tokenizer, encode(text, gpt).tokens.ids[-1]) for text in (" ", "\n", "\t", "\x00", " cat")}
    assert names == {" ": "␣", "\n": "↵", "\t": "⇥", "\x00": "<0>", " cat": "␣cat"}
    assert spell(gpt.tokenizer, 0) == tiny.END and spell(gpt.tokenizer, 10**6) == "#1000000"


def test_a_control_token_among_letters_stands_for_nothing(gpt) -> None:
    read = encode("a", gpt, (0, *encode("t", gpt).tokens.ids)).tokens
    assert read.text == "at" and read.spans == ((0, 1), (1, 1), (1, 2)) and read.special == (False, True, False)
    assert whole_letters([(0, 1), (1, 1), (1, 2)], [False] * 3, 1) == [(0, 1), (1, 2), (1, 2)]


def test_alike() -> None:
    assert [alike("abc", "abd"), alike("abc", "abc"), alike("", "a"), alike("ab", "abc")] == [2, 3, 0, 2]
