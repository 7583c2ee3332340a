"""The fine-tuned uses of the BERT room in a browser, with tiny random models in the places of the embedded ones."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import WIDE, Open

RELATIONS = ["entailment", "neutral", "contradiction"]


@pytest.fixture(scope="module")
def address(tiny_bert) -> str:
    return tiny_bert


@pytest.fixture
def room(visit: Open) -> Iterator[Page]:
    page = visit("?room=bert&bertway=uses&lang=en&theme=light", viewport=WIDE)
    page.set_default_timeout(120_000)
    expect.set_options(timeout=60_000)
    card(page).locator(".panel-title").first.wait_for()
    yield page
    expect.set_options(timeout=5_000)


def card(page: Page):
    return page.locator(".use-tasks + div .room-out > .card").first


def turn(page: Page, task: str) -> None:
    with page.expect_response(re.compile("pg/bert/use")):
        page.locator(f".use-task[data-key={task}]").click()
    card(page).locator(".answer").wait_for()


def test_one_text_opens_with_its_class_and_its_card(room):
    expect(card(room).locator(".bars li")).to_have_count(2)
    shares = room.evaluate("[...document.querySelectorAll('.use-answer .bar-row')].map((row) => row.title)")
    assert sum(float(share.split(": ")[1]) for share in shares) == pytest.approx(1, abs=2e-4)
    expect(room.locator(".use-card summary")).to_contain_text("75.0 % right on the test part")
    expect(room.locator(".fig-vector.on")).to_have_count(1)
    expect(card(room).locator(".use-truth")).to_contain_text("reader would say")


def test_two_texts_make_a_point_in_a_triangle(room):
    turn(room, "pair")
    expect(card(room).locator(".triangle text")).to_have_text(RELATIONS)
    told = card(room).locator(".triangle").get_attribute("aria-label")
    shares = [float(share) for share in re.findall(r"([\d.]+) %", told)]
    x, y = (float(card(room).locator(".tri-point").get_attribute(name)) for name in ("cx", "cy"))
    corners = [(46, 178), (150, 26), (254, 178)]
    assert x == pytest.approx(sum(s / 100 * c[0] for s, c in zip(shares, corners, strict=True)), abs=0.5)
    assert y == pytest.approx(sum(s / 100 * c[1] for s, c in zip(shares, corners, strict=True)), abs=0.5)
    expect(room.locator(".use-fields textarea")).to_have_count(2)


def test_an_answer_is_marked_in_the_passage_and_another_can_be_looked_at(room):
    turn(room, "answer")
    rows = card(room).locator("button.bar-row")
    spans = [i for i, name in enumerate(rows.locator(".bar-name").all_inner_texts()) if name != "no answer"]
    for i in spans[:2]:
        rows.nth(i).click()
        expect(card(room).locator(".use-passage mark")).to_have_text(rows.nth(i).locator(".bar-name").inner_text())
    assert card(room).locator(".span-token.inside").count() >= 1
    card(room).locator(".span-token.inside").first.hover()
    expect(room.locator(".pg-tip")).to_contain_text("starts here")


def test_names_are_marked_with_their_kind_written_beside(room):
    turn(room, "tags")
    entity = card(room).locator(".mark-entity").first
    assert entity.locator(".mark-kind").inner_text() in ("person", "<b>x</b>")
    entity.locator(".mark-word").first.hover()
    assert len(re.findall(r"\d\.\d{4}", room.locator(".pg-tip").inner_text())) == 5
    assert room.locator(".room-out b", has_text=re.compile("^x$")).count() == 0


def test_what_was_typed_stays_when_it_cannot_be_used(room):
    turn(room, "answer")
    fields = room.locator(".use-fields textarea")
    fields.nth(0).fill("Who sat?")
    fields.nth(1).fill("  ")
    room.locator(".go:visible").click()
    expect(card(room).locator(".notice.wrong")).to_contain_text("passage")
    assert fields.nth(0).input_value() == "Who sat?"
    fields.nth(1).fill("the <script>alert(1)</script> cat sat 🙂 你好")
    room.locator(".go:visible").click()
    expect(card(room).locator(".answer")).to_be_visible()
    turn(room, "single")
    turn(room, "answer")
    assert fields.nth(0).input_value() == "Who sat?"


def pick(page: Page, name: str) -> None:
    page.locator(".model-card:visible").click()
    page.locator(".model-item:visible", has_text=name).click()


def test_a_model_opens_in_its_own_view(room):
    pick(room, "tagger")  # of another task: the task follows it
    expect(room.locator(".use-task[data-key=tags]")).to_have_attribute("aria-pressed", "true")
    expect(card(room).locator(".marked")).to_be_visible()
    room.locator(".model-card:visible").click()
    expect(room.locator(".model-item:visible", has_text="BERT mini")).to_have_count(0)


def test_the_other_way_in_leads_here_with_its_model(room):
    room.locator(".view-tab", has_text="Fill the gap").click()
    room.evaluate("PG.emit('bert-way', { key: 'uses', model: 'local:tagger' })")
    expect(card(room).locator(".marked")).to_be_visible()
    expect(room.locator(".use-task[data-key=tags]")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_leaves_the_page(visit, width, lang):
    page = visit(f"?room=bert&bertway=uses&lang={lang}&theme=dark", viewport={"width": width, "height": 900})
    page.set_default_timeout(120_000)
    for task in ("pair", "answer", "tags"):
        turn(page, task)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
