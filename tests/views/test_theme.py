"""The palette in Python and the one in the style sheet are the same palette."""

import re
from pathlib import Path

import pytest

from playground.views import theme

CSS = (Path(theme.__file__).parents[1] / "ui" / "style.css").read_text("utf-8")
BLOCKS = {
    "light": CSS.split(":root {")[1].split("}")[0],
    "dark": CSS.split(":root.dark, :root .dark {")[1].split("}")[0],
}


def token(mode: str, name: str) -> list[str]:
    """The colours of a custom property."""
    found = re.search(rf"--{name}: ([^;]+);", BLOCKS[mode])
    assert found, f"--{name} is missing in {mode}"
    return re.findall(r"#[0-9A-F]{6}", found[1])


@pytest.mark.parametrize("mode", theme.MODES)
@pytest.mark.parametrize(
    ("name", "ramp"),
    [("attn", theme.ATTENTION), ("amount", theme.AMOUNT), ("signed", theme.SIGNED), ("classes", theme.CLASSES)],
)
def test_ramps(mode, name, ramp):
    assert token(mode, name) == list(ramp[mode])


@pytest.mark.parametrize("mode", theme.MODES)
@pytest.mark.parametrize("palette", [theme.MEANING, theme.INK], ids=["meaning", "ink"])
def test_single_colours(mode, palette):
    assert {name: token(mode, f"c-{name}") for name in palette[mode]} == {k: [v] for k, v in palette[mode].items()}


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("mode", theme.MODES)
@pytest.mark.parametrize("surface", ["paper", "card", "well", "field"])
@pytest.mark.parametrize("text", ["ink", "ink-2", "ink-3", "accent", "query", "key", "value", "stop"])
def test_text_reads_on_every_surface(mode, surface, text):
    assert contrast(token(mode, f"c-{surface}")[0], token(mode, f"c-{text}")[0]) >= 4.5


@pytest.mark.parametrize("mode", theme.MODES)
def test_the_middle_of_the_signed_ramp_is_nearly_the_card(mode):
    assert contrast(theme.SIGNED[mode][4], theme.INK[mode]["card"]) < 1.05


def test_plotly_layout_is_transparent_and_valid():
    import plotly.graph_objects as go

    figure = go.Figure(layout=theme.plotly_layout(20))
    assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert figure.layout.font.size == 16
