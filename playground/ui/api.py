"""A room's typed functions as endpoints that any Gradio client can call, with the same gate as the page's questions."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

import gradio as gr

from playground.core import limits
from playground.ui.door import guarded


def endpoint(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` with its signature; whatever goes wrong in it leaves as gr.Error with one sentence."""

    @wraps(function)
    def call(*args: Any, **named: Any) -> Any:
        said, wrong = guarded(lambda: function(*args, **named))
        if wrong:
            raise gr.Error(wrong.text.en, print_exception=False)
        return said

    return call


def publish(functions: Iterable[Callable[..., Any]]) -> None:
    """Offer each function under its own name."""
    for function in functions:
        gr.api(
            endpoint(function),
            api_name=function.__name__,
            concurrency_limit=limits.ANSWERS_RUNNING,
            concurrency_id="answers",
        )
