"""The view "Next token" of the GPT room in a browser, with a tiny random model."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

MOVE = """(input, value) => { input.value = value; input.dispatchEvent(new Event('input', { bubbles: true })); }"""

# Notes every stage that is shown from now on.
WATCH = """() => {
  window.shown = [];
  new MutationObserver(() => {
    const now = document.querySelector('.next-stage[aria-pressed=true]')?.textContent;
    if (now && window.shown.at(-1) !== now) window.shown.push(now);
  }).observe(document.querySelector('.next-stages'), { subtree: true, attributes: true });
}"""


@pytest.fixture(scope="module")
def address(tiny_gpt) -> str:
    return tiny_gpt


@pytest.fixture(scope="module")
def room(visit_once) -> Page:
    """One page for all tests."""
    page = visit_once("?room=gpt&lang=en&theme=light", viewport={"width": 1280, "height": 1400})
    page.locator(".next-row").first.wait_for(timeout=300_000)
    return page


@pytest.fixture
def page(room) -> Page:
    """The view with all rules off, at the softmax."""
    page = room
    page.get_by_role("button", name="All off").click()
    stage(page, "Softmax")
    expect(page.locator(".next-figures b").nth(1)).to_have_text("100 %")
    return page


def slide(page: Page, name: str, value: float) -> None:
    with page.expect_response(re.compile("pg/gpt/next$")):
        page.locator(".next-sliders").get_by_label(name).evaluate(MOVE, value)


def stage(page: Page, name: str) -> None:
    page.locator(".next-stage", has_text=name).click()


def kept(page: Page) -> int:
    return int(page.locator(".next-figures b").first.inner_text())


def test_a_rule_takes_effect_at_once_and_is_told(page) -> None:
    everything = kept(page)
    slide(page, "Temperature", 0.5)
    slide(page, "Top-k", 3)  # the fourth of the list: 5 tokens
    expect(page.locator(".next-figures b").first).to_have_text("5")
    assert everything == 267
    expect(page.locator(".panel-title", has_text="5 of 267 tokens stay in the draw")).to_be_visible()
    stage(page, "Cut")
    expect(page.locator(".next-say")).to_contain_text("top-k takes out 262 tokens")
    assert page.locator(".next-row:not(.cut):not(.rest)").count() == 5
    page.locator("button.next-row.cut").last.focus()
    expect(page.locator(".next-chain")).to_contain_text("top-k keeps the first 5")
    stage(page, "Softmax")
    shares = page.locator(".next-row:not(.cut) .next-value").all_inner_texts()
    assert sum(float(text.rstrip(" %")) for text in shares) == pytest.approx(100, abs=2)


def test_the_same_marks_move_through_the_stages(page) -> None:
    slide(page, "Temperature", 2)
    stage(page, "Logits")
    row = page.locator("button.next-row").nth(3)
    places = [row.evaluate("row => row.style.getPropertyValue('--to')")]
    expect(page.locator(".next-picture")).to_have_attribute("data-kind", "dots")
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    expect(page.locator(".next-stage[aria-pressed=true]")).to_contain_text("temperature")
    places.append(row.evaluate("row => row.style.getPropertyValue('--to')"))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".next-picture")).to_have_attribute("data-kind", "bars")
    places.append(row.evaluate("row => row.style.getPropertyValue('--to')"))
    assert len(set(places)) == 3
    page.evaluate(WATCH)
    page.get_by_role("button", name="Play the stages").click()
    page.wait_for_function("window.shown.at(-1)?.startsWith('6')")
    # what is off is passed over
    assert page.evaluate("window.shown") == [
        "1Logits",
        "3÷ temperature",
        "5Softmax",
        "6Draw",
    ]
    expect(page.get_by_role("button", name="Play the stages")).to_be_visible(timeout=30_000)


def test_draws_by_seed_and_by_the_hundred(page) -> None:
    page.locator(".next-drawing .seed").fill("7")
    with page.expect_response(re.compile("pg/gpt/next$")) as answer:
        page.locator(".next-drawing .seed").press("Enter")
    said = answer.value.json()
    assert said["settings"]["seed"] == 7
    page.locator(".next-drawing").get_by_role("button", name="Draw", exact=True).click()
    won = next(row for row in said["rows"] if row["id"] == said["winner"])
    expect(page.locator(".next-row.won .next-name")).to_have_text(won["label"])
    with page.expect_response(re.compile("pg/gpt/next_draws$")) as answer:
        page.get_by_role("button", name="Draw 100").click()
    drawn = answer.value.json()["drawn"]
    expect(page.locator(".next-say")).to_contain_text("One draw with each seed from 7 on, 100 in all")
    first = page.locator(f".next-row[data-id='{drawn[0]['id']}'] .next-value")
    assert not first.count() or int(first.inner_text()) == drawn[0]["times"]
    page.locator(".next-drawing .seed").fill("-3")
    page.locator(".next-drawing .seed").press("Enter")
    expect(page.locator(".notice.wrong")).to_contain_text("seed")
    with page.expect_response(re.compile("pg/gpt/next$")):
        page.get_by_text("Greedy", exact=True).click()
    expect(page.locator(".panel-title", has_text="Greedy always takes")).to_be_visible()


def test_a_candidate_is_taken_and_any_token_found(page) -> None:
    page.locator(".next-find input").fill("cat")
    expect(page.locator(".next-hit-name").first).to_have_text("␣cat")
    expect(page.locator(".next-hit-facts").first).to_contain_text("place")
    with page.expect_request(re.compile("pg/gpt/next$")) as sent:
        page.locator("button.next-row").nth(2).click()
    asked = json.loads(sent.value.post_data)
    assert len(asked["more"]) >= 1
    expect(page.locator(".next-row")).not_to_have_count(0)


def test_the_whole_vocabulary_can_be_taken_away(page) -> None:
    panel = page.locator(".panel", has=page.locator(".next-picture"))
    for name, kind in (("CSV", "csv"), ("JSON", "json"), ("SVG", "svg"), ("PNG", "png")):
        with page.expect_download() as download:
            panel.get_by_role("button", name=f"Download {name}").click()
        assert download.value.suggested_filename == f"next-token.{kind}"
        if name == "CSV":
            assert len(download.value.path().read_text("utf-8").splitlines()) >= 268


def test_a_phone_in_the_dark_in_chinese(page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate("PG.setLang('zh'); PG.setTheme(true)")
    expect(page.locator(".next-stage").last).to_contain_text("抽取")
    stage(page, "抽取")
    expect(page.locator(".panel-title", has_text="被抽中")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
