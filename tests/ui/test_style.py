"""The palette of the style sheet: every text reads on every surface, in light and dark."""

import re

import pytest

from playground.ui.web import STYLE

CSS = STYLE.read_text("utf-8")
BLOCKS = {
    "light": CSS.split(":root {")[1].split("}")[0],
    "dark": CSS.split(":root.dark, :root .dark {")[1].split("}")[0],
}


def colours(mode: str, name: str) -> list[str]:
    """Those of a custom property."""
    found = re.search(rf"--{name}: ([^;]+);", BLOCKS[mode])
    assert found, f"--{name} is missing in {mode}"
    return re.findall(r"#[0-9A-F]{6}", found[1])


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("mode", BLOCKS)
@pytest.mark.parametrize("surface", ["paper", "card", "well", "field"])
@pytest.mark.parametrize("text", ["ink", "ink-2", "ink-3", "accent", "query", "key", "value", "stop"])
def test_text_reads_on_every_surface(mode, surface, text):
    assert contrast(colours(mode, f"c-{surface}")[0], colours(mode, f"c-{text}")[0]) >= 4.5


@pytest.mark.parametrize("mode", BLOCKS)
def test_marks_of_classes_stand_out_from_the_card(mode):
    card = colours(mode, "c-card")[0]
    assert len(colours(mode, "classes")) == 10
    assert min(contrast(card, colour) for colour in colours(mode, "classes")) >= 3


@pytest.mark.parametrize("mode", BLOCKS)
@pytest.mark.parametrize("ramp", ["attn", "amount"])
def test_amounts_grow_from_the_paper_to_the_ink(mode, ramp):
    """Evenly enough for a reader who sees no hue: each stop is further from the card than the one before."""
    away = [contrast(colours(mode, "c-card")[0], colour) for colour in colours(mode, ramp)]
    assert away == sorted(away) and away[0] < 1.15


@pytest.mark.parametrize("mode", BLOCKS)
def test_the_middle_of_the_signed_ramp_is_nearly_the_card(mode):
    ramp = colours(mode, "signed")
    assert len(ramp) == 9 and contrast(ramp[4], colours(mode, "c-card")[0]) < 1.05
