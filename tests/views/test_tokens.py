from types import SimpleNamespace

from playground.core.parts import Tokens
from playground.views import tokens

TWO = Tokens(
    text="Play[ing] é\nB",
    ids=(1, 5, 6, 7, 2, 8, 2),
    texts=("[CLS]", "play", "##[ing]", "e", "[SEP]", "b", "[SEP]"),
    spans=((0, 0), (0, 4), (4, 9), (10, 11), (0, 0), (12, 13), (0, 0)),
    segments=(0, 0, 0, 0, 0, 1, 1),
    special=(True, False, False, False, True, False, True),
)


def word(start, end, pieces, segment=0, typed=False):
    return SimpleNamespace(start=start, end=end, pieces=pieces, segment=segment, typed=typed)


def test_runs_are_the_whole_text_in_order():
    found = tokens.runs(TWO)
    assert "".join(text for text, _ in found) == TWO.text
    assert found == [("Play", [1]), ("[ing]", [2]), (" ", []), ("é", [3]), ("\n", []), ("B", [5])]


def test_pieces_that_share_a_character_share_a_run():
    shared = Tokens("a🙂", (1, 2, 3), ("a", "x", "y"), ((0, 1), (1, 2), (1, 2)), (0, 0, 0), (False,) * 3)
    assert tokens.runs(shared) == [("a", [0]), ("🙂", [1, 2])]


def test_payload_slices_in_characters():
    said = tokens.payload(TWO, 128, unknown=(3,))
    assert said["surfaces"] == ["", "Play", "[ing]", "é", "", "B", ""]
    assert (said["unknown"], said["most"], said["cut"]) == ([3], 128, 0)


def test_chips_know_what_is_hidden_and_what_stands_close():
    words = [word(0, 4, (1,)), word(4, 9, (2,)), word(10, 11, (3,)), word(12, 13, (5,), 1)]
    said = tokens.chips(TWO, words, hidden={2})
    assert [chip["text"] for chip in said] == ["Play", "[ing]", "é", "B"]
    assert [chip["hidden"] for chip in said] == [False, True, False, False]
    assert [chip["tight"] for chip in said] == [False, True, False, False]
    assert [chip["at"] for chip in said] == [0, 4, 10, 12]


def test_quiet_tokens_have_no_letter():
    points = Tokens("a .", (1, 2, 3), ("[CLS]", "a", "."), ((0, 0), (0, 1), (2, 3)), (0,) * 3, (True, False, False))
    assert tokens.quiet(points) == [True, False, True]
