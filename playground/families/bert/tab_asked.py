"""A question of the page as the BERT room's own Request."""

from typing import Any

from playground.core import engine
from playground.families import bert

KNOWN = ("text", "pair", "model", "top", "masks")


def request(question: dict[str, Any], **fixed: Any) -> Any:
    """What is left out has its default; `fixed` wins over the question."""
    engine.ready()
    given = {name: question[name] for name in KNOWN if name in question} | fixed
    if isinstance(given.get("masks"), list):
        given["masks"] = tuple(given["masks"])
    return bert.Request(**{"text": "", **given})
