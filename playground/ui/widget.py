"""A gr.HTML whose picture is drawn by a script of views/web on data in `value`."""

from typing import Any

import gradio as gr

# The script may arrive after the page has drawn itself: then the widget waits for its last word.
MOUNT = """
const mount = () => PG.mount({name}, element.querySelector('.pg'), props.value);
if (window.PG?.ready) mount(); else window.addEventListener('pg-ready', mount, {{once: true}});
"""


def Widget(script: str, value: Any = None, **kwargs: Any) -> gr.HTML:
    """`script` names a widget registered with PG.widget(script, draw); `value` is its JSON payload.

    Text never enters the template: Gradio evaluates `${...}` inside it. Widgets ask the server through `ui.door`.
    A function, not a subclass: Gradio writes a .pyi file next to every subclass of a component.
    """
    return gr.HTML(
        value,
        html_template='<div class="pg"></div>',
        js_on_load=MOUNT.format(name=repr(script)),
        apply_default_css=False,
        elem_classes=["w", f"w-{script}"],
        **kwargs,
    )
