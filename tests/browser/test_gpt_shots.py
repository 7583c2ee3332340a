"""The few-shot prompt builder in a browser, with a tiny random model in the embedded one's place."""

import json
import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from playground.families.gpt import ready, shots_file
from tests.browser.conftest import Open

TALL = {"width": 1280, "height": 1400}
TASK = "task-sentiment"
PASTE = """([selector, text]) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData('text', text);
  const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
  document.querySelector(selector).dispatchEvent(event);
}"""


@pytest.fixture(scope="module")
def address(long_gpt) -> str:
    return long_gpt


@pytest.fixture(autouse=True)
def patient() -> Iterator[None]:
    expect.set_options(timeout=60_000)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture
def opened(visit) -> Open:
    def open_(query: str = "", viewport: dict = TALL) -> Page:
        page = visit(f"?room=gpt&gptway=shots&lang=en&theme=light{query}", viewport=viewport)
        page.set_default_timeout(120_000)
        page.locator(".shots-panel .said:not(.waiting)").wait_for(timeout=120_000)
        return page

    return open_


@pytest.fixture(scope="module")
def page(visit_once) -> Page:
    """One page for most tests, with a ready task: it opens slowly on a busy machine."""
    page = visit_once("?room=gpt&gptway=shots&lang=en&theme=light", viewport=TALL)
    page.set_default_timeout(120_000)
    page.locator(".shots-panel .said:not(.waiting)").wait_for()
    answered(page, lambda: page.evaluate("key => PG.emit('gpt-way', { key: 'shots', task: key })", TASK))
    return page


@pytest.fixture
def room(page) -> Page:
    """With the task as it was opened."""
    first = ready.ready(TASK).payload()
    builder = {**shots_file.builder({**first, "model": "gpt/mini"}), "key": first["key"], "truth": first["truth"]}
    answered(page, lambda: page.evaluate("builder => PG.emit('gpt-way', { key: 'shots', builder })", builder))
    return page


def asks(page: Page):
    return page.expect_response(re.compile("pg/gpt/shots$"))


def answered(page: Page, act) -> dict:
    """What the server says to what `act` asks, once it is drawn."""
    with asks(page) as reply:
        act()
    told = reply.value.json()
    expect(page.locator(".shots-panel .said")).not_to_have_class(re.compile("waiting"))
    expect(page.locator(".meter-box .mono")).to_contain_text(f"{told['fitted']['tokens']:,} of")
    return told


def cells(page: Page, at: int) -> list[str]:
    return page.locator(f".shots-table [data-key^='{at}-']").evaluate_all("all => all.map((one) => one.value)")


def test_the_sheet_names_its_parts_and_holds_the_answer(room):
    assert room.locator(".shots-sheet .part-name").all_inner_texts() == [
        "task", "example 1", "example 2", "example 3", "example 4", "question",
    ]  # fmt: skip
    said = room.locator(".shots-sheet .said").inner_text().strip()
    expect(room.locator(".shots-panel .panel-title")).to_contain_text(f"“{said}”")
    bars = room.locator(".shots-labels .bar-name").all_inner_texts()
    assert bars[0] == said and set(bars) == {"positive", "negative"}
    shares = [float(v.strip("< %")) for v in room.locator(".shots-labels .bar-value").all_inner_texts()]
    assert sum(shares) == pytest.approx(100, abs=1.1)
    expect(room.locator(".shots-verdict")).to_contain_text("A reader would say")
    room.locator(".shots-panel .switch", has_text="Show tokens").click()
    expect(room.locator(".shots-sheet.cuts")).to_have_count(0)
    room.locator(".shots-panel .switch", has_text="Show tokens").click()
    expect(room.locator(".shots-sheet.cuts")).to_have_count(1)


def test_zero_one_and_few(room):
    told = answered(room, lambda: room.locator(".choice", has_text="zero-shot").click())
    assert told["prompt"]["examples"] == []
    expect(room.locator(".part-example")).to_have_count(0)
    assert len(answered(room, lambda: room.locator(".choice", has_text="one-shot").click())["prompt"]["examples"]) == 1
    assert len(cells(room, 0)) == 4
    answered(room, lambda: room.locator(".choice", has_text="few-shot").click())
    told = answered(room, lambda: room.locator("[data-key=tick-1]").click())
    assert [pair[0] for pair in told["prompt"]["examples"]] == [cells(room, 0)[i] for i in (0, 2, 3)]
    expect(room.locator(".part-example")).to_have_count(3)
    told = answered(room, lambda: room.locator(".switch", has_text="say it").click())
    assert told["prompt"]["description"] == "" and room.locator(".part-task").count() == 0


def test_what_is_typed_is_previewed_and_then_run(room):
    with room.expect_response(re.compile("pg/gpt/shots_preview")):
        room.get_by_label("3. The question").fill("A <b>zebra</b>")
    expect(room.locator(".part-question")).to_contain_text("A <b>zebra</b>")
    expect(room.locator(".shots-sheet .said")).to_have_class(re.compile("waiting"))
    expect(room.locator(".shots-verdict")).to_contain_text("has changed")
    told = answered(room, lambda: room.locator(".go").click())
    assert told["prompt"]["query"] == "A <b>zebra</b>"
    expect(room.locator(".shots-verdict")).to_have_count(0)  # nobody knows what a reader would say
    assert room.locator(".shots-sheet b").count() == 0


def test_rows_move_by_key_and_by_hand_and_come_back(room):
    first = cells(room, 0)
    told = answered(room, lambda: room.locator("[data-key=grip-0]").press("ArrowDown"))
    assert cells(room, 0) == [first[i] for i in (1, 0, 2, 3)]
    assert [pair[0] for pair in told["prompt"]["examples"]] == cells(room, 0)
    assert room.evaluate("document.activeElement.dataset.key") == "grip-1"
    answered(room, lambda: room.locator("[data-key='0-1']").press("Alt+ArrowUp"))
    assert cells(room, 0) == first
    start, end = (room.locator(f"[data-key=grip-{i}]").bounding_box() for i in (0, 2))

    def drag():
        room.mouse.move(start["x"] + 5, start["y"] + 10)
        room.mouse.down()
        room.mouse.move(end["x"] + 5, end["y"] + 14, steps=6)
        room.mouse.up()

    answered(room, drag)
    assert cells(room, 0) == [first[i] for i in (1, 2, 0, 3)]
    answered(room, lambda: room.get_by_role("button", name="Undo").click())
    assert cells(room, 0) == first


def test_a_seed_gives_one_order(room):
    seed = room.get_by_label("Seed of the order")
    orders = []
    for number in ("7", "8", "7"):
        seed.fill(number)
        answered(room, lambda: room.get_by_role("button", name="Shuffle").click())
        orders.append(cells(room, 0))
        assert seed.input_value() == str(int(number) + 1)
    assert orders[0] == orders[2] and sorted(orders[0]) == sorted(orders[1])


def test_labels_flip_and_rows_come_and_go(room):
    before = cells(room, 1)
    answered(room, lambda: room.locator("[data-key=flip-0]").click())
    assert cells(room, 1)[0] != before[0] and set(cells(room, 1)) <= {"positive", "negative"}
    answered(room, lambda: room.locator("[data-key=remove-3]").click())
    assert len(cells(room, 0)) == 3
    room.get_by_role("button", name="Add", exact=True).click()
    assert room.evaluate("document.activeElement.dataset.key") == "0-3"
    room.keyboard.type("Fine.")
    told = None
    with asks(room) as reply:
        room.keyboard.press("Control+Enter")
    told = reply.value.json()
    assert "Example 4 has no answer" in told["wrong"]["en"]
    expect(room.locator(".shots-panel, .card .notice.wrong").first).to_contain_text("Example 4 has no answer")
    assert cells(room, 0)[3] == "Fine."
    room.locator("[data-key='1-3']").fill("positive")
    assert len(answered(room, lambda: room.locator(".go").click())["prompt"]["examples"]) == 4


def test_tables_are_pasted_and_uploaded(room):
    room.evaluate(PASTE, ["[data-key='0-0']", "one\tpositive\ntwo\t"])
    expect(room.locator(".shots-found .notice")).to_contain_text("Line 2 has no answer")
    assert room.locator(".shots-import textarea").input_value() == "one\tpositive\ntwo\t"
    assert len(cells(room, 0)) == 4
    room.locator(".shots-import textarea").fill("one\tpositive\ntwo\tnegative")
    expect(room.locator(".shots-found")).to_contain_text("2 examples found")
    answered(room, lambda: room.get_by_role("button", name="Add them").click())
    assert cells(room, 0)[4:] == ["one", "two"]
    csv = b'text,label\n"a, <i>b</i>",positive\n'
    room.locator(".shots-import input[type=file]").set_input_files(
        {"name": "a.csv", "mimeType": "text/csv", "buffer": csv}
    )
    expect(room.locator(".shots-found")).to_contain_text("The first line names the columns (text, label)")
    answered(room, lambda: room.get_by_role("button", name="Replace the table").click())
    assert cells(room, 0) == ["a, <i>b</i>"] and cells(room, 1) == ["positive"]


def test_three_ways_to_score_the_allowed_answers(room):
    with room.expect_response(re.compile("pg/gpt/shots_calibrated")) as reply:
        room.get_by_label("Scored by").select_option("all")
    told = reply.value.json()
    rows = room.locator(".shots-ways tbody tr")
    expect(rows.first.locator("td").last).to_contain_text("%")
    assert rows.count() == 2 and len(told["calibrated"]) == 2
    room.get_by_label("Scored by").select_option("calibrated")
    best = max(range(2), key=lambda i: told["calibrated"][i])
    said = ("positive", "negative")[best]
    expect(room.locator(".shots-panel .panel-title")).to_contain_text(f"“{said}”")
    expect(room.locator(".shots-sheet .said")).to_have_text(f" {said}", use_inner_text=True)
    room.get_by_label("Scored by").select_option("sum")


def test_answers_that_begin_each_other_are_named(room):
    room.locator(".shots-list").fill("the\nthe cat\n")
    told = answered(room, lambda: room.locator(".go").click())
    assert told["labels"]["nested"] == [[0, 1]]
    expect(room.locator(".shots-labels .notice")).to_contain_text("“the” begins “the cat”")
    told = answered(room, lambda: room.locator(".switch", has_text="end of the line").click())
    assert told["labels"]["nested"] == [] and told["labels"]["tokens"][0][-1] == "↵"
    expect(room.locator(".shots-labels .notice")).to_have_count(0)
    answered(room, lambda: room.locator(".switch", has_text="end of the line").click())
    told = answered(room, lambda: room.locator(".choice", has_text="anything").click())
    assert told["labels"] is None
    expect(room.locator(".shots-labels")).to_have_count(0)


def test_the_prompt_is_saved_and_opened(room):
    room.get_by_label("3. The question").fill("Mine.")
    answered(room, lambda: room.locator("[data-key=tick-0]").click())
    with room.expect_download() as download:
        room.get_by_role("button", name="Save", exact=True).click()
    text = download.value.path().read_text()
    assert json.loads(text)["rows"][0][2] is False
    room.get_by_label("Start from a ready task").select_option("task-plural")
    expect(room.get_by_label("1. What is the task?")).to_have_value("Give the plural.")
    file = room.locator(".shots-keep input[type=file]")
    file.set_input_files({"name": "x.json", "mimeType": "application/json", "buffer": b'{"format": "else"}'})
    expect(room.locator(".room-in .notice.wrong")).to_contain_text("Nothing was changed")
    expect(room.get_by_label("1. What is the task?")).to_have_value("Give the plural.")
    told = answered(
        room,
        lambda: file.set_input_files({"name": "x.json", "mimeType": "application/json", "buffer": text.encode()}),
    )
    assert told["prompt"]["query"] == "Mine." and len(told["prompt"]["examples"]) == 3
    expect(room.locator(".room-in .notice.wrong")).to_have_count(0)
    with room.expect_download() as download:
        room.locator(".file", has_text="prompt.txt").click()
    assert download.value.path().read_text() == told["text"]
    with room.expect_download() as download:
        room.locator(".file", has_text="prompt.py").click()
    compile(download.value.path().read_text(), "prompt.py", "exec")


def test_too_much_is_cut_visibly(room):
    room.get_by_label("1. What is the task?").fill("say " * 200)
    told = answered(room, lambda: room.locator(".go").click())
    assert told["fitted"]["start"] > 0
    expect(room.locator(".notice.cut")).to_contain_text(re.compile("Left out at the beginning: .*task"))
    assert room.locator(".left-out").first.inner_text().startswith("say say")
    expect(room.locator(".meter.over")).to_have_count(1)


def test_layouts_name_the_columns(room):
    room.locator("summary", has_text="More settings").first.click()
    room.get_by_label("Name of the input").fill("Review")
    room.get_by_label("Name of the answer").fill("Mood")
    told = answered(room, lambda: room.locator(".go").click())
    assert told["prompt"]["layout"] == {"before": "Review: ", "middle": "\nMood:", "after": "\n"}
    assert room.locator(".shot-row.head span").all_inner_texts()[2:4] == ["Review", "Mood"]
    told = answered(room, lambda: room.get_by_label("Layout", exact=True).select_option("... -> ..."))
    assert told["prompt"]["layout"] == {"before": "", "middle": " ->", "after": "\n"}


def test_the_address_leads_back(room, opened):
    room.get_by_label("3. The question").fill("Mine.")
    answered(room, lambda: room.locator("[data-key=tick-0]").click())
    room.wait_for_function("location.search.includes('gptshots')")
    again = opened(
        "&gptshots="
        + quote(room.evaluate("PG.query.get('gptshots') || new URL(location).searchParams.get('gptshots')"))
    )
    expect(again.get_by_label("3. The question")).to_have_value("Mine.")
    expect(again.locator("[data-key=tick-0]")).not_to_be_checked()


@pytest.mark.parametrize("broken", ["%7B", "[]", "3", '{"rows":3}', '{"rows":[["a"]],"layout":"x"}', '{"model":{}}'])
def test_a_broken_address_is_survived(opened, broken):
    page = opened(f"&gptshots={quote(broken)}")
    expect(page.locator(".part-example")).to_have_count(4)


@pytest.mark.parametrize("width", [390, 1920])
def test_nothing_leaves_the_page(opened, width):
    page = opened("&lang=zh&theme=dark", viewport={"width": width, "height": 900})
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for selector in (".shots", ".shots-sheet", ".prompt-side"):
        box = page.locator(selector).first.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
    page.locator("[data-key='0-0']").fill("手机上也能编辑")
    expect(page.locator(".part-example").first).to_contain_text("手机上也能编辑")
