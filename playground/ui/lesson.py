"""The lesson of a room: two Markdown files, one per language, of which the style sheet shows the reader's."""

from pathlib import Path

import gradio as gr

from playground.core.words import Text

FAMILIES = Path(__file__).parents[1] / "families"
HEADING = Text("How it works", "工作原理")
MATHS = [{"left": "$$", "right": "$$", "display": True}, {"left": "$", "right": "$", "display": False}]


def lesson_file(family: str, lang: str) -> Path:
    return FAMILIES / family / f"lesson.{lang}.md"


def lesson(family: str) -> None:
    """Add the lesson of `family` under its room, folded until the reader asks for it."""
    with gr.Column(elem_id=f"lesson-{family}", elem_classes="lesson"):
        for lang, heading in HEADING.payload().items():
            file = lesson_file(family, lang)
            if file.exists():
                text = f"# {heading}\n\n{file.read_text('utf-8')}"
                gr.Markdown(text, latex_delimiters=MATHS, elem_classes=f"lesson-{lang}", padding=False)
