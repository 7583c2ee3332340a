"""A question of the page as the GPT room's own Request."""

from typing import Any

from playground.core import engine
from playground.families import gpt

KNOWN = ("text", "model", "more", "start", "chat", "top")


def request(question: dict[str, Any], **fixed: Any) -> Any:
    """What is left out has its default; `fixed` wins over the question."""
    engine.ready()
    given = {name: question[name] for name in KNOWN if name in question} | fixed
    if isinstance(given.get("more"), list):
        given["more"] = tuple(given["more"])
    return gpt.Request(**{"text": "", **given})
