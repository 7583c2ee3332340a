"""Which words mattered, and edit and run again, in a browser, with a tiny random model in the embedded one's place."""

import csv
import io
import json
import re
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from playground.nn.mattered import Score, accord
from playground.views.mattered import agreed
from tests.browser.conftest import WIDE, Open

LAYERS, HEADS = 3, 4


@pytest.fixture(scope="module")
def address(tiny_bert) -> str:
    return tiny_bert


@pytest.fixture(autouse=True)
def patient() -> Iterator[None]:
    expect.set_options(timeout=30_000)
    yield
    expect.set_options(timeout=5_000)


def opened(visit: Open, tab: str, query: str = "lang=en&theme=light", viewport: dict = WIDE) -> Page:
    page = visit(f"?room=bert&{query}", viewport=viewport)
    page.locator(".answer").first.wait_for(timeout=60_000)
    page.locator("[role=tab]", has_text=tab).click()
    return page


@pytest.fixture
def mattered(visit) -> Page:
    page = opened(visit, "What mattered")
    settled(page)
    return page


@pytest.fixture
def editing(visit) -> Page:
    page = opened(visit, "Edit")
    page.locator(".alter-pair").first.wait_for()
    return page


def settled(page: Page) -> None:
    expect(page.locator(".matter-row .matter-text")).to_have_count(6, timeout=60_000)
    expect(page.locator(".matter-pairs tbody tr")).to_have_count(5)


def shares(page: Page) -> list[str]:
    return page.locator(".alter-shares").all_inner_texts()


# ---- which words mattered


def test_six_methods_stand_side_by_side(mattered):
    title = mattered.locator(".panel-title:visible").nth(-1)
    expect(title).to_contain_text(re.compile(r"mattered most for|another word first"))
    assert mattered.locator(".matter-bars thead th").all_inner_texts()[1:] == [
        "rollout", "flow", "valued", "gradient", "integrated", "occlusion",
    ]  # fmt: skip
    expect(mattered.locator(".matter-note")).to_contain_text(re.compile(r"completeness error .* with 32 steps"))
    for measure in ("Kendall", "top 3"):
        mattered.locator(".matter-agree .choice", has_text=measure).click()
        expect(mattered.locator(".matter-pairs td")).to_have_count(15)
    cells = mattered.locator(".matter-pairs td")
    expect(cells).to_have_text([re.compile("^[0-3]$")] * 15)


def test_words_and_pieces(mattered):
    words = mattered.locator(".matter-bars tbody tr").count()
    mattered.locator(".matter-controls .choice", has_text="pieces").click()
    expect(mattered.locator(".matter-bars tbody tr").nth(words)).to_be_visible()
    rows = mattered.locator(".matter-row[data-method=rollout] .matter-token").all_inner_texts()
    assert rows[0] == "[CLS]" and any(text.startswith("##") for text in rows)


def test_another_target_and_more_steps_ask_again(mattered):
    select = mattered.locator(".matter-controls select")
    second = select.locator("option").nth(1)
    word = re.search("“(.*)”", second.inner_text())[1]
    select.select_option(index=1)
    expect(mattered.locator(".panel-title", has_text=f"“{word}”").last).to_be_visible(timeout=30_000)
    settled(mattered)
    mattered.locator(".matter-controls summary").click()
    mattered.locator(".matter-controls .choice", has_text="zeros").click()
    settled(mattered)
    slider = mattered.locator(".matter-controls input[type=range]")
    slider.focus()
    slider.press("End")
    expect(mattered.locator(".matter-note")).to_contain_text("with 256 steps", timeout=60_000)


def test_the_table_can_be_taken_along(mattered):
    with mattered.expect_download() as download:
        mattered.locator(".tools:visible button", has_text="CSV").last.click()
    rows = list(csv.reader(io.StringIO(download.value.path().read_text())))
    assert rows[0][:3] == ["position", "word", "kind"] and len(rows[0]) == 9
    assert {row[2] for row in rows[1:]} == {"special", "gap", "open"}
    assert float(next(row for row in rows if row[2] == "special")[8]) == 0  # occlusion leaves [CLS] alone


def test_stop_keeps_what_was_computed_and_goes_on(visit):
    page = opened(visit, "Tokens")
    text = "the cat sat on the [MASK] . " * 6
    page.get_by_text("Type another sentence").click()
    page.locator("textarea >> nth=0").fill(text)
    with page.expect_response(re.compile("pg/bert/ask")):
        page.locator(".go").click()
    held: list = []
    page.route("**/pg/bert/mattered", lambda route: held.append(route))  # a slow server
    page.locator("[role=tab]", has_text="What mattered").click()
    page.locator(".working button", has_text="Stop").click()
    expect(page.locator(".notice.note:visible")).to_contain_text("What was computed is kept")
    page.unroute("**/pg/bert/mattered")
    page.get_by_role("button", name="Go on").click()
    settled(page)


def test_without_a_gap_it_says_what_to_do(visit):
    page = opened(visit, "What mattered")
    page.locator(".chip[aria-pressed=true]").first.click()
    expect(page.locator(".notice.note", has_text="hide a word, or give a second text")).to_be_visible()


# ---- edit and run again


def test_a_head_goes_off_and_comes_back(editing):
    before = shares(editing)
    cell = editing.locator(".alter-cell[data-place='1 2']")
    cell.click()
    expect(cell).to_have_attribute("aria-pressed", "true")
    expect(editing.locator(".alter-tag")).to_have_text("head 2.3 off")
    expect(editing.locator(".alter-change.plus, .alter-change.minus").first).to_be_visible()
    editing.get_by_role("button", name="Undo").click()
    expect(editing.locator(".alter-tag")).to_have_count(0)
    expect(editing.locator(".alter-shares")).to_have_text(before, use_inner_text=True)
    editing.get_by_role("button", name="Redo").click()
    expect(editing.locator(".alter-tag")).to_have_count(1)
    editing.locator(".alter-cell.whole").nth(0).click()
    expect(editing.locator(".alter-tag")).to_have_count(2)
    editing.locator(".alter-tag", has_text="head 2.3").click()
    expect(editing.locator(".alter-tag")).to_have_text("layer 1 off")
    editing.get_by_role("button", name="Reset").click()
    expect(editing.locator(".alter-tag")).to_have_count(0)
    expect(editing.locator(".alter-cell[aria-pressed=true]")).to_have_count(0)
    expect(editing.locator(".alter-shares")).to_have_text(before, use_inner_text=True)


def test_scaling_and_temperature(editing):
    editing.locator(".choice", has_text="scales the output").click()
    editing.locator(".alter-cell[data-place='0 0']").click()
    expect(editing.locator(".alter-tag")).to_have_text("head 1.1 × 2")
    editing.locator(".choice", has_text="sets a temperature").click()
    editing.locator(".alter-cell[data-place='0 0']").click()
    expect(editing.locator(".alter-tag")).to_have_count(2)
    expect(editing.locator(".alter-cell[data-place='0 0']")).to_have_text("2· T4")


def test_words_are_replaced_masked_and_hidden_from_all(editing):
    chip = editing.locator(".alter-chip", has_text="drank")
    chip.click()
    editing.locator(".alter-form input").fill("cat <b>")
    editing.keyboard.press("Enter")
    expect(editing.locator(".alter-tag")).to_have_text("drank → cat <b>")
    expect(editing.locator(".alter-chip.changed")).to_contain_text("cat <b>")
    editing.locator(".alter-chip", has_text="cup").click()
    editing.get_by_role("button", name="Mask it").click()
    expect(editing.locator(".alter-tag")).to_have_count(2)
    editing.locator(".alter-chip", has_text="She").click()
    editing.get_by_role("button", name="Nobody looks at it").click()
    expect(editing.locator(".alter-chip.blind")).to_have_text("She")
    expect(editing.locator(".alter-row[data-kind=word]")).to_have_count(1)


def test_the_sweep_colours_every_head_and_a_click_switches_it_off(editing):
    editing.get_by_role("button", name="Which head matters most?").click()
    expect(editing.locator(".alter-most")).to_contain_text("matters most", timeout=60_000)
    expect(editing.get_by_role("button", name="Which head matters most?")).to_be_visible()
    coloured = editing.locator(".alter-cell").evaluate_all("all => all.filter((one) => one.style.background).length")
    assert coloured == LAYERS * (HEADS + 1)
    layer, head = map(int, re.findall(r"\d+", editing.locator(".alter-most").inner_text())[:2])
    after = re.search(r"→\s(.*)$", editing.locator(".alter-most").inner_text().replace("\xa0", " "))[1]
    editing.locator(f".alter-cell[data-place='{layer - 1} {head - 1}']").click()
    expect(editing.locator(".alter-tag")).to_have_text(f"head {layer}.{head} off")
    expect(editing.locator(".alter-shares b").first).to_have_text(after)  # the first row is the watched word


def test_the_address_and_the_downloads_carry_the_edits(editing, visit):
    editing.locator(".alter-cell[data-place='2 1']").click()
    editing.wait_for_function("location.search.includes('bertedit')")
    with editing.expect_download() as download:
        editing.locator(".tools:visible button", has_text="JSON").last.click()
    told = json.loads(download.value.path().read_text())
    assert told["edits"]["heads"] == [[2, 1, 0]] and told["rows"][0]["kind"] == "word"
    with editing.expect_download() as download:
        editing.locator(".file", has_text="answers.json").click()
    assert json.loads(download.value.path().read_text())["edited"]["edits"]["heads"] == [[2, 1, 0]]
    again = visit(editing.evaluate("location.search"))
    again.locator(".answer").first.wait_for(timeout=60_000)
    again.locator("[role=tab]", has_text="Edit").click()
    expect(again.locator(".alter-tag")).to_have_text("head 3.2 off")
    editing.get_by_role("button", name="Reset").click()
    editing.wait_for_function("!location.search.includes('bertedit')")


@pytest.mark.parametrize(
    "broken", ["%7B", "[]", '{"heads":[[9,9,0]]}', '{"layers":"x"}', '{"wheels":[1]}', '{"heads":null}']
)
def test_a_broken_address_is_survived(visit, broken):
    page = opened(visit, "Edit", f"lang=en&bertedit={broken}")
    page.locator(".alter-pair").first.wait_for()
    expect(page.locator(".alter-tag")).to_have_count(0)


def test_another_sentence_keeps_the_heads_and_forgets_the_words(editing):
    editing.locator(".alter-cell[data-place='0 1']").click()
    editing.locator(".alter-chip", has_text="drank").click()
    editing.locator(".alter-form input").fill("cat")
    editing.keyboard.press("Enter")
    expect(editing.locator(".alter-tag")).to_have_count(2)
    editing.locator(".example").nth(1).click()
    expect(editing.locator(".alter-tag")).to_have_count(1)
    expect(editing.locator(".alter-tag")).to_have_text("head 1.2 off")
    expect(editing.locator(".alter-chip", has_text="floor").or_(editing.locator(".alter-chip.fixed"))).to_have_count(1)


@pytest.mark.parametrize("tab", ["什么起了作用", "修改"])
@pytest.mark.parametrize("width", [390, 1920])
def test_nothing_leaves_the_page(visit, width, tab):
    page = opened(visit, tab, "lang=zh&theme=dark", viewport={"width": width, "height": 900})
    page.locator(".matter-pairs, .alter-pair").first.wait_for(timeout=60_000)
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    card = page.locator(".card.inside").bounding_box()
    for part in (".matter-pairs", ".matter-row", ".alter-row", ".alter-grid"):
        for box in [one.bounding_box() for one in page.locator(part).all()]:
            assert box["x"] + box["width"] <= card["x"] + card["width"] + 1


TIED = {
    "flow": np.array([1, 1, 1, 1, 0.9]),
    "rollout": np.array([0, 0.1, 0.5, 0.2, 0.05]),
    "gradient": np.array([0.1, 0.1, -3, 0.1, -0.1]),
    "occlusion": np.array([0.4, 0.3, -0.9, 0, 0]),
}


def test_a_method_in_which_several_tie_names_all_of_them_or_nobody(mattered):
    """Attention flow is never more than 1, and several words may reach it: which of them stands first in the text says
    nothing of what mattered."""
    told = mattered.evaluate(
        """([accord, table]) => {
        const unit = (text, key) => ({ key, text, kind: 'open', read: (score) => score.words[key] });
        const units = ['She', 'cup', 'kitchen', 'of', 'tea'].map(unit);
        const scores = accord.methods.map((method, i) => ({ method, words: table[i] }));
        const drawn = (measure) => PG.matterAccord(accord, units, measure, () => {});
        const cells = (measure) => [...drawn(measure).querySelectorAll('.matter-pairs td')];
        return {
            firsts: scores.map((one) => PG.matterFirsts(units, one)),
            flat: PG.matterFirsts(units, { words: [1, 1, 1, 1, 1] }),
            title: PG.matterFinding('“tea”', units, accord, scores).en,
            bold: [...PG.matterBars(units, scores, accord, true, () => {}).querySelectorAll('tbody tr')]
                .map((row) => row.querySelectorAll('.strongest').length),
            tops: [...drawn('common').querySelectorAll('.matter-tops li')]
                .map((line) => [...line.children].slice(1).map((part) => part.textContent)),
            shared: cells('common').map((cell) => [cell.textContent, Boolean(cell.title)]),
            why: ['common', 'kendall'].map(drawn).map((one) => one.querySelector('.matter-pairs + .hint')?.textContent),
        };
    }""",
        [
            agreed(accord([Score(method, row, row) for method, row in TIED.items()], range(5), True)),
            [*map(list, TIED.values())],
        ],
    )
    assert told["firsts"] == [[0, 1, 2, 3], [2], [2], [2]] and told["flat"] == []
    assert told["title"] == "“kitchen” mattered most for “tea”, say 4 of 4 methods"
    assert told["bold"] == [1, 1, 4, 1, 0]
    assert told["tops"] == [
        ["4 are equally strong"],
        ["kitchen", "of", "cup"],
        ["kitchen", "then 4 equally strong"],
        ["kitchen", "She", "cup"],
    ]
    mute = ["–", True]  # only rollout and occlusion have three that are strongest
    assert told["shared"] == [mute, mute, mute, mute, ["2", False], mute]
    assert "no strongest three" in told["why"][0] and told["why"][1] is None
