"""The frame in a browser: finding the rooms, language, light and dark, type size, by mouse, by key, on any screen."""

import pytest
from playwright.sync_api import expect

from playground.catalog import FAMILIES
from tests.browser.conftest import LAPTOP, PHONE, visiting
from tests.serving import serving

SCREENS = [(390, 844), (820, 1180), (1280, 800), (1920, 1080)]
KEYS = [family.key for family in FAMILIES]
PROBE = "tests/browser/twelve.py"


@pytest.fixture(scope="module")
def twelve_address(tmp_path_factory):
    with serving(PROBE, log=tmp_path_factory.mktemp("twelve") / "log", PYTHONPATH=".") as address:
        yield address


@pytest.fixture
def visit_twelve(pages, twelve_address):
    yield from visiting(pages, twelve_address)


def current(page) -> str:
    return page.locator(".nav-room[aria-current]").get_attribute("data-room")


def shown(page) -> list[str]:
    """Which rooms' widgets are visible."""
    return [key for key in ["start", *KEYS] if page.locator(f".block.w-{key}").is_visible()]


def overflow(page) -> int:
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


def open_room(page, key: str) -> None:
    page.click(f'.nav-room[data-room="{key}"]')
    page.wait_for_selector(f".w-{key} .pg > *")


# ---- rooms


def test_it_opens_on_the_table_of_contents(visit):
    page = visit()
    page.wait_for_selector(".start h1")
    assert current(page) == "start"
    assert page.locator(".toc-room").count() == len(FAMILIES)
    numbers = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
    assert page.locator(".start .lead").inner_text().lower().startswith(f"{numbers[len(FAMILIES) - 1]} room")


@pytest.mark.parametrize("key", KEYS)
def test_a_room_opens_from_the_navigation_and_keeps_its_address(visit, key):
    page = visit()
    open_room(page, key)
    assert (current(page), shown(page)) == (key, [key])
    assert f"room={key}" in page.url
    page.go_back()
    page.wait_for_selector(".start h1")
    assert (current(page), shown(page)) == ("start", ["start"])


def test_a_reader_in_a_hurry_ends_where_he_went_last(visit):
    page = visit()
    page.wait_for_selector(".start h1")
    page.evaluate(f"PG.open('{KEYS[0]}'); PG.open('{KEYS[-1]}'); PG.open('start')")
    page.wait_for_timeout(400)
    assert (current(page), shown(page)) == ("start", ["start"])
    page.evaluate(f"PG.open('start'); PG.open('{KEYS[0]}'); PG.open('{KEYS[-1]}')")
    page.wait_for_selector(f".w-{KEYS[-1]} .pg > *")
    page.wait_for_timeout(400)
    assert (current(page), shown(page)) == (KEYS[-1], [KEYS[-1]])


@pytest.mark.parametrize("key", KEYS)
def test_a_room_opens_from_its_address(visit, key):
    page = visit(f"?room={key}")
    page.wait_for_selector(f".w-{key} .pg > *")
    assert (current(page), shown(page)) == (key, [key])


def test_an_unknown_room_opens_the_start(visit):
    page = visit("?room=<script>alert(1)</script>")
    page.wait_for_selector(".start h1")
    assert current(page) == "start"


def test_a_room_opens_from_the_contents(visit):
    page = visit()
    page.click(f'.toc-room[href*="{KEYS[-1]}"]')
    page.wait_for_selector(f".w-{KEYS[-1]} .pg > *")
    assert current(page) == KEYS[-1]


# ---- language, light and dark, type


def test_the_language_changes_what_is_read_and_is_remembered(visit):
    page = visit()
    page.wait_for_selector(".start h1")
    assert "neural network" in page.inner_text(".start h1")
    page.click('[data-name="lang"]')
    assert "神经网络" in page.inner_text(".start h1")
    assert page.get_attribute("html", "lang") == "zh"
    assert page.inner_text('.nav-room[data-room="start"]') == "开始"
    page.reload()
    page.wait_for_selector(".start h1")
    assert "神经网络" in page.inner_text(".start h1")


def test_the_address_sets_language_theme_and_type(visit):
    page = visit("?lang=zh&theme=dark&type=large")
    page.wait_for_selector(".start h1")
    assert "神经网络" in page.inner_text(".start h1")
    assert page.evaluate("document.body.classList.contains('dark')")
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "20px"


def test_a_chinese_browser_is_greeted_in_chinese(visit):
    page = visit(locale="zh-CN")
    expect(page.locator("html")).to_have_attribute("lang", "zh")
    page.evaluate("document.documentElement.lang = 'zh-CN'")  # as Gradio does, sooner or later
    expect(page.locator("html")).to_have_attribute("lang", "zh")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_first_visit_follows_the_system(visit, scheme):
    page = visit(color_scheme=scheme)
    page.wait_for_selector(".start h1")
    assert page.evaluate("document.body.classList.contains('dark')") == (scheme == "dark")


def test_dark_is_really_dark_and_remembered_against_the_system(visit):
    page = visit(color_scheme="light")
    paper = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(paper) == "rgb(250, 250, 248)"
    page.click('[data-name="theme"]')
    assert page.evaluate(paper) == "rgb(16, 17, 20)"
    page.reload()
    page.wait_for_selector(".start h1")
    assert page.evaluate(paper) == "rgb(16, 17, 20)"


def test_large_type_is_larger_and_remembered(visit):
    page = visit()
    page.wait_for_selector(".start h1")
    height = "document.querySelector('.start h1').getBoundingClientRect().height"
    normal = page.evaluate(height)
    page.click('[data-name="type"]')
    assert page.evaluate(height) >= 1.2 * normal
    page.reload()
    page.wait_for_selector(".start h1")
    assert page.evaluate(height) >= 1.2 * normal


# ---- keys


def focused(page) -> str:
    return page.evaluate("document.activeElement.dataset.room || document.activeElement.dataset.name || ''")


def test_tab_walks_the_rooms_and_the_switches(visit):
    page, reached = visit(), []
    for _ in range(len(KEYS) + 8):
        page.keyboard.press("Tab")
        reached.append(focused(page))
    wanted = ["start", *KEYS, "lang", "theme", "type"]
    assert [name for name in reached if name in wanted][: len(wanted)] == wanted


def test_enter_opens_a_room_and_the_focus_stays(visit):
    page = visit()
    page.focus(f'.nav-room[data-room="{KEYS[0]}"]')
    page.keyboard.press("Enter")
    page.wait_for_selector(f".w-{KEYS[0]} .pg > *")
    assert (current(page), focused(page)) == (KEYS[0], KEYS[0])


def test_the_focus_can_be_seen(visit):
    page = visit()
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


# ---- phone


def test_the_phone_menu_opens_closes_and_leads_on(visit):
    page = visit(viewport=PHONE)
    menu = page.locator("#room-list")
    assert not menu.is_visible()
    page.click('[data-name="rooms"]')
    assert menu.is_visible()
    page.keyboard.press("Escape")
    assert not menu.is_visible()
    page.click('[data-name="rooms"]')
    open_room(page, KEYS[0])
    assert not menu.is_visible()
    assert current(page) == KEYS[0]


def test_next_and_previous_walk_around(visit):
    page = visit(viewport=PHONE)
    page.click('[data-name="next"]')
    assert current(page) == KEYS[0]
    page.click('[data-name="previous"]')
    page.click('[data-name="previous"]')
    assert current(page) == KEYS[-1]


# ---- every screen


def spill(page) -> list[tuple[int, int]]:
    """The screens that a page, opened on the first, does not fit."""
    found = []
    for width, height in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(500)
        if overflow(page) > 0:
            found.append((width, height))
    return found


@pytest.mark.parametrize("size", ["normal", "large"])
def test_nothing_leaves_the_page(visit, size):
    page = visit(f"?type={size}", viewport=PHONE)
    page.wait_for_selector(".start h1")
    assert not spill(page)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("size", ["normal", "large"])
def test_nothing_leaves_a_room(visit, key, size):
    page = visit(f"?type={size}&room={key}", viewport=PHONE)
    title = page.locator(f".w-{key} .room-out .panel-title, .w-{key} .room-out h2").first
    title.wait_for()  # the network never rests in a room that trains
    assert not spill(page)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("size", ["normal", "large"])
@pytest.mark.parametrize(("width", "height"), SCREENS)
def test_twelve_families_fit(visit_twelve, width, height, size, lang):
    page = visit_twelve(f"?lang={lang}&type={size}", viewport={"width": width, "height": height})
    page.wait_for_selector(".start h1")
    assert overflow(page) <= 0
    if page.locator('[data-name="rooms"]').is_visible():
        page.click('[data-name="rooms"]')
    rooms = page.locator(".nav-room")
    assert rooms.count() == 13
    boxes = [rooms.nth(i).bounding_box() for i in range(13)]
    assert all(
        box["x"] >= 0 and box["x"] + box["width"] <= width and box["y"] + box["height"] <= height for box in boxes
    )
    assert len({(round(box["x"]), round(box["y"])) for box in boxes}) == 13  # none upon another
    assert all(not rooms.nth(i).evaluate("e => e.scrollWidth > e.clientWidth") for i in range(13))


def test_twelve_families_stand_in_one_line_on_a_laptop(visit_twelve):
    page = visit_twelve(viewport=LAPTOP)
    tops = {round(page.locator(".nav-room").nth(i).bounding_box()["y"]) for i in range(13)}
    assert len(tops) == 1
    assert page.locator(".start .lead").inner_text().startswith("Twelve rooms.")


# ---- lessons


@pytest.mark.parametrize("key", KEYS)
def test_the_lesson_opens_in_the_chosen_language_with_its_formulas(visit, key):
    page = visit(f"?room={key}")
    english, chinese = page.locator(f"#lesson-{key} .block.lesson-en"), page.locator(f"#lesson-{key} .block.lesson-zh")
    page.wait_for_selector(f".w-{key} .more-link")
    assert not english.is_visible()
    page.click(f".w-{key} .more-link")
    english.wait_for(state="visible")
    assert "How it works" in english.inner_text()
    assert english.locator(".katex").count() > 0
    assert not chinese.is_visible()
    page.click('[data-name="lang"]')
    assert chinese.is_visible() and not english.is_visible()
    assert "工作原理" in chinese.inner_text()
    assert overflow(page) <= 0


# ---- the furniture that rooms share, tried in an empty page

ROOM = """() => {
  const root = document.querySelector('.w-start .pg'), text = (en, zh) => ({en, zh});
  window.shown = [];
  const tabs = PG.tabs([
    {key: 'one', label: text('One', '一'), draw: (host) => host.append('first')},
    {key: 'two', label: text('Two', '二'), draw: (host) => host.append('second')},
  ], {onShow: (key) => shown.push(key)});
  const slider = PG.slider({label: text('Words', '词数'), min: 1, max: 9, step: 1, value: 4});
  const box = PG.el('textarea', {'aria-label': text('Sentence', '句子')});
  PG.room(root, {
    head: PG.roomHead({kicker: 'X', title: text('is a room', '是一个房间'), lead: 'lead', cite: 'A 2020'}),
    input: [PG.field(text('Sentence', '句子'), null, box), slider.root],
    output: [PG.card('answer'), PG.inside(tabs.root)],
    foot: PG.foot({how: text('So.', '这样。'), code: () => 'print(1)', files: []}),
  });
}"""


@pytest.fixture
def furnished(visit):
    page = visit()
    page.wait_for_selector(".start h1")
    page.evaluate(ROOM)
    return page


def test_language_changes_the_furniture_and_keeps_what_was_typed(furnished):
    furnished.fill("textarea", "my own words")
    furnished.locator("input[type=range]").press("ArrowRight")
    furnished.click('[data-name="lang"]')
    assert "是一个房间" in furnished.inner_text(".room-head h1")
    assert furnished.input_value("textarea") == "my own words"
    assert furnished.locator("textarea").get_attribute("aria-label") == "句子"
    assert furnished.input_value("input[type=range]") == "5"


@pytest.mark.parametrize(("height", "position"), [(1000, "sticky"), (200, "static")])
def test_the_input_stays_in_sight_only_where_it_fits(furnished, height, position):
    furnished.set_viewport_size({"width": 1280, "height": height})
    column = "document.querySelector('.room-in')"
    furnished.wait_for_function(f"getComputedStyle({column}).position === '{position}'", timeout=3000)


def test_tabs_are_drawn_when_shown_and_follow_the_arrow_keys(furnished):
    assert furnished.locator(".view").nth(1).inner_text() == ""
    furnished.focus(".view-tab >> nth=0")
    furnished.keyboard.press("ArrowRight")
    assert furnished.locator(".view").nth(1).inner_text() == "second"
    assert not furnished.locator(".view").nth(0).is_visible()
    assert furnished.locator('.view-tab[aria-selected="true"]').inner_text() == "Two"
    furnished.keyboard.press("ArrowRight")
    assert furnished.evaluate("shown") == ["one", "two", "one"]


def saved(page, script: str, path):
    with page.expect_download() as download:
        page.evaluate(script)
    download.value.save_as(path)
    return path


def test_numpy_reads_what_the_page_saves(furnished, tmp_path):
    import numpy as np

    script = """PG.save('a.npz', PG.npz({
        weights: {data: new Float32Array([0, .5, -1, 2, 3, 1e-9]), shape: [2, 3]},
        ids: {data: new Int32Array([7, -8]), shape: [2]},
    }))"""
    with np.load(saved(furnished, script, tmp_path / "a.npz")) as arrays:
        assert arrays["weights"].tolist() == np.array([[0, 0.5, -1], [2, 3, 1e-9]], "f4").tolist()
        assert arrays["ids"].tolist() == [7, -8]


def test_a_table_keeps_commas_quotes_and_formulas_apart(furnished, tmp_path):
    script = r"""PG.save('a.csv', PG.csv([['a,b', 'say "hi"', -1.5], ['=1+1', '-', '-3']]))"""
    assert saved(furnished, script, tmp_path / "a.csv").read_text().splitlines() == [
        '"a,b","say ""hi""",-1.5',
        "'=1+1,'-,-3",
    ]


def test_a_picture_is_saved_as_it_is_seen(furnished, tmp_path):
    import xml.etree.ElementTree as ET

    from PIL import Image

    svg = saved(furnished, "PG.svgFile('a.svg', document.querySelector('.room-head'))", tmp_path / "a.svg")
    root = ET.fromstring(svg.read_text("utf-8"))
    texts = [(e.text, e.get("style")) for e in root.iter() if e.tag.endswith("text")]
    assert any("is a room" in text and "font-size: 28px" in style for text, style in texts)
    assert "var(--" not in svg.read_text("utf-8")
    png = saved(furnished, "PG.pngFile('a.png', document.querySelector('.room-head'))", tmp_path / "a.png")
    with Image.open(png) as picture:
        assert picture.size == (2 * int(root.get("width")), 2 * int(root.get("height")))
        assert picture.getpixel((2, 2))[:3] == (255, 255, 255)
        assert picture.convert("L").getextrema()[0] < 60  # there is ink


def test_a_picture_that_is_gone_is_let_go(furnished):
    """A chart, a cloud or a marked text that an answer has replaced: nothing on the bus keeps it."""
    furnished.evaluate("""() => {
        const host = document.querySelector('.view'), line = {key: 'y', name: 'y', colour: '--c-ink'};
        const unit = {text: 'a', entity: null, best: []};
        const made = [PG.chart({x: 'x', y: 'y', lines: [line]}).root,
            PG.cloud({labels: ['a'], groups: [0], frames: [new Float32Array([0, 0])]}).root,
            PG.marked({runs: [['a', 0]], units: [unit], entities: [], kinds: []})];
        window.kept = made.map((node) => new WeakRef(node));
        host.append(...made);
    }""")
    frames = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))"
    furnished.evaluate(frames)
    protocol = furnished.context.new_cdp_session(furnished)
    protocol.send("HeapProfiler.collectGarbage")
    assert furnished.evaluate("kept.map((ref) => ref.deref() !== undefined)") == [True, True, True]
    furnished.evaluate("() => kept.forEach((ref) => ref.deref().remove())")
    furnished.evaluate(frames)
    for _ in range(20):
        protocol.send("HeapProfiler.collectGarbage")
        furnished.evaluate("PG.emit('theme')")
        if furnished.evaluate("kept.every((ref) => ref.deref() === undefined)"):
            break
        furnished.wait_for_timeout(100)
    assert furnished.evaluate("kept.map((ref) => ref.deref() !== undefined)") == [False, False, False]


def test_what_follows_the_theme_follows_it(furnished):
    furnished.evaluate("""() => {
        window.heard = [];
        window.node = document.createElement('p');
        PG.follow(node, 'theme', () => heard.push('theme'));
        PG.follow(node, 'lang', (lang) => heard.push(lang));
        PG.emit('theme');
        PG.emit('lang', 'zh');
    }""")
    assert furnished.evaluate("heard") == ["theme", "zh"]


def test_a_chart_without_numbers_keeps_its_place_and_says_nothing(furnished):
    furnished.evaluate("""() => {
        window.chart = PG.chart({x: 'x', y: 'y', height: 9, lines: [{key: 'y', name: 'why', colour: '--c-ink'}]});
        document.querySelector('.view').append(chart.root);
    }""")
    assert not furnished.locator(".chart-name").is_visible()
    before = furnished.locator(".chart-box").bounding_box()["height"]
    furnished.evaluate("chart.draw({x: [0, 1], ys: {y: [1, 2]}})")
    expect(furnished.locator(".chart-name")).to_be_visible()
    assert furnished.locator(".chart-box").bounding_box()["height"] == pytest.approx(before, abs=8) and before >= 9 * 16
