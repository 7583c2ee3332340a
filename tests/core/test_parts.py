import numpy as np
import pytest

from playground.core import parts

ZEROS = np.zeros


def tokens(n: int, **changes):
    columns = {
        "ids": tuple(range(n)),
        "texts": ("x",) * n,
        "spans": ((0, 1),) * n,
        "segments": (0,) * n,
        "special": (False,) * n,
    }
    return parts.Tokens("x", **{**columns, **changes})


def test_tokens_have_as_many_of_everything():
    assert len(tokens(3)) == 3 and len(tokens(0)) == 0
    for column in ("ids", "texts", "spans", "segments", "special"):
        with pytest.raises(ValueError, match="differ in length"):
            tokens(3, **{column: ()})


GOOD = [
    lambda: parts.Attention(ZEROS((2, 3, 1, 2)), ("a",), ("b", "c")),
    lambda: parts.Strip(ZEROS((2, 5)), ("a", "b")),
    lambda: parts.Ranking(("a", "b"), ZEROS(2), 0.5, 7),
    lambda: parts.Series("loss", ZEROS(4), "nat"),
    lambda: parts.Cloud(ZEROS((3, 2)), ("a", "b", "c")),
    lambda: parts.Field(ZEROS((2, 2)), (0, 1, 0, 1)),
    lambda: parts.Tiles(ZEROS((2, 4, 4)), ("a", "b")),
    lambda: parts.Tiles(ZEROS((2, 4, 4, 3)), ("a", "b")),
]
BAD = [
    lambda: parts.Attention(ZEROS((2, 3, 2, 1)), ("a",), ("b", "c")),
    lambda: parts.Strip(ZEROS((2, 5)), ("a",)),
    lambda: parts.Ranking(("a",), ZEROS(2)),
    lambda: parts.Series("loss", ZEROS((4, 1))),
    lambda: parts.Cloud(ZEROS((3, 2)), ("a",)),
    lambda: parts.Field(ZEROS(4), (0, 1, 0, 1)),
    lambda: parts.Tiles(ZEROS((3, 4, 4)), ("a", "b")),
    lambda: parts.Tiles(ZEROS((2, 4, 4, 4)), ("a", "b")),
]


@pytest.mark.parametrize("make", GOOD)
def test_parts_freeze_their_arrays(make):
    part = make()
    array = next(value for value in vars(part).values() if isinstance(value, np.ndarray))
    assert not array.flags.writeable
    with pytest.raises(AttributeError):
        part.anything = 1


@pytest.mark.parametrize("make", BAD)
def test_parts_hold_their_shapes(make):
    with pytest.raises(ValueError, match="expected"):
        make()


def test_a_graph_joins_known_nodes_once():
    a, b = parts.Node("a", "A"), parts.Node("b", "B", shape=(3,), parameters=9)
    assert parts.Graph((a, b), (("a", "b"),)).edges == (("a", "b"),)
    with pytest.raises(ValueError, match="share a key"):
        parts.Graph((a, a), ())
    with pytest.raises(ValueError, match="unknown nodes: \\['c'\\]"):
        parts.Graph((a, b), (("a", "c"),))
