"""The fine-tuned uses of the BERT room in a browser, with tiny random models in the places of the embedded ones."""

import csv
import io
import re
from collections.abc import Iterator
from itertools import pairwise

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


# ---- what the head says of every layer


def layers(page: Page, task: str) -> list[dict[str, str]]:
    """The view opened, and its table."""
    if task != "single":
        turn(page, task)
    page.get_by_role("tab", name="Layers").click()
    page.locator(".heard .chart-line").first.wait_for(state="attached")
    with page.expect_download() as download:
        page.locator(".panel:has(.heard) .tools button", has_text="CSV").first.click()
    return list(csv.DictReader(io.StringIO(download.value.path().read_text("utf-8-sig"))))


@pytest.mark.parametrize(("task", "charts"), [("single", 1), ("pair", 1), ("tags", 1), ("answer", 2)])
def test_the_head_is_heard_layer_by_layer(room, task, charts):
    rows = layers(room, task)
    view = room.locator(".panel:has(.heard)").last
    assert {row["layer"] for row in rows} == {"0", "1", "2", "3"}
    expect(view.locator(".chart")).to_have_count(charts)
    expect(view.locator(".panel-title").first).to_contain_text(re.compile("layer|input"))
    expect(view.locator(".source")).to_contain_text("largest difference")
    expect(view.locator(".chart-axis").first).to_have_text("layer (0: the input)")
    assert float(re.search(r"difference (\S+)", view.locator(".source").inner_text())[1]) < 1e-5
    last = [row for row in rows if row["layer"] == "3"]
    if task in ("single", "pair"):
        bars = room.evaluate("[...document.querySelectorAll('.use-answer .bar-row')].map((row) => row.title)")
        for row in last:
            assert any(
                bar.startswith(f"{row['name']}: ")
                and float(bar.split(": ")[1]) == pytest.approx(float(row["probability"]), abs=1e-4)
                for bar in bars
            )
        assert sum(float(row["probability"]) for row in last) == pytest.approx(1, abs=1e-5)
    chart = view.locator(".chart").first
    box = chart.bounding_box()
    chart.hover(position={"x": 52 + 2, "y": box["height"] / 2})  # the first layer's own place
    tip = room.locator(".pg-tip")
    first = [row for row in rows if row["layer"] == "0" and row["what"] == rows[0]["what"]]
    for row in first:
        expect(tip).to_contain_text(f"{float(row['probability']):.4f}")
    for name in chart.locator(".chart-name").all():
        one = name.bounding_box()
        assert one["y"] >= box["y"] and one["y"] + one["height"] <= box["y"] + box["height"]
        assert one["x"] + one["width"] <= box["x"] + box["width"] + 1


def test_the_tag_of_another_token_is_heard_and_marked_on_the_map(room):
    layers(room, "tags")
    spots = room.locator(".panel:has(.heard) .spot")
    other = spots.and_(room.locator("[aria-pressed=false]:not(.special)")).first
    at, text = other.get_attribute("data-at"), other.inner_text()
    with room.expect_response(lambda told: "bert/hear" in told.url and f'"position":{at}' in told.request.post_data):
        room.locator(f".panel:has(.heard) .spot[data-at='{at}']").click()
    expect(room.locator(".panel:has(.heard) .panel-title").first).to_contain_text(f"“{text}” is tagged")
    expect(room.locator(".cloud-point.on .cloud-name")).to_have_text(text)


def test_the_finding_of_every_kind_of_head(room):
    """Numbers and labels that hold together, which no embedded head gives."""
    told = room.evaluate("""() => {
        const room = { answer: { tokens: { texts: ['[CLS]', 'Rome', 'Rome'] }, cls: 0, model: { name: 'm' } } };
        const one = (more) => ({
            kind: 'class', at: 0, rule: 'one', ids: [1, 0], names: ['yes', 'no'], since: 2, difference: 0, count: 2,
            chances: [[.2, .8], [.4, .6], [.7, .3], [.9, .1]], ...more,
        });
        const ends = (more) => one({ kind: 'start', ids: [2, 0], names: ['Rome', '[CLS]'], ...more });
        const said = (...heard) => [PG.bertHeard.title({ heard }, room).en, PG.bertHeard.title({ heard }, room).zh];
        return [
            said(one()), said(one({ since: 0 })), said(one({ since: 3 })), said(one({ rule: 'many' })),
            said(one({ rule: 'value', ids: [0], names: ['LABEL_0'], chances: [[-.5], [0], [1], [2.25]], since: 0 })),
            said(one({ kind: 'tag', at: 1 })), said(ends(), ends({ kind: 'end' })),
            said(ends(), ends({ kind: 'end', ids: [0, 2], names: ['[CLS]', 'Rome'], since: 3 })),
        ];
    }""")
    assert told == [
        ["It says “yes” from layer 2 of 3 on", "共 3 层，从第 2 层起，它判为“yes”"],
        ["It says “yes” from the input on", "从输入起，它判为“yes”"],
        ["It says “yes” only in the last layer", "直到最后一层，它判为“yes”"],
        ["The labels that hold in the end hold from layer 2 of 3 on", "共 3 层，从第 2 层起，成立的标签与最后相同"],
        [
            "It gives −0.500 at the input and 2.250 after the last layer",
            "它在输入处给出 −0.500，在最后一层之后给出 2.250",
        ],
        ["“Rome” is tagged “yes” from layer 2 of 3 on", "共 3 层，从第 2 层起，“Rome”标为“yes”"],
        [
            "It starts at “Rome” and ends at “Rome” from layer 2 of 3 on",
            "共 3 层，从第 2 层起，起点为“Rome”，终点为“Rome”",
        ],
        [
            "It starts at “Rome” from layer 2 of 3 on, and ends at “no answer” only in the last layer",
            "共 3 层，从第 2 层起，起点为“Rome”；直到最后一层，终点为“没有答案”",
        ],
    ]


def test_a_lines_name_stands_at_its_end_while_those_at_the_foot_make_room(room):
    ends = [0.98, 0.01, 0.01, 0.0, 0.0]
    told = room.evaluate(
        """async (ends) => {
        const lines = ends.map((_, k) => ({ key: k, name: `line ${k}`, colour: '--c-ink' }));
        const chart = PG.chart({ x: 'x', y: 'y', floor: 0, ceil: 1, lines });
        document.querySelector('.pg').append(chart.root);
        chart.draw({ x: [0, 1], ys: ends.map((v) => [.5, v]) });
        const all = (kind) => [...chart.root.querySelectorAll(kind)], drawing = chart.root.querySelector('svg');
        while (drawing.getAttribute('visibility') !== 'visible') await new Promise(requestAnimationFrame);
        const paths = all('.chart-line').map((path) => Number(path.getAttribute('d').split(' ').at(-1)));
        const names = all('.chart-name').map((name) => Number(name.getAttribute('y')) - 4);
        chart.root.remove();
        return { paths, names, rem: PG.rem() };
    }""",
        ends,
    )
    assert told["names"][0] == pytest.approx(told["paths"][0], abs=1)
    heights = sorted(told["names"])
    assert all(b - a >= told["rem"] - 0.01 for a, b in pairwise(heights))
    assert heights[-1] <= max(told["paths"]) + 0.01
