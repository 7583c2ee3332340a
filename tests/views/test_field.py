"""A field's payload."""

import base64

import numpy as np

from playground.core.parts import Field
from playground.views import field


def test_every_value_arrives():
    values = np.array([[0.0, 0.25, -1.0], [2.0, 3.0, 4.0]], np.float32)
    made = field.payload(Field(values, (0.0, 3.0, 2.0, 0.0)))
    np.testing.assert_array_equal(np.frombuffer(base64.b64decode(made["data"]), "<f4").reshape(made["shape"]), values)
    assert (made["low"], made["high"], made["extent"]) == (-1.0, 4.0, (0.0, 3.0, 2.0, 0.0))
