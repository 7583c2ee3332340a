"""The views "Layer by layer" and "Pre-training" of the BERT room in a browser, with a tiny random model."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, WIDE, Open

TEXT, PAIR = "The cat sat on the bed because it was tired .", "He went to the bank ."


# At once where the dot is now: the page may still move under a pointer that travels.
CLICK = """(dot) => { const { x, y, width } = dot.getBoundingClientRect();
  dot.dispatchEvent(new MouseEvent('click', { bubbles: true, clientX: x + width / 2, clientY: y + width / 2 })); }"""


@pytest.fixture(scope="module")
def address(tiny_bert) -> str:
    return tiny_bert


@pytest.fixture
def open_view(visit) -> Open:
    def open_(view: str, text: str = TEXT, pair: str = "", masks: str = "[4]", viewport: dict = WIDE) -> Page:
        asked = f'{{"text":"{text}","pair":"{pair}","masks":{masks}}}'
        page = visit(f"?room=bert&lang=en&theme=light&bert={asked}", viewport=viewport)
        page.locator(".filled").wait_for(timeout=60_000)
        page.get_by_role("tab", name=view).click()
        return page

    return open_


def test_the_lens_reads_every_layer_at_the_gap(open_view):
    page = open_view("Layers")
    expect(page.locator(".lens-row")).to_have_count(4)  # the input and three layers
    assert page.locator(".spot[aria-pressed=true]").inner_text() == "[MASK]"
    best = page.locator(".lens-row.last .lens-word").first.inner_text()
    assert best == page.locator(".bars .bar-name").first.inner_text()  # the last row is the model's answer
    assert best in page.locator(".inside .view:not([hidden]) .panel-title").first.inner_text()
    said = page.locator(".inside .view:not([hidden]) .source").first.inner_text()
    assert float(re.search(r"difference (\S+)", said)[1]) < 1e-4


def test_another_token_is_read_and_marked_on_the_map(open_view):
    page = open_view("Layers")
    page.locator(".lens-row").first.wait_for()
    page.locator(".cloud-point.on").wait_for()
    with page.expect_response(lambda told: "bert/lens" in told.url and '"position":6' in told.request.post_data):
        page.locator(".spot", has_text="bed").click()
    expect(page.locator(".cloud-point.on .cloud-name")).to_have_text("bed")
    expect(page.locator(".inside .view:not([hidden]) .read").first).to_contain_text("Nothing is hidden here")
    with page.expect_response(re.compile("pg/bert/lens")):
        page.locator(".cloud-point", has_text="tired").locator(".cloud-dot").evaluate(CLICK)
    expect(page.locator(".spot[aria-pressed=true]")).to_have_text("tired")
    expect(page.locator(".layers-map .panel-title")).to_contain_text("tired stands nearest to")
    page.locator(".cloud").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".spot[aria-pressed=true]")).to_have_text("was")


def test_the_map_walks_through_the_layers(open_view):
    page = open_view("Layers")
    page.locator(".cloud-point").first.wait_for()
    place = lambda: page.locator(".cloud-point", has_text="bed").get_attribute("transform")  # noqa: E731
    page.wait_for_timeout(200)
    before = place()
    slider = page.locator(".map-slider input")
    slider.focus()
    page.keyboard.press("Home")
    page.wait_for_timeout(900)
    assert place() != before
    expect(page.locator(".layers-map .panel-title")).to_contain_text("In the input embeddings")
    page.keyboard.press("End")
    page.wait_for_timeout(900)
    assert place() == before
    page.locator(".cloud-point", has_text="bed").locator(".cloud-dot").hover(force=True)
    expect(page.locator(".pg-tip")).to_contain_text("bed")


def test_tsne_arrives_and_few_tokens_are_told(open_view):
    page = open_view("Layers")
    page.locator(".cloud-point").first.wait_for()
    page.get_by_text("t-SNE", exact=True).click()
    expect(page.locator(".layers-map .source")).to_contain_text("t-SNE", timeout=60_000)
    expect(page.locator(".layers-map .read")).to_contain_text("truly nearest neighbours")
    few = open_view("Layers", text="the cat", masks="[4]")
    few.locator(".cloud-point").first.wait_for()
    few.get_by_text("t-SNE", exact=True).click()
    expect(few.locator(".map-progress .notice")).to_contain_text("at least 4 tokens")
    assert few.locator("input[value=pca]").is_checked()


def test_one_token_alone(open_view):
    page = open_view("Layers", text="cat", masks="[]")
    expect(page.locator(".layers-map .panel-title")).to_contain_text("no neighbours")
    assert page.locator(".cloud-point").count() == 1


def test_a_seed_decides_what_is_chosen(open_view):
    page = open_view("Pre-training")
    page.locator(".guess").first.wait_for()
    chosen = page.locator(".draw-card:is(.masked, .swapped, .kept)")
    assert chosen.count() == page.locator(".guess").count() > 0
    for card in chosen.all():
        assert float(card.locator(".draw-number").first.inner_text()) <= 0.15
    assert page.locator(".practice-seen").inner_text().startswith("[CLS]")
    first = page.locator(".draw-cards").inner_text()
    with page.expect_response(re.compile("pg/bert/practise")):
        page.get_by_role("button", name="New seed").click()
    expect(page.locator(".draw-cards")).not_to_have_text(first)
    field = page.get_by_label("Seed")
    field.fill("0")
    with page.expect_response(re.compile("pg/bert/practise")):
        field.press("Enter")
    expect(page.locator(".seed")).to_have_value("0")
    losses = [float(text) for text in page.locator(".guess-loss .bar-value").all_inner_texts()]
    mean = float(page.locator(".practice-figures b").first.inner_text())
    assert not losses or mean == pytest.approx(sum(losses) / len(losses), abs=0.011)
    field.fill("-3")
    field.press("Enter")
    expect(page.locator(".notice.wrong")).to_contain_text("seed")


def test_pairs_are_compared(open_view):
    page = open_view("Pre-training", pair=PAIR, masks="[]")
    expect(page.locator(".pair")).to_have_count(7)
    expect(page.locator(".pairs-below .panel-title")).to_contain_text("As given, the second follows with")
    given = page.locator(".pair.given b").last.inner_text()
    assert given == page.locator(".next .bar-value").first.inner_text()  # the answer card says the same
    strangers = page.locator(".pair.stranger").all_inner_texts()
    page.get_by_role("button", name="Other random sentences").click()
    expect(page.locator(".pair")).to_have_count(7)
    assert page.locator(".pair.stranger").all_inner_texts() != strangers


def test_one_sentence_is_offered_to_be_cut(open_view):
    page = open_view("Pre-training", text="The cat slept . It was tired .", masks="[]")
    page.get_by_role("button", name="Cut the text at the full stop").click()
    expect(page.locator(".pair")).to_have_count(7)
    assert "It was tired ." in page.locator(".pair.given").inner_text()


@pytest.mark.parametrize("view", ["Layers", "Pre-training"])
def test_a_phone_shows_it_without_leaving_the_page(open_view, view):
    page = open_view(view, viewport=PHONE, text=" ".join([TEXT] * 4))
    page.locator(".lens-row, .guess").first.wait_for()
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
