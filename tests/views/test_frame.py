"""Frames: what is packed is what a reader of the layout gets back."""

import json
from struct import unpack_from

import numpy as np
import pytest

from playground.views import frame


def read(data: bytes) -> tuple[dict, dict[str, np.ndarray]]:
    """The layout as the docstring states it, read without the module's help."""
    length, long = unpack_from("<II", data)
    assert length == len(data) - 4
    head = json.loads(data[8 : 8 + long])
    places = head.pop("arrays")
    start = 8 + long
    return head, {
        name: np.frombuffer(data, np.dtype(kind).newbyteorder("<"), int(np.prod(shape)), start + at).reshape(shape)
        for name, (kind, shape, at) in places.items()
    }


@pytest.mark.parametrize("kind", frame.DTYPES)
def test_arrays_come_back_whole(kind):
    arrays = {
        "odd": np.arange(7).astype(kind),
        "none": np.zeros((0, 2), kind),
        "table": np.arange(12).reshape(3, 4).astype(kind).T,
    }
    head, back = read(frame.payload({"at": 3, "wrong": None, "name": "环"}, arrays))
    assert head == {"at": 3, "wrong": None, "name": "环"}
    for name, array in arrays.items():
        np.testing.assert_array_equal(back[name], array)


def test_every_array_begins_at_four_bytes():
    data = frame.payload({"a": "x" * 5}, {"one": np.zeros(1, np.uint8), "two": np.ones(1, np.float32)})
    _, long = unpack_from("<II", data)
    assert long % 4 == 0 and len(data) % 4 == 0
    assert read(data)[1]["two"] == 1


def test_big_endian_arrays_are_turned():
    assert read(frame.payload({}, {"a": np.array([1, 256], ">i4")}))[1]["a"].tolist() == [1, 256]


def test_what_the_page_could_not_read_is_refused():
    with pytest.raises(ValueError, match="weights is float64"):
        frame.payload({}, {"weights": np.zeros(2)})
    with pytest.raises(ValueError, match="JSON"):
        frame.payload({"loss": float("nan")}, {})
