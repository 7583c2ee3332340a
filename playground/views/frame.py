"""One picture of a training as bytes: a JSON head and named arrays, so that many can follow each other in a stream."""

import json
from collections.abc import Mapping
from struct import pack
from typing import Any

import numpy as np

DTYPES = ("uint8", "int8", "uint16", "int16", "int32", "float16", "float32")


def payload(head: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """Length of what follows (uint32), length of the head (uint32), head, arrays; little endian, each at 4 bytes.

    The head gets a field `arrays`: name -> [dtype, shape, offset behind the head]. Raises ValueError for an array of
    another type and for numbers in the head that are not finite.

    >>> len(payload({"at": 3}, {"x": np.zeros(3, np.uint8)})) % 4
    0
    """
    body, places = b"", {}
    for name, array in arrays.items():
        if array.dtype.name not in DTYPES:
            raise ValueError(f"{name} is {array.dtype.name}; a frame takes {', '.join(DTYPES)}")
        places[name] = [array.dtype.name, array.shape, len(body)]
        body += _padded(np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False).tobytes())
    text = json.dumps({**head, "arrays": places}, allow_nan=False, ensure_ascii=False).encode("utf-8", "replace")
    text = text + b" " * (-len(text) % 4)
    return pack("<II", 4 + len(text) + len(body), len(text)) + text + body


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
