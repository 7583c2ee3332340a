"""The pictures of the GAN room in a browser: samples, all eight views, numbers that are the model's."""

import json
import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from playground.families.gan import pictures_tab
from playground.families.gan.pictures_latent import Point
from playground.families.gan.trace import Portrait, Request, portrait, trace

PATIENCE = 40_000
PHONE = {"width": 390, "height": 844}
VIEWS = ("latent", "between", "sum", "critic", "layers", "looks", "judge", "live")


@pytest.fixture
def room(visit):
    """The pictures with their first samples."""

    def open_(query: str = "lang=en&theme=light", **options) -> Page:
        page = visit(f"?room=gan&gan=pictures&{query}", **options)
        page.locator(".gan-grid .thumb").first.wait_for(timeout=PATIENCE)
        return page

    return open_


def show(page: Page, name: str) -> None:
    page.locator(".room-out .view-tabs [role=tab]").nth(VIEWS.index(name)).click()


def title(page: Page, text: str) -> None:
    expect(page.locator(".inside .view:not([hidden]) .panel-title").first).to_contain_text(text, timeout=PATIENCE)


def slide(page: Page, label: str, value: float) -> None:
    page.get_by_label(label, exact=True).first.evaluate(
        "(e, v) => { e.value = v; e.dispatchEvent(new Event('input', { bubbles: true })); }", value
    )


def test_samples_are_the_models_and_one_is_picked(room) -> None:
    page = room()
    seen = trace(Request())
    shown = [float(one.get_attribute("data-score")) for one in page.locator(".gan-grid .thumb").all()]
    np.testing.assert_allclose(shown, seen.scores, atol=1e-6)
    page.locator(".gan-grid .thumb").nth(3).click()
    title(page, "Sample 4, as it was drawn")
    slide(page, "z1", 3.5)
    moved = portrait(Portrait(point=Point(index=3, edits=((0, 3.5),))))
    percent = (
        f"{round(float(moved.scores[0]) * 100)} %" if moved.scores[0] >= 0.0995 else f"{moved.scores[0] * 100:.1f} %"
    )
    title(page, f"moved: the discriminator says {percent} real")


def test_every_view_says_what_it_found(room) -> None:
    page = room()
    show(page, "between")
    title(page, "the straight path is")
    expect(page.locator(".gan-path")).to_have_count(2)
    expect(page.locator(".gan-path").first.locator("canvas")).to_have_count(9)
    show(page, "sum")
    title(page, "A − B + C gives a picture")
    page.locator(".gan-strip:visible .thumb").nth(7).click()
    expect(page.locator("[data-term=a] .gan-members .thumb")).to_have_count(2)
    show(page, "layers")
    title(page, "15 steps turn 64 numbers into 784 pixels")
    page.locator("[data-step='generator.up1'] .thumb").first.click()
    expect(page.locator(".gan-opened canvas")).to_be_visible(timeout=PATIENCE)
    show(page, "looks")
    title(page, "of 4,000 iterations")
    slide(page, "Iteration", 0)
    title(page, "Before the first iteration")


def test_the_discriminator_looks_at_fakes_real_ones_and_drawings(room) -> None:
    page = room()
    show(page, "critic")
    meter = page.locator(".gan-meter")
    meter.wait_for(timeout=PATIENCE)
    title(page, "to sample 1, a fake")
    assert float(meter.get_attribute("data-score")) == pytest.approx(float(trace(Request()).scores[0]), abs=1e-6)
    page.get_by_text("A real one").click()
    title(page, "to this real picture")
    page.get_by_text("Your own").click()
    title(page, "to an empty sheet")
    before = meter.get_attribute("data-score")
    pad = page.locator(".gan-own-picture canvas.pixels")
    box = pad.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.8, steps=6)
    page.mouse.up()
    expect(meter).not_to_have_attribute("data-score", before, timeout=PATIENCE)
    title(page, "to your picture")
    expect(page.locator(".gan-histogram")).to_have_count(2, timeout=PATIENCE)


def test_the_judge_starts_with_the_card_and_judges_anew(room) -> None:
    page = room()
    show(page, "judge")
    card = pictures_tab.offered()["models"][0]
    expect(page.locator(".gan-classes li")).to_have_count(10, timeout=PATIENCE)
    counts = [int(one.get_attribute("data-count")) for one in page.locator(".gan-classes li").all()]
    assert counts == card["extra"]["classes of 1,000 samples"]
    page.locator("[data-name=judge]").click()
    expect(page.locator(".inside .source:visible").first).to_contain_text("1,000 of 1,000", timeout=PATIENCE)
    counts = [int(one.get_attribute("data-count")) for one in page.locator(".gan-classes li").all()]
    *_, last = pictures_tab.VERBS["pictures_jury"]({"count": 1000})
    assert counts == json.loads(last)["counts"] and min(counts) > 0


def test_it_learns_while_one_watches(room) -> None:
    page = room()
    show(page, "live")
    title(page, "Noise through random weights")
    view = page.locator(".inside .view:not([hidden])")
    view.locator("[data-name=play]").click()
    title(page, "of these 25 for real")
    count = view.locator(".live-count")
    expect(count).to_have_text(re.compile(r"^([2-9]\d|\d{3}|[\d,]{5,}) "), timeout=PATIENCE)  # 20 or more
    view.locator("[data-name=play]").click()
    expect(count).not_to_contain_text("/s", timeout=PATIENCE)
    assert int(count.inner_text().split()[0].replace(",", "")) >= 20
    assert page.locator(".gan-live-grid canvas").count() == 25
    show(page, "latent")
    title(page, "Sample 1")


def test_on_a_phone_in_chinese_and_dark_nothing_leaves_the_page(room) -> None:
    page = room("lang=zh&theme=dark", viewport=PHONE)
    for name in VIEWS:
        show(page, name)
        page.wait_for_timeout(700)
        title_of = page.locator(".inside .view:not([hidden]) .panel-title").first
        expect(title_of).not_to_have_text("…", timeout=PATIENCE)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name
        assert any("一" <= letter <= "鿿" for letter in title_of.inner_text()), name


def test_a_link_leads_back_to_the_samples(room) -> None:
    wish = json.dumps({"model": "gan/plain", "seed": 7, "picked": 2, "count": 16})
    page = room(f"lang=en&theme=light&samples={wish}")
    shown = [float(one.get_attribute("data-score")) for one in page.locator(".gan-grid .thumb").all()]
    np.testing.assert_allclose(shown, trace(Request("gan/plain", seed=7, count=16)).scores, atol=1e-6)
    title(page, "Sample 3")
    assert page.locator("[data-model='gan/plain']").get_attribute("aria-pressed") == "true"
