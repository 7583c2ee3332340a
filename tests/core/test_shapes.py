import numpy as np
import pytest

from playground.core.shapes import expect


def test_what_fits_is_frozen():
    weights = np.zeros((2, 3, 3))
    expect(weights, "head query key", query=3)
    with pytest.raises(ValueError, match="read-only"):
        weights[0, 0, 0] = 1


@pytest.mark.parametrize("axes", ["query key", "layer head query key", "head query key"])
def test_what_does_not_fit_is_told_with_names_and_shape(axes):
    weights = np.zeros((2, 3, 4))
    with pytest.raises(ValueError, match=r"expected \[.*key=3\], got \(2, 3, 4\)"):
        expect(weights, axes, key=3)
    weights[0, 0, 0] = 1  # and is left as it was
