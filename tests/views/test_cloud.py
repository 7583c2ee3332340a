import base64

import numpy as np
import pytest

from playground.core.parts import Cloud
from playground.views import cloud


def test_frames_are_the_points():
    points = np.array([[1.5, -2], [0, 3]], np.float64)
    told = cloud.payload([Cloud(points, ("a", "b"), (0, 1)), Cloud(points + 1, ("a", "b"), (0, 1))])
    assert told["labels"] == ("a", "b") and told["groups"] == (0, 1) and told["axes"] == 2
    again = np.frombuffer(base64.b64decode(told["frames"][1]), "<f4").reshape(2, 2)
    np.testing.assert_array_equal(again, points + 1)


def test_clouds_without_groups_are_one_group():
    assert cloud.payload([Cloud(np.zeros((3, 2)), ("a", "b", "c"))])["groups"] == (0, 0, 0)


def test_clouds_that_differ_in_size():
    with pytest.raises(ValueError, match="different shapes"):
        cloud.payload([Cloud(np.zeros((1, 2)), ("a",)), Cloud(np.zeros((2, 2)), ("a", "b"))])
