"""The views "Layer by layer", "What mattered" and "Edit" of the GPT room in a browser, with a tiny random model."""

import json
import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Open

SLOW = 120_000
TALL = {"width": 1280, "height": 1200}
SHORT = quote(json.dumps({"text": "the cat sat at the hat", "tokens": 1}))  # one new token, soon written


@pytest.fixture(scope="module")
def address(tiny_gpt) -> str:
    return tiny_gpt


@pytest.fixture
def open_view(visit) -> Open:
    def open_(view: str, query: str = "", viewport: dict = TALL) -> Page:
        page = visit(f"?room=gpt&lang=en&theme=light&gptwrite={SHORT}{query}", viewport=viewport)
        page.set_default_timeout(SLOW)
        page.locator(".write-bars .bar").first.wait_for()
        page.get_by_role("tab", name=view, exact=True).first.click()
        return page

    return open_


def test_the_board_opens_where_the_model_answers_and_every_cell_can_be_opened(open_view):
    page = open_view("Layer by layer")
    cells = page.locator(".board-cell")
    expect(page.locator(".board-cell.on.last")).to_have_count(1, timeout=SLOW)
    expect(page.locator(".board-names span")).to_have_count(6)  # the token, input, three layers, what follows
    expect(page.locator(".lens-curve")).to_have_count(3, timeout=SLOW)
    expect(page.locator(".lens-alone .bars .bar")).to_have_count(6)  # five, and all others
    source = page.locator(".inside .view:visible .panel .source").first
    expect(source).to_contain_text("largest difference")
    first = cells.first
    first.scroll_into_view_if_needed()
    first.click()
    expect(page.locator(".board-cell.on")).to_have_attribute("data-row", "0")
    expect(page.locator(".board-open-head .label")).to_contain_text("input")


def test_a_candidate_is_followed_down_the_layers(open_view):
    page = open_view("Layer by layer")
    page.locator(".lens-curve").first.wait_for()
    before = page.locator(".lens-column b").first.inner_text()
    page.locator(".board-bars .bar-row").nth(2).click()
    expect(page.locator(".lens-column b").first).not_to_have_text(before, timeout=SLOW)
    expect(page.locator(".inside .view:visible .panel-title").filter(has_text="rank").first).to_be_visible()
    page.get_by_role("button", name="Follow the model’s answer again").click()
    expect(page.locator(".lens-column b").first).to_have_text(before, timeout=SLOW)


def test_the_shade_can_mean_rank_or_entropy(open_view):
    page = open_view("Layer by layer")
    last = page.locator(".board-cell.on.last .lens-share")
    last.wait_for()
    page.locator(".board-controls label").filter(has_text=re.compile("^rank$")).click()
    expect(last).to_have_text("1")
    page.locator(".board-controls label").filter(has_text="what really follows").click()
    expect(last).to_have_text("–")  # nothing follows the last token
    page.locator(".board-controls label").filter(has_text="entropy").click()
    expect(last).to_have_text(re.compile(r"^\d"))


def test_five_methods_and_a_comparison(open_view):
    page = open_view("What mattered")
    expect(page.locator(".matter-row .matter-text")).to_have_count(5, timeout=SLOW)
    expect(page.locator(".matter-note")).to_contain_text("every token the mean word vector")
    title = page.locator(".inside .view:visible .panel-title").first
    expect(title).to_contain_text(re.compile("methods|method"))
    page.get_by_label("rather than").select_option(index=2)
    expect(title).to_contain_text("rather than", timeout=SLOW)
    expect(page.locator(".inside .view:visible .panel .source").first).to_contain_text("logit difference", timeout=SLOW)


def test_a_token_to_ask_about_can_be_typed(open_view):
    page = open_view("What mattered")
    page.locator(".matter-pairs").wait_for()
    page.get_by_label("Why", exact=True).select_option("typed")
    field = page.locator(".target-typed input[type=text]").first
    field.fill("cat")
    field.press("Enter")
    expect(page.locator(".inside .view:visible .panel-title").first).to_contain_text("␣cat", timeout=SLOW)


def test_a_part_off_changes_the_answer_and_undo_brings_it_back(open_view):
    page = open_view("Edit")
    shares = page.locator(".alter-shares b")
    shares.first.wait_for()
    before = shares.all_inner_texts()
    page.get_by_role("button", name=re.compile("^Layer 2, all of the attention")).first.click()
    expect(page.locator(".alter-tag")).to_have_text("attention of layer 2 off")
    expect(page.locator(".inside .view:visible .panel-title").first).to_contain_text(
        re.compile("falls|rises"), timeout=SLOW
    )
    assert "gptedit" in page.url
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".alter-tag")).to_have_count(0)
    expect(page.locator(".inside .view:visible .panel-title").first).to_contain_text("Switch off a head")
    assert shares.all_inner_texts() == before


def test_a_token_is_deleted(open_view):
    page = open_view("Edit")
    page.locator(".alter-chip").nth(1).click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.locator(".alter-tag")).to_contain_text("→ nothing")
    expect(page.locator(".alter-chip.changed")).to_have_count(1, timeout=SLOW)


def test_the_sweep_colours_every_cell(open_view):
    page = open_view("Edit")
    page.get_by_role("button", name="Which head matters most?").click()
    expect(page.locator(".alter-most")).to_contain_text("matters most", timeout=SLOW)
    expect(page.get_by_role("button", name="Which head matters most?")).to_be_visible(timeout=SLOW)
    grid = page.locator(".alter-left .alter-cell:not(.whole)")
    expect(grid).to_have_count(3 * (4 + 2))
    assert all(
        style and "background" in style for style in grid.evaluate_all("all => all.map(e => e.getAttribute('style'))")
    )


def test_neurons_are_found_and_switched_off_and_shares_add_up(open_view):
    page = open_view("Edit")
    expect(page.locator(".share-sum")).to_contain_text("the model’s logit", timeout=SLOW)
    total = page.locator(".share-sum > b").inner_text()
    assert total in page.locator(".share-sum .hint").inner_text()
    page.get_by_role("button", name="Find the neurons").click()
    expect(page.locator("button.neuron")).to_have_count(20, timeout=SLOW)
    page.locator("button.neuron").first.click()
    expect(page.locator(".alter-tag")).to_contain_text("neuron")
    expect(page.locator("button.neuron.off")).to_have_count(1, timeout=SLOW)


def test_changes_come_back_from_the_address(open_view):
    page = open_view("Edit", '&gptedit={"mlps":[1],"mean":true}')
    expect(page.locator(".alter-tag")).to_have_text("MLP of layer 2 off", timeout=SLOW)
    expect(page.get_by_label("its mean over this text")).to_be_checked()


@pytest.mark.parametrize("view", ["Layer by layer", "What mattered", "Edit"])
def test_nothing_leaves_a_phone(open_view, view):
    page = open_view(view, viewport=PHONE)
    page.locator(".lens-curve, .matter-pairs, .share-sum").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
