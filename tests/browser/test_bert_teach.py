"""Fine-tuning in a browser: sentences are edited, a training is watched, used at once and taken along."""

import io
import json
import re
import zipfile

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, WIDE, Open

PATIENCE = 60_000


@pytest.fixture(scope="module")
def address(tiny_bert) -> str:
    return tiny_bert


@pytest.fixture
def room(visit: Open) -> Page:
    page = visit("?room=bert&lang=en&theme=light&bertway=teach", viewport=WIDE)
    page.locator(".teach-point").first.wait_for(timeout=PATIENCE)
    return page


def title(page: Page):
    return page.locator(".teach-top .panel-title")


def play(page: Page) -> None:
    page.locator(".teach-top [data-name=play]").click()


def updates(page: Page) -> int:
    return int(re.sub(r"\D.*", "", page.locator(".teach-top .live-count").inner_text().replace(",", "")))


def test_it_trains_is_used_and_goes_back(room: Page) -> None:
    expect(title(room)).to_contain_text("Before training it gets")
    expect(room.locator(".teach-point")).to_have_count(48)
    expect(room.locator(".teach-point.held")).to_have_count(12)
    before = room.locator(".teach-use .bar-value").all_inner_texts()
    play(room)
    expect(title(room)).to_contain_text("After", timeout=PATIENCE)
    room.wait_for_function("document.querySelector('.teach-top .live-count').textContent.match(/^[2-9]\\d /)")
    room.locator(".teach-use textarea").first.fill("the cat sat on the floor")  # while it trains
    expect(room.locator(".teach-use .panel-title, .card .panel-title").nth(1)).to_contain_text("It says")
    room.wait_for_function(
        "before => [...document.querySelectorAll('.teach-use .bar-value')].map(e => e.innerText).join() !== before",
        arg=",".join(before),
    )
    room.locator(".teach-top [data-name=pause], .teach-top [data-name=play]").first.click()
    made = updates(room)
    assert made > 10
    room.locator(".teach-top .live-line input[type=range]").evaluate(
        "e => { e.value = 0; e.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    expect(title(room)).to_contain_text("Before training")
    expect(room.locator(".live-past")).to_be_visible()


def test_sentences_are_edited_pasted_and_checked(room: Page) -> None:
    room.get_by_text("Empty the table").click()
    expect(room.locator(".teach-notes .notice.wrong")).to_contain_text("no sentences yet")
    room.get_by_text("Paste or upload a table").click()
    lines = "".join(f'"the cat, number {i}",{"cat" if i % 2 else "dog"}\n' for i in range(20))
    room.locator(".teach-import textarea").fill(f"words,animal\n{lines}")
    room.get_by_role("button", name="Use these 20 rows").click()
    expect(room.locator(".teach-row:not(.head)")).to_have_count(20)
    expect(room.locator(".teach-point")).to_have_count(20, timeout=PATIENCE)
    expect(room.locator(".teach-legend")).to_contain_text("dog")
    room.locator(".teach-row .answer-cell").first.fill("bird")
    expect(room.locator(".teach-notes")).to_contain_text("With so few sentences", timeout=PATIENCE)
    expect(room.locator(".teach-legend")).to_contain_text("bird", timeout=PATIENCE)
    room.locator(".teach-row .btn.icon.quiet").first.click()
    expect(room.locator(".teach-point")).to_have_count(19, timeout=PATIENCE)
    room.get_by_role("button", name="Add", exact=True).click()
    expect(room.locator(".teach-row:not(.head)")).to_have_count(20)


def test_a_changed_table_begins_anew(room: Page) -> None:
    room.locator(".teach-top [data-name=step]").click()
    expect(room.locator(".teach-top .live-count")).to_contain_text("1 updates")
    room.locator(".teach-row textarea").first.fill("the dog slept")
    expect(room.locator(".teach-notes")).to_contain_text("has changed since", timeout=PATIENCE)
    play(room)
    expect(room.locator(".teach-notes")).not_to_contain_text("has changed since", timeout=PATIENCE)
    expect(title(room)).to_contain_text("After", timeout=PATIENCE)


def test_everything_trains_and_its_points_move(room: Page) -> None:
    places = "[...document.querySelectorAll('.teach-point')].map(e => e.style.transform).join()"
    room.get_by_text("Everything", exact=True).click()
    expect(room.locator(".teach-top .source")).to_contain_text("after 0 updates", timeout=PATIENCE)
    room.wait_for_function("!document.querySelector('.teach-top').hasAttribute('aria-busy')")
    before = room.evaluate(places)
    play(room)
    room.wait_for_function(f"before => {places} !== before", arg=before, timeout=PATIENCE)
    room.get_by_role("tab", name="Every sentence").click()
    expect(room.locator(".teach-list tr")).to_have_count(49)
    expect(room.locator(".live-note")).to_contain_text("Done: 12 epochs", timeout=PATIENCE)


def test_a_point_reads_its_sentence(room: Page) -> None:
    box = room.locator(".teach-map").bounding_box()
    spot = room.locator(".teach-point").first.evaluate(
        "e => { const m = new DOMMatrix(e.style.transform); return [m.e, m.f]; }"
    )
    room.mouse.move(box["x"] + spot[0], box["y"] + spot[1])
    expect(room.locator(".pg-tip")).to_contain_text("it says")


def test_weights_and_table_are_taken_along(room: Page) -> None:
    with room.expect_download() as waiting:
        room.get_by_role("button", name="my-bert.zip").click()
    packed = zipfile.ZipFile(io.BytesIO(waiting.value.path().read_bytes()))
    assert json.loads(packed.read("my-bert/config.json"))["id2label"] == {"0": "food", "1": "travel", "2": "money"}
    assert "my-bert/model.safetensors" in packed.namelist()
    with room.expect_download() as waiting:
        room.get_by_role("button", name="sentences.csv").click()
    assert len(waiting.value.path().read_text("utf-8-sig").splitlines()) == 49


def test_chinese_dark_and_a_phone(visit: Open) -> None:
    page = visit("?room=bert&lang=zh&theme=dark&bertway=teach", viewport=PHONE)
    page.locator(".teach-point").first.wait_for(timeout=PATIENCE)
    expect(title(page)).to_contain_text("训练之前")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator(".views .view:not([hidden]) .go:visible").count() == 1
