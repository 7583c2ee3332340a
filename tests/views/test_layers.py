"""What layers say and where tokens stand, as the page gets it: every number is the model's, none is computed twice."""

import base64
import json

import numpy as np
import pytest

from playground.core import atlas
from playground.core.parts import Tokens
from playground.nn import lens
from playground.views import layers, tokens

TEXTS = ("[CLS]", "the", "dog", ".", "[SEP]")
TOKENS = Tokens("the dog.", (0, 1, 2, 3, 4), TEXTS, ((0, 0), (0, 3), (4, 7), (7, 8), (0, 0)), (0,) * 5,
                (True, False, False, False, True))  # fmt: skip
STATES = np.random.default_rng(0).normal(size=(3, 3, 8))  # [row point feature]


def unpacked(text: str, kind: str, *shape: int) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), kind).reshape(shape)


def test_a_map_tells_places_neighbours_and_ways():
    told = atlas.drawn(STATES, TOKENS, (1, 2, 3))
    said = layers.atlas(told)
    json.dumps(said, allow_nan=False)
    assert said["labels"] == ("the", "dog", ".") and said["quiet"] == [False, False, True]
    unit = STATES / np.linalg.norm(STATES, axis=-1, keepdims=True)
    near = unpacked(said["near"], "<u2", 3, 3, said["neighbours"])
    cosines = unpacked(said["cosines"], "<f4", 3, 3, said["neighbours"])
    for row in range(3):
        alike = unit[row] @ unit[row].T - 9 * np.eye(3)
        np.testing.assert_array_equal(near[row], np.argsort(-alike, axis=1)[:, :2])
        np.testing.assert_allclose(cosines[row], np.sort(alike, axis=1)[:, :0:-1], atol=1e-6)
    moved = unpacked(said["moved"], "<f4", 3, 3)
    np.testing.assert_allclose(moved[0], 1)
    np.testing.assert_allclose(moved[1:], (unit[1:] * unit[:-1]).sum(-1), atol=1e-6)
    assert np.all(np.array(said["kept"]) <= np.array(said["best"]) + 1e-9)


def test_a_long_text_is_looked_through_once(monkeypatch):
    asked, quiet = [], tokens.quiet
    monkeypatch.setattr(tokens, "quiet", lambda text: asked.append(1) or quiet(text))
    layers.atlas(atlas.drawn(STATES, TOKENS, (1, 2, 3)))
    assert len(asked) == 1


def test_tsne_needs_four_tokens_and_begins_where_the_row_before_ended():
    states = np.random.default_rng(1).normal(size=(2, 6, 8)).astype(np.float32)
    six = Tokens(
        "abcdef", tuple(range(6)), tuple("abcdef"), tuple((i, i + 1) for i in range(6)), (0,) * 6, (False,) * 6
    )
    grounds = {"six": (states, tuple(range(6))), "three": (states[:, :3], (0, 1, 2))}
    unfolded = atlas.by_tsne(
        lambda key: atlas.drawn(grounds[key][0], six, grounds[key][1]), lambda key: grounds[key][0]
    )
    lines = list(layers.frames(unfolded(("six", row)) for row in range(2)))
    assert [sorted(json.loads(one)) for one in lines] == [["faithful", "frame"]] * 2 and unfolded.info().misses == 2
    with pytest.raises(atlas.Wrong, match="at least 4"):
        unfolded(("three", 0))


def test_a_lens_reads_every_row_as_softmax_does():
    logits = np.array([[0.0, 1, 2, 3], [3, 3, 0, 1], [9, 1, 0, 2]], np.float32)
    said = layers.lens(lens.read("abcd".__getitem__, 2, logits, final=0, truth=3, difference=1e-6))
    json.dumps(said, allow_nan=False)
    chances = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    assert said["final"] == "a" and said["final_rank"] == [4, 1, 1] and said["truth_rank"] == [1, 3, 2]
    np.testing.assert_allclose(said["final_chance"], chances[:, 0], atol=1e-6)
    np.testing.assert_allclose(said["entropy"], -(chances * np.log2(chances)).sum(1), atol=1e-6)
    assert [row["labels"] for row in said["rows"]] == [("d", "c", "b", "a"), ("a", "b", "d", "c"), ("a", "d", "b", "c")]
    untold = layers.lens(lens.read("abcd".__getitem__, 2, logits, final=0, truth=None, difference=0.0))
    assert untold["truth"] is untold["truth_rank"] is untold["truth_chance"] is None
