"""Payloads of maps: exact where they are few, close to exact where they are many."""

import base64

import numpy as np

from playground.views import tiles


def read(payload: dict) -> np.ndarray:
    """As the page reads it."""
    raw = base64.b64decode(payload["data"])
    if payload["dtype"] == "f4":
        return np.frombuffer(raw, "<f4").reshape(payload["shape"])
    low, range_ = (np.frombuffer(base64.b64decode(payload[name]), "<f4") for name in ("low", "range"))
    steps = np.frombuffer(raw, "<u2").reshape(len(low), -1) / 65535
    return (low[:, None] + steps * range_[:, None]).reshape(payload["shape"])


def test_few_numbers_arrive_exactly():
    values = np.random.default_rng(0).normal(size=(6, 9, 7)).astype(np.float32)
    np.testing.assert_array_equal(read(tiles.numbers(values)), values)


def test_many_numbers_arrive_within_a_hundred_thousandth_of_their_map():
    values = np.random.default_rng(0).normal(size=(40, 120, 120)).astype(np.float32) * np.arange(40)[:, None, None]
    payload = tiles.numbers(values)
    assert payload["dtype"] == "u2"
    worst = np.abs(read(payload) - values).max((1, 2))
    assert (worst <= 1e-5 * np.ptp(values, axis=(1, 2))).all()
    assert len(payload["data"]) < values.nbytes * 0.7


def test_an_even_map_survives():
    values = np.full((41, 100, 100), 3.5, np.float32)
    np.testing.assert_allclose(read(tiles.numbers(values)), values)


def test_thumbs_show_the_strongest_each_on_its_own_scale():
    values = np.zeros((5, 4, 4), np.float32)
    values[3] = 2.0
    values[1, 0, 0] = 1.0
    made = tiles.thumbs(values, 2)
    assert made["channels"] == [3, 1] and not made["signed"]
    drawn = np.frombuffer(base64.b64decode(made["data"]), np.uint8).reshape(2, 4, 4)
    assert (drawn[0] == 255).all() and drawn[1, 0, 0] == 255 and drawn[1, 1:].max() == 0


def test_signed_thumbs_put_zero_in_the_middle():
    made = tiles.thumbs(np.array([[[-2.0, 0.0], [1.0, 2.0]]], np.float32), 4)
    assert made["signed"] and list(base64.b64decode(made["data"])) == [0, 127, 190, 254]


def test_shrinking_averages_whole_blocks():
    values = np.arange(2 * 64 * 64, dtype=np.float32).reshape(2, 64, 64)
    small = tiles.shrink(values)
    assert small.shape == (2, 32, 32) and small[0, 0, 0] == values[0, :2, :2].mean()
    assert tiles.shrink(np.zeros((1, 112, 112))).shape == (1, 28, 28)
    assert tiles.shrink(np.zeros((1, 7, 7))).shape == (1, 7, 7)
