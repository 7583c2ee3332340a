"""What the embedded BERT exists to show, each as a number."""

import numpy as np
import pytest

from playground.families.bert import Request, trace


def top(text: str, pair: str = "", count: int = 5) -> list[str]:
    return list(trace(Request(text, pair, top=count)).fills[0].ranking.labels)


def chance(text: str, word: str) -> float:
    """Probability of `word` in the first gap, 0 if it is not among the first fifty."""
    ranking = trace(Request(text, top=50)).fills[0].ranking
    return dict(zip(ranking.labels, ranking.scores.tolist(), strict=True)).get(word, 0.0)


@pytest.mark.parametrize(
    "left, right, word",
    [
        ("The [MASK] was very old.", "The [MASK] barked at the cat.", "dog"),
        ("She bought a [MASK] yesterday.", "She bought a [MASK] and read it in bed.", "book"),
    ],
)
def test_words_after_the_gap_count(left: str, right: str, word: str) -> None:
    """Both sides are read: what follows the gap makes the word at least twice as likely."""
    assert chance(right, word) > 2 * chance(left, word)


def test_a_gap_agrees_with_its_subject() -> None:
    assert chance("She [MASK] tired.", "was") > chance("She [MASK] tired.", "were")
    assert chance("They [MASK] tired.", "were") > chance("They [MASK] tired.", "was")


def test_pronouns_follow_the_person() -> None:
    girl, boy = "The girl lost [MASK] book.", "The boy lost [MASK] book."
    assert chance(girl, "her") > chance(girl, "his") and chance(boy, "his") > chance(boy, "her")


def test_some_head_looks_one_word_back_and_some_one_ahead() -> None:
    """Clark et al. 2019, section 3.1: heads that attend to a neighbour; mean weight over the words of three texts."""
    texts = (
        "The cat sat on the floor because it was tired.",
        "We went to the beach and swam in the sea.",
        "He opened the door with a key and went into the kitchen.",
    )
    seen = [trace(Request(text)).attention.weights for text in texts]
    for shift in (-1, 1):
        weights = np.mean([np.diagonal(w, shift, 2, 3)[..., 1:-1].mean(-1) for w in seen], axis=0)  # [layer head]
        assert weights.max() > 0.4


def test_a_true_neighbour_is_believed() -> None:
    first = "Anna was hungry, so she went into the kitchen."
    assert trace(Request(first, "She made a sandwich and ate it at the table.")).is_next > 0.5


def test_a_true_neighbour_is_ten_times_likelier_than_a_stranger() -> None:
    first = "Anna was hungry, so she went into the kitchen."
    follows = trace(Request(first, "She made a sandwich and ate it at the table.")).is_next
    stranger = trace(Request(first, "Crude oil prices fell by 3 pct in March, the ministry said.")).is_next
    assert follows is not None and stranger is not None and follows > 10 * stranger and stranger < 0.5
