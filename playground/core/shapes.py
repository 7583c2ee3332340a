"""Named axes: say what a dimension means, and be held to it."""

import numpy as np


def expect(array: np.ndarray, axes: str, **sizes: int) -> None:
    """Raise ValueError unless `array` has the named axes, of the sizes given; then freeze it.

    >>> expect(np.zeros((2, 3)), "query key", key=3)
    >>> expect(np.zeros((2, 3)), "query key", key=4)
    Traceback (most recent call last):
    ValueError: expected [query key=4], got (2, 3)
    """
    names = axes.split()
    fits = array.ndim == len(names) and all(
        size == sizes.get(name, size) for name, size in zip(names, array.shape, strict=True)
    )
    if not fits:
        wanted = " ".join(f"{name}={sizes[name]}" if name in sizes else name for name in names)
        raise ValueError(f"expected [{wanted}], got {array.shape}")
    array.setflags(write=False)  # a trace is shared by all who ask for it
