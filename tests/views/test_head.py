import json
from struct import unpack

import numpy as np
import pytest

from playground.nn import heads
from playground.views import head

TOKENS, FEATURES, HEADS, INNER = 40, 16, 4, 32


def read(data: bytes):
    """(head, arrays) of a frame, as the page reads it."""
    length, long = unpack("<II", data[:8])
    assert length == len(data) - 4
    told = json.loads(data[8 : 8 + long])
    arrays = {
        name: np.frombuffer(data, np.dtype(kind).newbyteorder("<"), int(np.prod(shape)), 8 + long + at).reshape(shape)
        for name, (kind, shape, at) in told.pop("arrays").items()
    }
    return told, arrays


def block(causal=False):
    rng = np.random.default_rng(0)

    def linear(out, into):
        return heads.Linear(rng.normal(size=(out, into)) / 4, rng.normal(size=out))

    def norm():
        return heads.Norm(rng.normal(size=FEATURES), rng.normal(size=FEATURES), 1e-5)

    maps = (linear(FEATURES, FEATURES) for _ in range(4))
    attention = heads.Attention(*maps, HEADS, causal=causal)
    return heads.Block(attention, norm(), linear(INNER, FEATURES), linear(FEATURES, INNER), "gelu", norm())


def framed(query=20, around=(8, 32), key=-1, causal=False):
    weights, x = block(causal), np.random.default_rng(1).normal(size=(TOKENS, FEATURES))
    one = heads.head(weights.attention, x, 1, range(*around))
    steps = heads.block(weights, x, [query])
    norms = weights.norm_attention.scaling(steps.middle[0]), weights.norm_output.scaling(steps.total[0])
    return one, steps, *read(head.payload(one, steps, norms, x[slice(*around)], around, query, {"layer": 3}, key))


def test_the_stretch_and_the_whole_row_travel():
    one, _, told, arrays = framed()
    assert told["layer"] == 3 and told["around"] == [8, 32] and told["query"] == 20
    np.testing.assert_allclose(arrays["weights"], one.weights[:, 8:32], rtol=1e-6)
    np.testing.assert_allclose(arrays["row_weights"], one.weights[12], rtol=1e-6)
    assert arrays["row_weights"].sum() == pytest.approx(1, abs=1e-6)
    assert arrays["keys"].shape == (24, 4) and arrays["inputs"].shape == (24, FEATURES)


def test_terms_and_rest_add_up_to_the_sum():
    one, _, told, arrays = framed()
    np.testing.assert_allclose(arrays["parts"].sum(0) + arrays["rest"], arrays["mixed"], atol=1e-6)
    assert len(arrays["shown"]) == head.TERMS and told["restCount"] == TOKENS - head.TERMS
    assert told["restWeight"] + arrays["row_weights"][arrays["shown"]].sum() == pytest.approx(1, abs=1e-6)
    assert one.weights[12].argmax() in arrays["shown"]


def test_a_key_asked_for_is_among_the_terms():
    weakest = int(framed()[0].weights[12].argmin())
    assert weakest not in framed()[3]["shown"]
    _, _, _, arrays = framed(key=weakest)
    assert weakest in arrays["shown"] and list(arrays["shown"]) == sorted(arrays["shown"])


def test_the_softmax_can_be_written_out():
    _, _, _, arrays = framed()
    np.testing.assert_allclose(
        np.exp(arrays["scores"] - arrays["tops"][:, None]) / arrays["powers"][:, None], arrays["weights"], atol=1e-6
    )


def test_shares_steps_and_norms_add_up():
    _, steps, told, arrays = framed()
    np.testing.assert_allclose(arrays["shares"].sum(0) + arrays["bias"], arrays["attended"], atol=1e-5)
    np.testing.assert_allclose(arrays["input"] + arrays["attended"], arrays["middle"], atol=1e-5)
    for i, (before, after) in enumerate((("middle", "normed"), ("total", "output"))):
        mean, deviation = told["norms"][i]
        by_hand = (arrays[before] - mean) / deviation * arrays[f"gain{i}"] + arrays[f"shift{i}"]
        np.testing.assert_allclose(by_hand, arrays[after], atol=1e-5)
    np.testing.assert_allclose(arrays["up"], steps.up[0], rtol=1e-6)


def test_a_causal_mask_is_told_and_has_no_weight():
    _, _, _, arrays = framed(causal=True)
    hidden = arrays["hidden"].astype(bool)
    np.testing.assert_array_equal(hidden, np.triu(np.ones((24, 24), bool), 1))
    assert (arrays["weights"][hidden] == 0).all() and np.isfinite(arrays["tops"]).all()
    assert list(arrays["row_hidden"]) == [0] * 21 + [1] * 19


def test_few_tokens_leave_no_rest():
    weights = np.full(head.TERMS + 1, 1 / (head.TERMS + 1))
    assert len(head.strongest(weights)) == head.TERMS + 1


def test_a_sum_is_written_from_both_ends():
    total = heads.dotted(np.arange(1.0, 9), np.array([1, -1, 1, 1, 1, 1, 1, 2.0]), 0.25)
    told = head.spelled(total)
    assert [at for at, *_ in told["first"]] == [0, 1, 2] and told["last"] == [7, 8.0, 2.0, 16.0]
    assert told["between"] == 4 and told["terms"] == 8 and told["bias"] == 0.25
    assert [at for at, *_ in told["largest"]] == [7, 6, 5]
    assert told["value"] == pytest.approx(40.25)


def test_a_short_sum_is_written_in_full():
    told = head.spelled(heads.dotted(np.ones(3), np.arange(3.0)))
    assert told["last"] is None and told["between"] == 0 and told["bias"] is None


def test_what_is_hidden_is_no_term() -> None:
    _, _, told, arrays = framed(query=10, around=(0, 24), causal=True)
    assert list(arrays["shown"]) == list(range(11)) and told["restCount"] == 0
    np.testing.assert_allclose(arrays["parts"].sum(0), arrays["mixed"], atol=1e-6)
    _, _, told, arrays = framed(query=20, around=(8, 32), key=30, causal=True)
    assert arrays["shown"][-1] == 30 and told["restCount"] == 21 + 1 - head.TERMS
    np.testing.assert_allclose(arrays["parts"].sum(0) + arrays["rest"], arrays["mixed"], atol=1e-6)
