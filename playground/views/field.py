"""A scalar over a picture, as a payload."""

from typing import Any

from playground.core.parts import Field
from playground.views.tiles import text


def payload(field: Field) -> dict[str, Any]:
    """float32 [row column], row 0 at the top, with its extremes."""
    values = field.values
    return {
        "shape": values.shape,
        "data": text(values),
        "low": float(values.min()),
        "high": float(values.max()),
        "extent": field.extent,
    }
