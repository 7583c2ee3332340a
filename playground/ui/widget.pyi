"""A gr.HTML whose picture is drawn by a script of views/web on data in `value`."""

from typing import Any

import gradio as gr

from gradio.events import Dependency

class Widget(gr.HTML):
    """`script` names a widget registered with PG.widget(script, draw); `value` is its JSON payload.

    Text never enters the template: Gradio evaluates `${...}` inside it. Widgets ask the server through `ui.door`.
    """

    def __init__(self, script: str, value: Any = None, **kwargs: Any) -> None:
        super().__init__(
            value,
            html_template='<div class="pg"></div>',
            js_on_load=f"PG.mount({script!r}, element.querySelector('.pg'), props.value);",
            apply_default_css=False,
            elem_classes=["w", f"w-{script}"],
            **kwargs,
        )

    def get_block_name(self) -> str:
        return "html"
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component