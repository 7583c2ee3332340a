"""Changes that arrive from outside: what fits is kept as it is, everything else gets one sentence."""

from dataclasses import dataclass

import pytest

from playground.core.words import Wrong
from playground.nn.edits import MOST, Edits, by_layer, check_typed, edits_of


@dataclass(frozen=True)
class Own(Edits):
    """A room's own: words in the place of tokens."""

    SHAPES = {**Edits.SHAPES, "words": (int, str)}  # noqa: RUF012

    words: tuple[tuple[int, str], ...] = ()


def test_what_fits_becomes_tuples():
    edits = edits_of(Own, {"heads": [[0, 1, 2]], "layers": [3, [4]], "words": [[0, "cat"]]})
    assert edits.heads == ((0, 1, 2.0),) and edits.layers == (3, 4) and edits.words == ((0, "cat"),)
    assert edits and hash(edits) == hash(Own(heads=((0, 1, 2.0),), layers=(3, 4), words=((0, "cat"),)))
    assert not edits_of(Own, None) and edits_of(Own, {}) == Own()


@pytest.mark.parametrize(
    "given",
    [
        3,
        [],
        {"tails": []},
        {"heads": "all"},
        {"heads": {"0": 1}},
        {"heads": [[0, 1]]},
        {"heads": [[0, 1, "2"]]},
        {"heads": [[0, True, 1]]},
        {"heads": [[0.0, 1, 1]]},
        {"heads": [[-1, 0, 1]]},
        {"heads": [[0, 0, 10**400]]},
        {"heads": [[0, 0, 11]]},
        {"heads": [[0, 0, float("nan")]]},
        {"scores": [[0, 0, 0]]},
        {"scores": [[0, 0, float("inf")]]},
        {"layers": [[]]},
        {"layers": [None]},
        {"layers": [1.5]},
        {"layers": [0] * (MOST + 1)},
        {"words": [[0, 5]]},
    ],
)
def test_what_does_not_fit_gets_a_sentence(given):
    with pytest.raises(Wrong):
        edits_of(Own, given)


def test_changes_are_put_together_by_layer_and_must_be_there():
    heads = [(0, 1, 0.0), (2, 0, 1.5), (0, 3, 2.0)]
    assert by_layer(heads, 3, lambda _: 4, "head", "头") == {0: {1: 0.0, 3: 2.0}, 2: {0: 1.5}}
    for layers, count in ((2, 4), (3, 3)):
        with pytest.raises(Wrong, match="There is no"):
            by_layer(heads, layers, lambda _, count=count: count, "head", "头")


def test_what_is_put_in_the_place_of_a_word_is_short():
    check_typed([(0, "x" * 200)])
    with pytest.raises(Wrong, match="200"):
        check_typed([(0, "ok"), (1, "x" * 201)])
