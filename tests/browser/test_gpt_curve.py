"""The shots curve, what each example does, and where the model looks: in a browser, with a tiny random model."""

import json
import urllib.request
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

ROWS = [["cat", "b", True], ["the sat", "c", True], ["hat", "d", True]]
BUILDER = {
    "description": "the cat", "described": True, "rows": ROWS, "query": "mat", "labels": ["b", "c", "d"], "list": "own",
    "layout": {"before": "", "middle": " ->", "after": "\n"}, "below": "\n", "count": "all", "model": "gpt/mini",
}  # fmt: skip
PROMPT = {**{name: BUILDER[name] for name in ("description", "query", "labels", "layout", "below", "model")}} | {
    "examples": [row[:2] for row in ROWS]
}
ASKED = [["bat", "b"], ["that", "c"], ["fat", "d"]]


@pytest.fixture(scope="module")
def address(long_gpt) -> str:
    return long_gpt


def asked(address: str, verb: str, question: dict) -> list[dict]:
    body = json.dumps(question).encode()
    request = urllib.request.Request(f"{address}pg/gpt/{verb}", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        return [json.loads(line) for line in answer.read().splitlines()]


@pytest.fixture(scope="module")
def page(visit_once) -> Iterator[Page]:
    """One page for all tests: it opens slowly on a busy machine."""
    expect.set_options(timeout=60_000)
    query = f"?room=gpt&gptway=shots&lang=en&theme=light&gptshots={quote(json.dumps(BUILDER))}"
    page = visit_once(query, viewport={"width": 1280, "height": 1400})
    page.set_default_timeout(120_000)
    page.locator(".curve-cards .each-table tbody tr").first.wait_for()
    yield page
    expect.set_options(timeout=5_000)


def curve(page: Page):
    return page.locator(".curve-cards > .card").nth(0)


def measure(page: Page) -> None:
    curve(page).get_by_role("button", name="Measure").click()
    expect(curve(page).get_by_role("button", name="Measure again")).to_be_visible()
    expect(curve(page).locator(".curve-track")).to_have_count(0)


def test_an_own_list_is_measured(page, address) -> None:
    expect(curve(page).locator("select").first).to_have_value("turn")  # no ready task: its own examples, each in turn
    curve(page).locator("select").first.select_option("own")
    text = curve(page).locator("textarea")
    text.fill("bat\n")
    text.blur()
    expect(curve(page).locator(".notice.wrong")).to_contain_text("no table")
    text.fill("\n".join(", ".join(pair) for pair in ASKED))
    with page.expect_response("**/pg/gpt/curve_list"):
        text.blur()
    measure(page)
    question = {"prompt": PROMPT, "asked": ASKED, "labels": True, "orders": 3}
    steps = [line["step"]["point"] for line in asked(address, "curve", question) if "step" in line]
    points = {(one["line"], one["shots"]): one for one in steps}
    for (line, shots), one in points.items():
        if not line.startswith("order"):
            said = (
                curve(page)
                .locator(f'.curve-point[data-line="{line}"][data-shots="{shots}"]')
                .get_attribute("aria-label")
            )
            assert said.endswith(f"{percent(one['share'])}"), (line, shots, said)
    expect(curve(page).locator(".curve-line.order")).to_have_count(3)
    expect(curve(page).locator(".curve-guess")).to_have_count(1)
    expect(curve(page).locator(".source").first).to_contain_text("likeliest of the allowed answers")


def percent(share: float) -> str:
    return "100 %" if share == 1 else f"{round(share * 100)} %" if share >= 0.0995 else f"{share * 100:.1f} %"


def test_a_changed_setting_makes_it_old_and_a_kept_curve_stays(page) -> None:
    curve(page).get_by_role("button", name="Keep this curve").click()
    expect(curve(page).locator(".curve-line.kept")).to_have_count(1)
    curve(page).get_by_text("what it writes").click()
    expect(curve(page).locator(".curve-status")).to_contain_text("before the prompt or the settings were changed")
    expect(curve(page).locator(".curve-status")).to_contain_text("A list of your own · mini")  # what was measured
    measure(page)
    expect(curve(page).locator(".curve-status")).to_be_empty()
    expect(curve(page).locator(".source").first).to_contain_text("exact match")
    expect(curve(page).locator(".curve-line.kept")).to_have_count(1)
    curve(page).locator(".curve-kept button").click()
    expect(curve(page).locator(".curve-line.kept")).to_have_count(0)


def test_the_questions_behind_a_point(page) -> None:
    curve(page).locator('.curve-point[data-line="told"][data-shots="2"]').click()
    rows = curve(page).locator(".curve-table tbody tr")
    expect(rows).to_have_count(3)
    assert [rows.nth(i).locator("th").inner_text() for i in range(3)] == [query for query, _ in ASKED]
    with page.expect_download() as saved:
        curve(page).locator(".curve-questions").get_by_role("button", name="JSON").click()
    told = json.loads(saved.value.path().read_text())
    assert {one["shots"] for one in told["results"]} == {0, 1, 2, 3}
    assert told["question"]["prompt"] == PROMPT
    with page.expect_response("**/pg/gpt/shots"):
        rows.nth(1).locator("button").click()
    assert page.locator("textarea[aria-label='3. The question']").input_value() == "that"
    expect(page.locator(".each-table tbody tr")).to_have_count(2)  # the point's two examples are in the builder now
    with page.expect_response("**/pg/gpt/shots"):
        page.get_by_role("button", name="Undo").first.click()
    expect(page.locator(".each-table tbody tr")).to_have_count(3)


def test_each_example_and_the_order(page, address) -> None:
    card = page.locator(".curve-cards > .card").nth(1)
    expect(card.locator(".orders-table tr")).to_have_count(3)
    card.locator("select").select_option("c")
    expect(card.locator(".source")).to_contain_text("“c”")
    lines = asked(address, "shots_without", {"prompt": PROMPT, "answer": "c"})
    found = sorted((one for line in lines[1:] for one in line["found"]), key=lambda one: one["what"])
    said = [float(text.replace("−", "-")) for text in card.locator(".each-cell .mono").all_inner_texts()]
    assert said == pytest.approx([100 * one["by"] for one in found], abs=0.51)
    card.get_by_text("also try wrong answers").click()
    expect(card.locator(".each-cell")).to_have_count(6)
    lines = asked(address, "shots_orders", {"prompt": PROMPT, "answer": "c"})
    best = max((one for line in lines[1:] for one in line["found"]), key=lambda one: one["chance"])
    expect(card.locator(".orders-table tr").first).to_contain_text(" ".join(str(i + 1) for i in best["what"]))
    other = card.get_by_role("button", name="Use this order").first
    turn = [int(i) - 1 for i in other.locator("xpath=../..").locator("td").first.inner_text().split()]
    with page.expect_response("**/pg/gpt/shots"):
        other.click()
    expect(card.locator(".each-table tbody tr").first).to_contain_text(ROWS[turn[0]][0])


def test_where_it_looks(page) -> None:
    card = page.locator(".curve-cards > .card").nth(2)
    expect(card.locator(".seen-cell")).to_have_count(12)
    assert card.locator(".seen-cell.on").count() == 1
    card.locator(".seen-cell").nth(5).click()
    expect(card.locator(".seen-rows .label")).to_have_text("Layer 2, head 2")
    card.get_by_text("whole examples").click()
    shares = [
        float(text.removesuffix(" %").removeprefix("< ")) for text in card.locator(".seen-value").all_inner_texts()
    ]
    assert sum(shares) == pytest.approx(100, abs=3)
    assert int(card.locator(".seen-cell.on").inner_text()) == pytest.approx(sum(shares[:3]), abs=2)


def test_it_can_be_stopped(page) -> None:
    curve(page).locator("select").first.select_option("task-plural")
    curve(page).locator("select").nth(1).select_option("100")
    curve(page).get_by_role("button", name="Measure again").click()
    expect(curve(page).locator(".curve-status")).to_contain_text("prompts a second")
    curve(page).get_by_role("button", name="Stop").click()
    expect(curve(page).locator(".curve-status")).to_contain_text("Stopped")


def test_it_fits_a_phone_in_chinese(page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate("PG.setLang('zh')")
    expect(curve(page).get_by_role("button", name="重新测量")).to_be_visible()
    expect(curve(page).locator(".curve-legend")).to_be_visible()
    page.wait_for_function("document.documentElement.scrollWidth <= innerWidth")
    page.evaluate("PG.setLang('en')")
