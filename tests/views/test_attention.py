import json

import numpy as np
import pytest

from playground.core.parts import Attention
from playground.nn import heads
from playground.nn.places import Look
from playground.nn.weight import opened
from playground.views import attention


def random_attention(layers=3, heads=2, count=9):
    scores = np.random.default_rng(0).normal(0, 4, (layers, heads, count, count))
    weights = np.exp(scores)
    tokens = tuple(f"t{i}" for i in range(count))
    return Attention((weights / weights.sum(-1, keepdims=True)).astype(np.float32), tokens, tokens)


def test_what_arrives_is_right_to_four_digits():
    part = random_attention()
    blocks = list(attention.stream(part, first=2))
    layers, weights = zip(*(attention.read_block(block, 2, 9, 9) for block in blocks), strict=True)
    assert layers == (2, 0, 1)
    np.testing.assert_allclose(np.stack(weights), part.weights[list(layers)], rtol=0, atol=1e-5)


def test_a_row_of_one_weight_and_a_row_of_equal_weights():
    weights = np.zeros((1, 1, 2, 2), np.float32)
    weights[0, 0] = [[1, 0], [0.5, 0.5]]
    _, back = attention.read_block(attention.block(Attention(weights, ("a", "b"), ("a", "b")), 0), 1, 2, 2)
    np.testing.assert_allclose(back, weights[0], atol=1e-7)


def test_twelve_heads_of_128_tokens_stay_under_half_a_megabyte():
    part = Attention(np.full((1, 12, 128, 128), 1 / 128, np.float32), ("a",) * 128, ("a",) * 128)
    assert len(attention.block(part, 0)) == 399_364 < 0.5 * 2**20


def peaked(peaks, count=5, layers=2, heads=2):
    weights = np.full((layers, heads, count, count), 0.1, np.float32)
    for at, value in peaks.items():
        weights[at] = value
    return Attention(weights, ("a",) * count, ("a",) * count)


def test_telling_looks_past_neighbours_and_quiet_tokens():
    part = peaked({(0, 0, 1, 1): 0.9, (0, 1, 1, 2): 0.8, (1, 0, 1, 4): 0.7, (1, 1, 1, 3): 0.6})
    quiet = [True, False, False, False, True]
    assert attention.telling(part, quiet) == (1, 1, 1, 3)
    assert attention.telling(part, quiet, query=2)[2] == 2


@pytest.mark.parametrize("quiet", [[True] * 3, [True, False, True]])
def test_telling_always_finds_a_place(quiet):
    part = peaked({(1, 0, 1, 2): 0.9}, count=3)
    layer, head, query, key = attention.telling(part, quiet)
    assert part.weights[layer, head, query, key] > 0


def test_arithmetic_says_what_may_not_be_looked_at():
    rng = np.random.default_rng(0)
    maps = [heads.Linear(rng.normal(size=(6, 6))) for _ in range(4)]
    mixes = heads.Attention(*maps, heads=2, causal=True)
    told = opened(mixes, rng.normal(size=(4, 6)), Look(None, 0, 1, 2, 0))
    said = attention.arithmetic(told)
    assert said["scores"][3] is None and said["weights"][3] == 0
    assert said["root"] == pytest.approx(3**0.5) and said["sharing"] == (1, 2)
    assert said["scores"][0] == pytest.approx(sum(said["products"]) / said["root"])
    assert "query_plain" not in said and not said["turned"] and not said["normed"]
    assert json.loads(json.dumps(said["query"])) == [pytest.approx(x, rel=1e-7) for x in told.query.turned[0]]
