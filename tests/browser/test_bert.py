"""The BERT room in a browser: the whole page, with a tiny random model in the place of the embedded one."""

import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from playwright.sync_api import Page, expect

from tests.browser.conftest import WIDE

LAYERS, HEADS = 3, 4


@pytest.fixture(scope="module")
def address(tiny_bert) -> str:
    return tiny_bert


@pytest.fixture
def room(visit) -> Page:
    """The room with its first answer."""
    page = visit("?room=bert&lang=en&theme=light", viewport=WIDE)
    page.locator(".attention .steps").wait_for(timeout=60_000)
    return page


def title(page: Page) -> str:
    return page.locator(".attention .panel-title").inner_text()


def ask(page: Page, text: str, pair: str = "") -> None:
    if not page.locator("textarea >> nth=0").is_visible():
        page.get_by_text("Type another sentence").click()
    page.locator("textarea >> nth=0").fill(text)
    page.locator("textarea >> nth=1").fill(pair)
    with page.expect_response(re.compile("pg/bert/ask")):
        page.locator(".go").click()


def test_opens_on_an_answered_example(room):
    expect(room.locator(".answer .panel-title").first).to_contain_text("fits the gap best")
    expect(room.locator(".chip[aria-pressed=true]")).to_have_count(1)
    assert room.locator(".bars").first.locator("li").count() == 6
    values = room.evaluate(
        "[...document.querySelectorAll('.bars')[0].querySelectorAll('.bar-value')].map(e => e.textContent)"
    )
    assert all("%" in value for value in values)
    expect(room.locator(".example[aria-pressed=true]")).to_have_count(1)


def test_choosing_layers_and_heads_asks_for_nothing(room):
    room.wait_for_function("performance.getEntriesByName('attention-complete').length > 0")
    asked: list[str] = []
    room.on("request", lambda request: asked.append(request.url))
    canvas, seen = room.locator(".over canvas"), set()
    canvas.focus()
    for _ in range(LAYERS):
        for _ in range(HEADS):
            room.keyboard.press("ArrowRight")
            seen.add(title(room).split(":")[0])
        room.keyboard.press("ArrowDown")
    assert len(seen) == LAYERS * HEADS
    canvas.click(position={"x": 40, "y": 20})
    assert title(room).startswith("Layer 1, head 1:")
    room.get_by_label("Hide special tokens").check()
    expect(room.locator(".attention .read").first).to_contain_text("no longer adds up to 1")
    room.locator(".attn-stack").hover(position={"x": 420, "y": 120})
    assert asked == []


def weights(page: Page, layer: int, head: int) -> dict:
    """What the server says, asked directly."""
    return page.evaluate(
        """async ([layer, head]) => {
          const text = 'The cat sat on the [MASK].';
          const said = await PG.ask('bert/ask', {text});
          const shape = {...said.attention, texts: said.tokens.texts};
          const data = PG.attentionData(shape);
          await PG.stream('bert/attention', {text, first: layer}, (chunk) => data.push(chunk));
          const sum = await PG.ask('bert/arithmetic', {text, layer, head, query: 2, key: 3});
          return {row: sum.weights, seen: sum.weights.map((_, key) => data.weight(layer, head, 2, key))};
        }""",
        [layer, head],
    )


@pytest.mark.parametrize("layer", range(LAYERS))
def test_numbers_in_the_browser_are_the_models(room, layer):
    said = weights(room, layer, 1)
    np.testing.assert_allclose(said["seen"], said["row"], atol=1e-4)
    assert sum(said["seen"]) == pytest.approx(1, abs=1e-4)


def test_hover_reads_click_opens_escape_closes(room):
    stack = room.locator(".attn-stack")
    stack.hover(position={"x": 430, "y": 150})
    tip = room.locator(".pg-tip").inner_text()
    assert " looks at " in tip and re.search(r"\d\.\d{4}$", tip)
    stack.click(position={"x": 430, "y": 150})
    head = room.locator(".arith-head")
    expect(head).to_contain_text(re.search(r"\d\.\d{4}$", tip)[0])
    assert room.locator(".steps > li").count() == 3
    sums = room.locator(".steps .eq b").all_inner_texts()
    assert float(sums[2]) == pytest.approx(float(tip[-6:]), abs=1.1e-4)
    room.keyboard.press("Escape")
    expect(room.locator(".steps")).to_have_count(0)
    room.get_by_text("Show how this weight is made").click()
    expect(room.locator(".steps")).to_have_count(1)


def test_double_click_pins(room):
    stack = room.locator(".attn-stack")
    stack.dblclick(position={"x": 430, "y": 150})
    marked = room.locator(".attn-marks").inner_html()
    stack.hover(position={"x": 460, "y": 200})
    assert room.locator(".attn-marks").inner_html() == marked
    room.keyboard.press("Escape")
    stack.hover(position={"x": 430, "y": 150})
    stack.hover(position={"x": 462, "y": 200})
    assert room.locator(".attn-marks").inner_html() != marked


def test_hiding_words_by_click_and_keyboard(room):
    room.locator(".chip", has_text="drank").click()
    expect(room.locator(".chip[aria-pressed=true]")).to_have_count(2)
    expect(room.locator(".answer .tools-row .btn")).to_have_count(2)
    room.locator(".chip", has_text="kitchen").focus()
    room.keyboard.press("Enter")
    expect(room.locator(".chip[aria-pressed=true]")).to_have_count(3)
    assert room.evaluate("document.activeElement.classList.contains('chip')")
    for _ in range(3):
        room.locator(".chip[aria-pressed=true]").first.click()
        room.wait_for_timeout(300)
    expect(room.locator(".answer-none")).to_contain_text("There is no gap yet: click a word to hide it")


def test_a_bar_tries_its_word(room):
    bar = room.locator("button.bar-row").nth(2)
    word = bar.locator(".bar-name").inner_text()
    bar.click()
    expect(room.locator(".filled mark")).to_have_text(word.removeprefix("##"))


def test_pair_has_a_next_sentence_answer_and_a_filter(room):
    ask(room, "The cat sat on the [MASK].", "It was tired.")
    expect(room.locator(".next .panel-title")).to_contain_text("second sentence")
    room.locator(".attention .steps").wait_for()
    room.get_by_text("A → B").click()
    rows = room.locator(".attn-svg text").all_text_contents()
    assert "tired" in rows and rows.count("tired") == 2  # keys only: on the left and on top


def test_what_was_typed_stays_when_it_cannot_be_used(room):
    for text, said in [
        ("   ", "no sentence yet"),
        ("x" * 20_001, "20,001 characters"),
        ("\u200b", "nothing in this sentence"),
    ]:
        ask(room, text)
        expect(room.locator(".notice.wrong")).to_contain_text(said)
        assert room.locator("textarea >> nth=0").input_value() == text
    ask(room, "The <script>alert(1)</script> [MASK] <s> 🙂 你好")
    expect(room.locator(".answer")).to_be_visible()
    expect(room.locator(".chips")).to_contain_text("script")


def test_too_long_is_cut_and_said(room):
    ask(room, "the cat sat on the floor " * 20 + "[MASK]")
    expect(room.locator(".notice.cut").first).to_contain_text(
        "This text has 123 tokens; this model reads 48. The last 75 were left out."
    )
    expect(room.locator(".under .badge")).to_contain_text("cut at 48")
    room.locator(".attn.stacked").wait_for()
    room.locator(".attention .steps").wait_for()


def test_tokens_light_up_both_ways(room):
    ask(room, "The cat [MASK] playing 🙂")
    room.locator(".view-tab", has_text="Tokens").click()
    expect(room.locator(".token-card")).to_have_count(8)
    room.locator(".piece", has_text="ing").hover()
    expect(room.locator(".token-card.lit .token-text")).to_have_text("##ing")
    room.locator(".token-card", has_text="[UNK]").hover()
    expect(room.locator(".piece.lit")).to_have_text("🙂")
    expect(room.locator(".view:visible .notice")).to_contain_text("no piece")


@pytest.mark.parametrize("view", ["Heads of one layer", "All layers and heads"])
def test_bertviz_draws_in_its_sandbox(room, view):
    ask(room, "The </script><script>parent.evil=1</script> [MASK]")
    room.locator(".view-tab", has_text="BertViz").click()
    room.locator(".choice:visible", has_text=view).click()
    frame = room.frame_locator(".bertviz-frame")
    frame.locator("svg line").first.wait_for(state="attached")
    assert frame.locator("svg line").count() > 100
    assert room.locator(".bertviz-frame").get_attribute("sandbox") == "allow-scripts"
    assert room.evaluate("window.evil") is None


def test_downloads_hold_the_numbers(room):
    with room.expect_download() as download:
        room.locator(".file", has_text="attention.npz").click()
    arrays = np.load(io.BytesIO(download.value.path().read_bytes()))
    assert arrays["attention"].shape[:2] == (LAYERS, HEADS) and arrays["ids"].shape == arrays["attention"].shape[2:3]
    np.testing.assert_allclose(arrays["attention"].sum(-1), 1, atol=1e-4)
    with room.expect_download() as download:
        room.locator(".file", has_text="answers.json").click()
    told = json.loads(download.value.path().read_text())
    assert sum(told["fills"][0]["scores"]) + told["fills"][0]["rest"] == pytest.approx(1, abs=1e-6)
    with room.expect_download() as download:
        room.locator(".attention .tools button", has_text="SVG").click()
    assert "<svg" in download.value.path().read_text()


def test_the_address_leads_back_to_the_question(room, visit):
    ask(room, "A cat [MASK] on the bed.")
    room.wait_for_function("location.search.includes('bed')")
    again = visit(room.evaluate("location.search"))
    expect(again.locator(".chips")).to_contain_text("bed")
    expect(again.locator(".answer")).to_be_visible()


@pytest.mark.parametrize(
    "query", ["%7Bnonsense", '{"text":7}', '{"model":"../../etc"}', '{"masks":"x","top":null}', "[]"]
)
def test_a_broken_address_gets_a_sentence_or_the_first_example(visit, query):
    page = visit(f"?room=bert&lang=en&bert={query}")
    expect(page.locator(".notice.wrong, .answer").first).to_be_visible(timeout=60_000)
    page.locator(".example").first.click()


def test_the_api_answers_and_refuses_like_the_page(address):
    client = Client(address, verbose=False)
    told = client.predict("The [MASK] sat.", api_name="/bert_fill")
    assert len(told["gaps"][0]["labels"]) == 5
    for api, arguments in [
        ("/bert_fill", ("",)),
        ("/bert_fill", ("a" * 2**20,)),
        ("/bert_fill", ("The cat", "", "../../etc")),
        ("/bert_fill", ("The cat", "", "bert/mini", 0)),
        ("/bert_attention", ("The cat", "", "bert/mini", 99, 0)),
        ("/bert_attention", ("The cat", "", "bert/mini", 0, -1)),
        ("/bert_attention", ("The cat", "", "bert/mini", None, 0)),
        ("/bert_tokens", (None,)),
    ]:
        with pytest.raises(AppError) as refused:
            client.predict(*arguments, api_name=api)
        assert str(refused.value).endswith(".") and "enabled verbose" not in str(refused.value)
    assert client.predict("\u200b<script> <s> cat", api_name="/bert_tokens")["texts"][1:4] == ["<", "script", ">"]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("width", [390, 820, 1920])
def test_nothing_leaves_the_page(visit, width, lang):
    page = visit(f"?room=bert&lang={lang}&theme=dark", viewport={"width": width, "height": 900})
    page.locator(".attention .steps").wait_for(timeout=60_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    card = page.locator(".card.inside").bounding_box()
    for part in (".panel-title", ".vecs canvas", ".over canvas", ".bars"):
        box = page.locator(part).last.bounding_box()
        assert box["x"] + box["width"] <= max(card["x"] + card["width"], width)


def test_from_a_short_text_to_a_longer_one_every_key_is_in_the_picture(room):
    ask(room, "He sat.", "She ate a very big piece of bread in the old house.")
    expect(room.locator(".chips")).to_have_count(2)
    room.get_by_text("A → B", exact=True).click()
    bottoms = room.evaluate("""() => {
        const frame = document.querySelector('.big-scroll').getBoundingClientRect();
        const words = [...document.querySelectorAll('.attn-svg text')];
        return words.map((word) => frame.bottom - word.getBoundingClientRect().bottom);
    }""")
    assert len(bottoms) > 20 and min(bottoms) >= -1


def test_the_lesson_opens_and_closes_by_the_same_link(room):
    link = room.get_by_role("button", name="Read the lesson")
    link.click()
    expect(room.locator("#lesson-bert")).to_be_visible()
    shut = room.get_by_role("button", name="Close the lesson")
    expect(shut).to_have_attribute("aria-expanded", "true")
    shut.click()
    expect(room.locator("#lesson-bert")).to_be_hidden()


def test_bertviz_can_be_taken_along_as_one_file(room):
    room.get_by_role("tab", name="BertViz").click()
    with room.expect_download() as file:
        room.get_by_role("button", name="Download HTML").click()
    page = Path(file.value.path()).read_text()
    assert page.startswith("<!doctype html>") and not re.search(r"""(src|href)=["']?https?:""", page)
