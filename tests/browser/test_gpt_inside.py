"""The tabs "Attention", "Step by step" and "KV cache" of the GPT room in a browser, with a tiny random Qwen3:
turned and normalised queries and keys, shared key heads, gated neurons, RMSNorm."""

import json
import re
import urllib.parse
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from playground.core.checkpoint import Card, write_card
from tests.browser.conftest import PHONE, WIDE, Open
from tests.browser.test_bert_inside import numbers
from tests.families.gpt import tiny
from tests.serving import room_alone

TEXT = "the cat sat on a mat"
SLOW = 60_000  # ms
NUMBERS = 2 * 3 * 2 * 8  # appended per token: key and value, layers, key heads, width


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    assets = tmp_path_factory.mktemp("assets")
    folder = tiny.build("qwen3", assets / "models" / "gpt" / "mini")
    write_card(folder, Card("gpt/mini", "GPT mini", {}, 0, "train", (), {}, 33_795, 140_000))
    log = tmp_path_factory.mktemp("log") / "server.log"
    with room_alone("gpt", assets, log) as url:
        yield url


def opened(visit: Open, tab: str, lang: str = "en", viewport: dict = WIDE) -> Page:
    asked = urllib.parse.quote(json.dumps({"text": TEXT, "tokens": 1}))
    page = visit(f"?room=gpt&lang={lang}&theme=light&gptwrite={asked}", viewport=viewport)
    page.set_default_timeout(SLOW)
    page.locator(f".view-tab[id$='-{tab}-tab']:visible").first.click(timeout=SLOW)
    page.locator(READY[tab]).first.wait_for()
    return page


READY = {"attention": ".attention .steps", "head": ".head-words .bar-row", "cache": ".cache-facts dd"}


@pytest.fixture
def room(visit, request) -> Page:
    return opened(visit, request.param)


def stage(page: Page, number: int):
    return page.locator(".head-stage:visible").nth(number - 1)


@pytest.mark.parametrize("room", ["attention"], indirect=True)
def test_what_lies_ahead_is_hatched_and_opens_as_masked(room):
    panel = room.locator(".panel.attention")
    expect(panel.locator(".read").first).to_contain_text("Hatched: a token may look only at itself")
    expect(panel.locator(".arith")).to_contain_text("Heads")
    expect(panel.locator(".arith")).to_contain_text("share this key")
    expect(panel.locator(".arith .step-say").first).to_contain_text("Normalise query and key, turn them")
    canvas = panel.locator(".attn-stack .attn-canvas")
    box = canvas.bounding_box()
    canvas.hover(position={"x": box["width"] - 4, "y": 4}, force=True)
    expect(room.locator(".pg-tip")).to_contain_text("may not look at")
    room.mouse.down()
    room.mouse.up()
    expect(panel.locator(".arith")).to_contain_text("Mask: this key stands after the query", timeout=SLOW)
    expect(panel.locator(".arith .sub-title")).to_contain_text("make 0.0000")


@pytest.mark.parametrize("room", ["attention"], indirect=True)
def test_a_chosen_head_is_kept_for_the_next_text(room):
    title = room.locator(".panel.attention .panel-title")
    room.locator(".over canvas").focus()
    room.keyboard.press("ArrowDown")
    kept = title.inner_text().split(":")[0]
    room.locator("textarea").first.fill(f"{TEXT}, the cat")
    room.locator(".go").first.click()
    expect(room.locator(".attn-stack").first).to_be_visible()
    room.wait_for_function("() => document.querySelectorAll('.panel.attention').length === 1")
    expect(title).to_contain_text(kept, timeout=SLOW)


@pytest.mark.parametrize("room", ["head"], indirect=True)
def test_every_step_is_spelled_out(room):
    expect(room.locator(".head-stage:visible")).to_have_count(7)
    for number in range(1, 8):
        expect(stage(room, number).locator(".spell-sum").first).to_contain_text(re.compile(r"\d\.\d{4}"))
    for check in room.locator(".head-check b").all():
        assert float(check.inner_text()) < 1e-4  # of numbers that grow to 100
    expect(stage(room, 1)).to_contain_text("share these keys and values (grouped-query attention): key head")
    a, cos, b, sin, end = numbers(stage(room, 2).locator(".spell-sum").inner_text().split("cosine")[0])
    assert a * cos + abs(b * sin) * (1 if (end - a * cos) > 0 else -1) == pytest.approx(end, abs=2e-3)
    lines = stage(room, 3).locator(".spell-sum").all_inner_texts()
    product, score = numbers(lines[0])[-1], numbers(lines[1])
    assert score[-1] == pytest.approx(product / 8**0.5, abs=2e-3)
    expect(stage(room, 6)).to_contain_text("RMSNorm")
    expect(stage(room, 6).locator(".board")).to_contain_text("silu(gate)")
    expect(stage(room, 7)).to_contain_text("comes most probably")


@pytest.mark.parametrize("room", ["head"], indirect=True)
def test_a_number_on_its_way_through_the_norm(room):
    board = stage(room, 1).locator(".board")
    board.scroll_into_view_if_needed()
    box = board.bounding_box()
    board.hover(position={"x": box["width"] * 0.2, "y": box["height"] - 10})
    title = stage(room, 1).locator(".spell-title")
    expect(title).to_contain_text("after RMSNorm")
    x, mean_square, gain, end = numbers(stage(room, 1).locator(".spell-sum").inner_text())
    assert x / mean_square * gain == pytest.approx(end, abs=2e-3 * max(1, abs(end)))


@pytest.mark.parametrize("room", ["cache"], indirect=True)
def test_the_cache_grows_token_by_token(room):
    count = room.locator(".cache-panel .token-pick").count()
    facts = room.locator(".cache-facts dd")
    expect(facts.nth(0)).to_contain_text(f"{NUMBERS} = 2 · 3 layers · 2 key heads · 8 numbers")
    expect(facts.nth(1)).to_contain_text(f"{count * NUMBERS:,} numbers, {4 * count * NUMBERS / 1024:.1f} KB")
    expect(facts.nth(3)).to_contain_text("50 %")  # four heads share two key heads
    chosen = room.locator(".cache-panel .token-pick[aria-pressed=true]")
    chosen.focus()
    room.keyboard.press("Home")
    expect(facts.nth(1)).to_contain_text(f"{NUMBERS} numbers")
    room.keyboard.press("ArrowRight")
    expect(facts.nth(1)).to_contain_text(f"{2 * NUMBERS} numbers")
    room.locator(".cache-play").click()
    expect(room.locator(".cache-play")).to_contain_text("Pause")
    expect(facts.nth(1)).to_contain_text(f"{count * NUMBERS:,} numbers", timeout=SLOW)
    expect(room.locator(".cache-play")).to_contain_text("Play")


@pytest.mark.parametrize("room", ["cache"], indirect=True)
def test_times_are_measured_and_agree(room):
    room.get_by_role("button", name="Measure on this machine").click()
    told = room.locator(".cache-charts .read").nth(1)
    count = room.locator(".cache-panel .token-pick").count()
    expect(told).to_contain_text(f"At {count} tokens", timeout=SLOW)
    expect(told).to_contain_text(re.compile(r"the same up to \d\.\de-\d"))
    expect(room.get_by_role("button", name="Measure on this machine")).to_be_visible()


@pytest.mark.parametrize("room", ["cache"], indirect=True)
def test_another_head_is_opened_by_a_click(room):
    title = room.locator(".cache .sub-title").nth(1)
    expect(title).to_contain_text("Layer 1, key head 1")
    board = room.locator(".cache .board").first
    box = board.bounding_box()
    board.click(position={"x": box["width"] * 0.3, "y": box["height"] - 6})
    expect(title).to_contain_text("Layer 3, key head 2", timeout=SLOW)


@pytest.mark.parametrize("tab", list(READY))
def test_the_tabs_fit_a_phone_in_chinese(visit, tab):
    page = opened(visit, tab, "zh", viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    card = page.locator(".card.inside").bounding_box()
    for board in page.locator(".board:visible").all():
        box = board.bounding_box()
        assert box["x"] >= card["x"] and box["x"] + box["width"] <= card["x"] + card["width"]
    assert page.locator(".card.inside").inner_text().count("\u7684") > 2
