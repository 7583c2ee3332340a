"""The tabs "Input" and "Step by step" of the BERT room in a browser, with a tiny random model."""

import base64
import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from playground.families.bert.tab import EXAMPLES
from playground.nn import heads
from playground.views import head
from tests.browser.conftest import PHONE, WIDE, Open
from tests.views.test_head import FEATURES, TOKENS, block


@pytest.fixture(scope="module")
def address(tiny_bert) -> str:
    return tiny_bert


def opened(visit: Open, tab: str, lang: str = "en", viewport: dict = WIDE) -> Page:
    page = visit(f"?room=bert&lang={lang}&theme=light", viewport=viewport)
    page.locator(".attention .steps").wait_for(timeout=60_000)
    page.locator(f".view-tab[id$='-{tab}-tab']").click()
    return page


@pytest.fixture
def room(visit, request) -> Page:
    return opened(visit, request.param)


def numbers(text: str) -> list[float]:
    """Every number of a written sum; a sign with a space behind it belongs to the sum."""
    text = text.replace("\u2212", "-").replace("(", " ").replace(")", " ")
    return [float(n.replace(" ", "")) for n in re.findall(r"(?:(?<=\s)-\s|-)?\d+\.\d+", text)]


def parts(page: Page) -> list[str]:
    return page.locator(".embedding-panel .spell-sum").all_inner_texts()


@pytest.mark.parametrize("room", ["embedding"], indirect=True)
def test_the_input_is_a_sum_that_adds_up(room):
    panel = room.locator(".embedding-panel")
    expect(panel.locator(".panel-title")).to_contain_text("enters as three vectors added up")
    sum_, normed = parts(room)
    token, segment, position, total = numbers(sum_)
    assert token + segment + position == pytest.approx(total, abs=2e-4)
    value, mean, deviation, gain, shift, end = numbers(normed)
    assert (value + mean) / deviation * gain + shift == pytest.approx(end, abs=5e-3)  # "- 0.1": the mean with its sign
    assert float(panel.locator(".head-check b").inner_text()) < 1e-5


@pytest.mark.parametrize("room", ["embedding"], indirect=True)
def test_arrow_keys_walk_through_the_tokens_and_the_columns(room):
    chosen = room.locator(".embedding-panel .token-pick[aria-pressed=true]")
    expect(room.locator(".embedding-panel .spell-title")).to_be_visible()
    before = chosen.get_attribute("title")
    chosen.focus()
    room.keyboard.press("ArrowRight")
    expect(chosen).not_to_have_attribute("title", before)
    expect(room.locator(".embedding-panel .panel-title")).to_contain_text(chosen.inner_text())
    room.locator(".embedding-panel .board").focus()
    for _ in range(3):
        room.keyboard.press("ArrowRight")
    expect(room.locator(".embedding-panel .spell-title")).to_contain_text(re.compile("Number \\d+ of 32"))


@pytest.mark.parametrize("room", ["embedding"], indirect=True)
def test_the_map_of_positions_reads_the_cosine(room):
    expect(room.locator(".likeness-facts")).to_contain_text("All pairs of the 48 places")
    room.locator(".likeness-map").hover(position={"x": 100, "y": 100})
    told = room.locator(".pg-tip b").inner_text()
    asked = room.locator(".pg-tip span").inner_text()
    row, column = map(int, re.findall(r"\d+", asked))
    assert row == column and told == "1.0000"
    room.locator(".likeness-map").focus()
    room.keyboard.press("ArrowRight")
    expect(room.locator(".likeness-facts .read").first).to_contain_text(f"positions {row} and {column + 1}, 1 apart")


def stage(page: Page, number: int):
    return page.locator(".head-stage").nth(number - 1)


@pytest.mark.parametrize("room", ["head"], indirect=True)
def test_one_head_opens_with_every_step_spelled_out(room):
    expect(room.locator(".head-stage")).to_have_count(6)
    expect(room.locator(".head-panel .panel-title")).to_contain_text("takes most from")
    for number in range(1, 7):
        expect(stage(room, number).locator(".spell-sum").first).to_contain_text(re.compile(r"\d\.\d{4}"))
    for check in room.locator(".head-check b").all():
        assert float(check.inner_text()) < 2e-5
    lines = stage(room, 2).locator(".spell-sum").all_inner_texts()
    product, score = numbers(lines[0])[-1], numbers(lines[1])
    assert score[0] == pytest.approx(product, abs=1e-4)
    assert score[-1] == pytest.approx(product / 8**0.5, abs=2e-3)
    power, powers, weight = numbers(lines[2].split("row")[0])[-3:]
    assert power / powers == pytest.approx(weight, abs=2e-4)


@pytest.mark.parametrize("room", ["head"], indirect=True)
def test_a_cell_pointed_at_is_spelled_out_with_the_models_number(room):
    board = stage(room, 1).locator(".board")
    board.wait_for()
    box = board.bounding_box()
    board.hover(position={"x": box["width"] - 60, "y": box["height"] - 10})  # the last token
    title = stage(room, 1).locator(".spell-title")
    expect(title).to_contain_text("of the value of [SEP]")
    expect(stage(room, 1).locator(".spell-sum")).to_contain_text("28 more")
    number = int(re.search(r"Number (\d+)", title.inner_text()).group(1))
    shown = float(stage(room, 1).locator(".spell-sum b").inner_text().replace("\u2212", "-"))
    told = room.evaluate(
        """async ([text, column]) => {
          const [layer, head] = [...document.querySelectorAll('.head-controls select')].map((s) => Number(s.value));
          const asked = { text, masks: [text.indexOf('tea')] }, { tokens } = await PG.ask('bert/ask', asked);
          const place = { layer, head, query: 0, step: 'values', row: tokens.texts.length - 1, column };
          return PG.ask('bert/head_term', { ...asked, ...place });
        }""",
        [EXAMPLES[0][1], number - 1],
    )
    assert shown == pytest.approx(told["value"], abs=6e-5)
    assert told["terms"] == 32 and told["bias"] is not None


@pytest.mark.parametrize("room", ["head"], indirect=True)
def test_layer_head_and_token_are_chosen_and_kept(room):
    title = room.locator(".head-panel .panel-title")
    layer, head_ = room.locator(".head-controls select").all()
    layer.select_option("0")
    head_.select_option("3")
    expect(title).to_contain_text("Layer 1, head 4:")
    chosen = room.locator(".head-panel .token-pick[aria-pressed=true]")
    chosen.focus()
    room.keyboard.press("ArrowLeft")
    expect(title).to_contain_text(chosen.inner_text())
    room.locator(".view-tab[id$='-tokens-tab']").click()
    room.locator(".chip").nth(0).click()  # another question, as long as this one
    room.locator(".view-tab[id$='-head-tab']").click()
    expect(title).to_contain_text("Layer 1, head 4:")


@pytest.mark.parametrize("room", ["head"], indirect=True)
def test_who_chose_no_head_meets_a_new_text_at_its_most_telling_one(room):
    title, picked = (
        room.locator(".head-panel .panel-title"),
        "() => document.querySelector('.attention .panel-title').innerText",
    )
    title.wait_for()
    before = title.inner_text()
    room.locator(".example").nth(3).click()
    expect(title).not_to_have_text(before)
    expect(title).to_contain_text("takes most from")  # not "takes ... from": no pair left behind by the text before
    head_title = title.inner_text()
    room.locator(".view-tab[id$='-attention-tab']").click()
    room.locator(".attention .steps").wait_for()
    assert head_title.split(":")[0] == room.evaluate(picked).split(":")[0]


@pytest.mark.parametrize("room", ["head"], indirect=True)
def test_another_key_and_another_word(room):
    title = room.locator(".head-panel .panel-title")
    expect(title).to_contain_text("takes most from")
    bars = room.locator(".head-bars")
    bars.focus()
    before = title.inner_text()
    room.keyboard.press("ArrowLeft")
    expect(title).not_to_have_text(before)
    stage(room, 6).locator("button.bar-row").nth(2).click()
    word = stage(room, 6).locator("button.bar-row .bar-name").nth(2).inner_text()
    expect(stage(room, 6).locator(".spell-title")).to_contain_text(f"Score of {word}")


def causal() -> bytes:
    weights, x = block(causal=True), np.random.default_rng(1).normal(size=(TOKENS, FEATURES))
    around, query = (0, 24), 9
    one = heads.head(weights.attention, x, 1, range(*around))
    steps = heads.block(weights, x, [query])
    norms = weights.norm_attention.scaling(steps.middle[0]), weights.norm_output.scaling(steps.total[0])
    told = {
        "layer": 0, "head": 1, "factor": weights.attention.factor, "activation": "gelu", "causal": True,
        "before": False, "differences": {"output": 1e-7}, "compared": 10,
    }  # fmt: skip
    return head.payload(one, steps, norms, x[slice(*around)], around, query, told)


@pytest.mark.parametrize("room", ["tokens"], indirect=True)
def test_a_causal_mask_is_drawn_and_said(room):
    room.evaluate(
        """async (data) => {
          const host = document.querySelector('.card.inside');
          const texts = Array.from({ length: 40 }, (_, i) => `t${i}`);
          PG.head(host, { texts, special: [], layers: 1, heads: 4, width: 4, pick: [0, 1, 9, 2] }, {
            ask: async (place, take) => { take(PG.bytes(data)); return {}; },
            term: async () => ({ first: [], last: null, between: 0, terms: 0, largest: [], bias: null, value: 0 }),
            words: null, open: 'may be seen', source: '',
          });
        }""",
        base64.b64encode(causal()).decode(),
    )
    expect(room.locator(".head-stage")).to_have_count(5)
    expect(stage(room, 2).locator(".board-layer").first).to_contain_text("struck out: hidden")
    board = stage(room, 2).locator(".board")
    box = board.bounding_box()
    board.hover(position={"x": box["width"] - 10, "y": 60})  # an early query, a late key
    expect(stage(room, 2).locator(".spell")).to_contain_text("its weight is 0")


@pytest.mark.parametrize("tab", ["embedding", "head"])
def test_the_tabs_fit_a_phone_in_chinese(visit, tab):
    page = opened(visit, tab, "zh", viewport=PHONE)
    expect(page.locator(".board").first).to_be_visible()
    expect(page.locator(".spell-sum").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    card = page.locator(".card.inside").bounding_box()
    for board in page.locator(".board").all():
        box = board.bounding_box()
        assert box["x"] >= card["x"] and box["x"] + box["width"] <= card["x"] + card["width"]
    assert page.locator(".head-panel, .embedding-panel").first.inner_text().count("\u7684") > 2
