"""The MLP room in a browser: it learns, is edited, given points, looked back at; the numbers are the model's."""

import json
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from playwright.sync_api import Page, TimeoutError, expect
from safetensors.numpy import load_file

from playground.families.mlp.config import Config, read
from playground.families.mlp.sight import weights
from playground.families.mlp.state import begin, figures, steps

ROOT = Path(__file__).parents[2]
PATIENCE = 30_000
PHONE = {"width": 390, "height": 844}
TITLE = ".mlp-top .panel-title"


@pytest.fixture
def room(visit):
    """The room after its first updates, at rest."""

    def open_(query: str = "&lang=en&theme=light", settings: dict | None = None, **options) -> Page:
        more = f"&mlp={quote(json.dumps(settings))}" if settings else ""
        page = visit(f"?room=mlp{query}{more}", **options)
        expect(page.locator(".w-mlp .mlp-top .live-count")).to_contain_text("250", timeout=PATIENCE)
        return page

    return open_


def trained(updates: int, **settings):
    state = begin(read(settings))
    run = steps(state)
    for _ in range(updates):
        next(run)
    return state


def done(page: Page) -> int:
    return int(page.locator(".mlp-top .live-count").inner_text().split()[0].replace(",", ""))


def until_done(page: Page, updates: int) -> None:
    page.wait_for_function(
        "n => +document.querySelector('.mlp-top .live-count').textContent.split(' ')[0].replaceAll(',', '') >= n",
        arg=updates,
        timeout=PATIENCE,
    )


def goes_on(page: Page) -> None:
    until_done(page, done(page) + 1)


def play_until(page: Page, updates: int) -> None:
    """Plays, and pauses once so many updates have been made."""
    button = page.locator(".mlp-top .live-play")
    button.click()
    until_done(page, updates)
    with page.expect_response("**/pg/mlp/look") as told:
        button.click()
    told.value.finished()
    expect(button).to_have_text("Play")
    page.wait_for_timeout(300)  # until it is read, and then drawn
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def ink(page: Page, selector: str) -> str:
    """What a canvas shows once it rests: two looks in a row that are alike."""
    last = ""
    while (now := page.locator(selector).first.evaluate("c => c.toDataURL()")) != last:
        last = now
        page.wait_for_timeout(400)
    return last


def until_ink(page: Page, selector: str, relation: str, before: str) -> None:
    """Waits until a canvas shows what it showed before ("==="), or something else ("!==")."""
    page.wait_for_function(
        f"([s, before]) => document.querySelector(s).toDataURL() {relation} before",
        arg=[selector, before],
        timeout=PATIENCE,
    )


def unit(page: Page, layer: int, number: int):
    return page.locator(f'.net-unit[data-unit="{layer}.{number}"]')


def typed(page: Page) -> list[float]:
    return [float(field.input_value()) for field in page.locator(".mlp-edit input").all()]


def test_opens_a_little_trained_with_the_models_own_numbers(room):
    page, state = room(), trained(250)
    train_loss, test_loss, train, test = figures(state, state.nets[0])
    share = f"{100 * test:.0f} %"
    expect(page.locator(TITLE)).to_have_text(f"After 250 updates the net gets {share} of the test points right")
    tiles = page.locator(".figure-tile")
    expect(tiles.first.locator("b").first).to_have_text(f"{test_loss:.3f}")
    expect(tiles.first.locator("b").last).to_have_text(f"{train_loss:.3f}")
    expect(tiles.last.locator("b").last).to_have_text(f"{100 * train:.0f} %")
    assert page.locator(".net-unit").count() == 2 + 4 + 2 + 1 and page.locator(".net-bias").count() == 7
    unit(page, 1, 2).click()
    matrix, bias = weights(state)[0]
    assert typed(page) == pytest.approx([*matrix[2], bias[2]], abs=1e-4)


def test_plays_pauses_and_steps(room):
    page = room()
    before = ink(page, ".plane-map")
    play_until(page, 1500)
    made = done(page)
    assert made >= 1500 and ink(page, ".plane-map") != before
    page.wait_for_timeout(700)
    assert done(page) == made
    page.locator('.mlp-top [data-name="step"]').click()
    expect(page.locator(".mlp-top .live-count")).to_contain_text(f"{made + 1:,}")
    state = trained(made + 1)
    expect(page.locator(".figure-tile b").first).to_have_text(f"{figures(state, state.nets[0])[1]:.3f}")


@pytest.mark.parametrize("slow", ["start", "step"])
def test_what_is_pressed_while_the_room_opens_is_not_taken_back(visit, slow):
    page, asked = visit("?room=mlp&lang=en"), []

    def hold(route) -> None:
        """A slow server: the first answer waits until it is let go."""
        asked.append(route)
        if len(asked) > 1:
            route.continue_()

    page.route(f"**/pg/mlp/{slow}", hold)
    with page.expect_request(f"**/pg/mlp/{slow}"):
        page.reload()
    button = page.locator(".mlp-top .live-play")
    button.click()
    if slow == "step":
        expect(button).to_have_text("Pause")
        page.wait_for_timeout(300)
    asked[0].continue_()
    expect(page.locator(".mlp-top .live-count")).to_contain_text("/s", timeout=PATIENCE)
    page.wait_for_timeout(700)
    expect(button).to_have_text("Pause")
    goes_on(page)
    assert len(asked) == 1  # one training, begun once; what is wanted is played, not stepped


def test_a_weight_is_typed_where_it_is_clicked(room):
    page = room()
    a, b = unit(page, 0, 0).bounding_box(), unit(page, 1, 0).bounding_box()
    middle = ((a["x"] + a["width"] + b["x"]) / 2, (a["y"] + a["height"] / 2 + b["y"] + b["height"] / 2) / 2)
    page.mouse.move(*middle)
    expect(page.locator(".pg-tip")).to_contain_text("x₁ → unit 1 of layer 1")
    assert float(page.locator(".pg-tip b").inner_text().replace("−", "-")) == pytest.approx(
        weights(trained(250))[0][0][0, 0], rel=1e-3
    )
    before = ink(page, ".plane-map")
    page.mouse.click(*middle)
    page.locator(".mlp-edit input").fill("3.5")
    page.keyboard.press("Enter")
    expect(page.locator(".mlp-edit")).to_have_count(0)
    until_ink(page, ".plane-map", "!==", before)
    unit(page, 1, 0).click()
    assert typed(page)[0] == 3.5
    page.locator(".mlp-edit input").first.fill("much")
    page.keyboard.press("Enter")
    expect(page.locator(".mlp-edit")).to_contain_text("A weight is a number")
    assert page.locator(".mlp-edit input").first.input_value() == "much"
    page.keyboard.press("Escape")
    expect(page.locator(".mlp-edit")).to_have_count(0)


def test_weights_are_reached_by_key(room):
    page = room()
    unit(page, 0, 0).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(unit(page, 1, 1)).to_be_focused()
    page.keyboard.press("Enter")
    page.locator(".mlp-edit input").last.fill("-2")
    page.keyboard.press("Enter")
    expect(page.locator(".mlp-edit")).to_have_count(0)
    expect(unit(page, 1, 1)).to_be_focused()
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    assert typed(page) == [-2]


def test_a_unit_under_the_pointer_fills_the_map(room):
    page = room()
    before = ink(page, ".plane-map")
    unit(page, 1, 1).hover()
    expect(page.locator(".mlp-out .label").first).to_have_text("Map of unit 2 of layer 1")
    until_ink(page, ".plane-map", "!==", before)
    page.mouse.move(2, 2)
    expect(page.locator(".mlp-out .label").first).to_have_text("Output")
    until_ink(page, ".plane-map", "===", before)


def points(page: Page) -> int:
    return page.evaluate("JSON.parse(new URL(location).searchParams.get('mlp')).own.length")


def test_a_click_adds_a_point_and_takes_it_away_while_the_net_goes_on(room):
    page = room()
    marks, corner = page.locator(".plane-marks"), {"x": 12, "y": 12}
    page.locator(".swatch").nth(1).click()
    marks.click(position=corner)
    page.wait_for_function("location.search.includes('own')")
    assert points(page) == 501 and done(page) == 250
    last = page.evaluate("JSON.parse(new URL(location).searchParams.get('mlp')).own.at(-1)")
    assert last[2] == 1 and last[0] < -5 < 5 < last[1]
    marks.click(position=corner, modifiers=["Shift"])
    page.wait_for_function("JSON.parse(new URL(location).searchParams.get('mlp')).own.length === 500")
    page.get_by_role("button", name="Remove points").click()
    marks.click()
    page.wait_for_function("JSON.parse(new URL(location).searchParams.get('mlp')).own.length === 499")
    expect(page.locator('.data-thumb[data-key="own"]')).to_have_attribute("aria-pressed", "true")


def test_a_third_class_begins_with_its_first_point(room):
    page = room()
    page.locator(".swatch").nth(2).click()
    page.locator(".plane-marks").click(position={"x": 20, "y": 20})
    expect(page.locator('[data-unit="3.2"]')).to_have_count(1, timeout=PATIENCE)
    expect(page.locator(".swatch")).to_have_count(4)


def test_points_are_placed_by_key(room):
    page = room()
    page.locator(".plane-marks").focus()
    for _ in range(4):
        page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("Space")
    page.wait_for_function("location.search.includes('own')")
    assert points(page) == 501


CSV = "x1,x2,class\n1,1,0\n2,2,0\n-1,-1,1\n-2,-2,1\n3,1,2\n-3,0,2\n"


def test_csv_is_read_or_refused_and_kept(room):
    page = room()
    page.get_by_text("Your own data").click()
    area = page.locator(".room-in textarea")
    area.fill(CSV.replace("2,2", "two,2"))
    page.get_by_role("button", name="Use as points").click()
    expect(page.locator(".room-in .notice.wrong")).to_contain_text("Line 3", timeout=PATIENCE)
    assert "two,2" in area.input_value() and done(page) == 250
    area.fill(CSV)
    page.get_by_role("button", name="Use as points").click()
    expect(page.locator('[data-unit="3.2"]')).to_have_count(1, timeout=PATIENCE)
    expect(page.locator(".room-in .notice.wrong")).to_have_count(0)
    rows = "\n".join(f"{i},{i % 7},{'even' if i % 2 == 0 else 'odd'}" for i in range(40))
    page.locator('.room-in input[type="file"]').set_input_files(
        {"name": "t.csv", "mimeType": "text/csv", "buffer": f"n,rest,parity\n{rows}".encode()}
    )
    expect(area).to_have_value(re.compile("parity"))
    page.get_by_role("button", name="Use as a table").click()
    expect(page.locator(".net-name.before").first).to_have_text("n", timeout=PATIENCE)
    expect(page.locator(".mlp-side .matrix th").first).to_be_visible()


def test_the_time_line_looks_back_and_goes_on(room):
    page = room()
    play_until(page, 2500)
    said, made = page.locator(TITLE).inner_text(), done(page)
    slider = page.locator(".mlp-top .live-line input")
    slider.fill("0")
    expect(page.locator(TITLE)).to_contain_text("Not trained yet", timeout=PATIENCE)
    slider.fill(slider.get_attribute("max"))
    expect(page.locator(TITLE)).to_have_text(said, timeout=PATIENCE)
    assert done(page) == made


def test_a_look_back_shows_the_settings_of_then(room):
    page = room()
    play_until(page, 800)
    page.get_by_label("Learning rate", exact=True).select_option("0.1")
    play_until(page, 1500)
    page.locator(".mlp-top .live-line input").fill("1")
    expect(page.get_by_label("Learning rate", exact=True)).to_have_value("0.03", timeout=PATIENCE)


def test_the_address_leads_back_to_the_settings(room):
    page = room()
    page.get_by_role("button", name="One hidden layer more").click()
    expect(page.locator(".net-head")).to_have_count(5, timeout=PATIENCE)
    page.get_by_role("button", name="One unit more in layer 1").click()
    expect(page.locator(".net-head").nth(1)).to_contain_text("5", timeout=PATIENCE)
    page.get_by_label("Activation").select_option("relu")
    page.locator('[data-feature="x1x2"]').click()
    page.get_by_label("Noise").fill("0.2")
    page.wait_for_function("location.search.includes('noise')")
    said = json.loads(page.evaluate("new URL(location).searchParams.get('mlp')"))
    assert said == {"hidden": [5, 2, 2], "activation": "relu", "features": ["x1", "x2", "x1x2"], "noise": 0.2}
    again, state = room(settings=said), trained(250, **said)
    expect(again.locator(".figure-tile b").first).to_have_text(f"{figures(state, state.nets[0])[1]:.3f}")
    expect(again.get_by_label("Activation")).to_have_value("relu")


@pytest.mark.parametrize("nonsense", ["7", "[1]", "{", '{"data": "x"}', '{"hidden": 3}', '{"rate": "fast"}'])
def test_a_bad_address_still_opens_a_room(visit, nonsense):
    page = visit(f"?room=mlp&lang=en&mlp={quote(nonsense)}")
    expect(page.locator(TITLE)).to_contain_text("After 250 updates", timeout=PATIENCE)


def test_what_diverges_ends_with_a_sentence(room):
    page = room()
    page.locator('[data-preset="explode"]').click()
    expect(page.locator(".mlp-top .live-note .wrong")).to_contain_text("grew without bound", timeout=PATIENCE)
    expect(page.locator(".mlp-top .live-play")).to_have_text("Play")
    for tile in page.locator(".mlp-top .figure-tile").all():
        assert all("e+" in value for value in tile.locator("b").all_inner_texts())  # short enough to be read
        assert tile.evaluate("e => e.scrollWidth <= e.clientWidth")
    page.get_by_label("Learning rate", exact=True).select_option("0.03")
    page.locator('.mlp-top [data-name="again"]').click()
    play_until(page, 100)
    assert page.locator(".mlp-top .live-note .wrong").count() == 0


def test_a_table_that_runs_is_what_the_page_speaks_of(room):
    page = room()
    page.get_by_role("tab", name="Warped space").click()
    view = page.locator(".view:visible")
    expect(view.locator(".source")).to_contain_text("11 lines", timeout=PATIENCE)
    page.locator('.data-thumb[data-key="iris"]').click()
    expect(view.locator(".source")).to_have_text("activations of the training examples, float32", timeout=PATIENCE)
    view.get_by_text("layer 2", exact=True).click()
    expect(view.locator(".read")).to_contain_text("Dots are training examples", timeout=PATIENCE)
    expect(view.locator(".read")).to_contain_text("two units")
    page.locator('[data-preset="iris"]').click()
    expect(page.locator(".mlp-top .live-play")).to_have_text("Pause", timeout=PATIENCE)
    expect(page.locator("pre:visible").last).to_contain_text("rate=0.1", timeout=PATIENCE)
    expect(page.locator(".mlp-top .live-play")).to_have_text("Pause")


def number(text: str) -> float:
    return float(text.replace("−", "-"))


def test_one_step_adds_up_and_is_made(room):
    page = room()
    page.get_by_role("tab", name="One step, opened").click()
    table = page.locator(".opened-table")
    table.wait_for(timeout=PATIENCE)
    column = lambda name: [number(v) for v in table.locator(f'tbody [data-column="{name}"]').all_inner_texts()]  # noqa: E731
    total = number(table.locator("tfoot b").inner_text())
    assert sum(column("product")) == pytest.approx(total, abs=5e-5)
    np.testing.assert_allclose(np.subtract(column("weight"), column("move")), column("after"), atol=2e-5)
    forward = number(page.locator('[data-line="forward"] b').inner_text())
    assert np.tanh(total) == pytest.approx(forward, abs=2e-5)
    after = column("after")
    page.get_by_role("button", name="Make this update").click()
    expect(page.locator(".mlp-top .live-count")).to_contain_text("251")
    unit(page, 1, 0).click()
    assert typed(page) == pytest.approx(after, abs=2e-5)


def test_every_tab_draws_and_can_be_taken_along(room):
    page = room()
    play_until(page, 1000)
    for tab, what in [
        ("Learning curves", ".chart-line"),
        ("Confusion", ".matrix td"),
        ("Gradients", ".log-bar"),
        ("Warped space", ".warp-box canvas"),
        ("One step, opened", ".opened-table"),
    ]:
        page.get_by_role("tab", name=tab).click()
        panel = page.locator(".card.inside .view:visible")
        expect(panel.locator(what).first).to_be_visible(timeout=PATIENCE)
        expect(panel.locator(".panel-title")).not_to_be_empty()
        expect(panel.locator(".source")).not_to_be_empty()
        for kind, start in (("SVG", b"<svg"), ("PNG", b"\x89PNG"), ("CSV", b""), ("JSON", b"[")):
            content = downloaded(page, panel.get_by_role("button", name=f"Download {kind}"))
            assert content.startswith(start) and len(content) > 20, (tab, kind)


def downloaded(page, button) -> bytes:
    """A title that grows while the pointer is on its way moves the button away from under it: then once more."""
    try:
        with page.expect_download(timeout=15_000) as file:
            button.click()
    except TimeoutError:
        with page.expect_download() as file:
            button.click()
    return Path(file.value.path()).read_bytes()


def test_the_matrix_counts_every_test_example(room):
    page = room()
    page.get_by_role("tab", name="Confusion").click()
    cells = page.locator(".view:visible .matrix").first.locator("td")
    expect(cells.first).to_be_visible(timeout=PATIENCE)
    assert sum(map(int, cells.all_inner_texts())) == 250


def test_optimizers_race_from_the_same_weights(room):
    page = room()
    page.get_by_role("tab", name="Race").click()
    race = page.locator(".view:visible")
    expect(race.locator(".race-card canvas").first).to_be_visible(timeout=PATIENCE)
    assert len({card.evaluate("c => c.toDataURL()") for card in race.locator(".race-card canvas").all()}) == 1
    race.locator(".live-play").click()
    expect(race.locator(".panel-title")).to_contain_text("leads", timeout=PATIENCE)
    race.locator(".live-play").click()
    page.wait_for_timeout(400)
    assert len({card.evaluate("c => c.toDataURL()") for card in race.locator(".race-card canvas").all()}) == 4
    race.get_by_text("Logarithmic").click()
    expect(race.locator("svg text").first).to_have_text("0")  # the loss begins at zero


def test_the_net_is_taken_along_and_brought_back(room, tmp_path):
    page = room()
    unit(page, 1, 0).click()
    before = typed(page)
    page.keyboard.press("Escape")
    with page.expect_download() as file:
        page.get_by_role("button", name="mlp.safetensors").click()
    kept = tmp_path / "mlp.safetensors"
    file.value.save_as(kept)
    assert load_file(kept)["0.weight"][0].tolist() == pytest.approx(before[:2], abs=1e-4)
    with page.expect_download() as program:
        page.get_by_role("button", name="mlp.py").click()
    program.value.save_as(tmp_path / "mlp.py")
    subprocess.run([sys.executable, "mlp.py"], cwd=tmp_path, check=True, capture_output=True)
    page.locator('[data-preset="iris"]').click()
    expect(page.locator(".net-name.before").first).to_contain_text("sepal", timeout=PATIENCE)
    page.locator(".mlp-top .live-play").click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Load weights").click()
    chooser.value.set_files(kept)
    expect(page.locator(TITLE)).to_contain_text("This net comes trained", timeout=PATIENCE)
    unit(page, 1, 0).click()
    assert typed(page) == pytest.approx(before, abs=1e-4)
    page.keyboard.press("Escape")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Load weights").click()
    chooser.value.set_files({"name": "x.safetensors", "mimeType": "application/octet-stream", "buffer": b"nothing"})
    expect(page.locator(".mlp-top .live-note .wrong")).to_contain_text("no safetensors file", timeout=PATIENCE)


def test_the_code_prints_the_numbers_shown(room):
    page = room(settings={"data": "moons", "hidden": [3]})
    expect(page.locator(".room-foot code")).to_contain_text("== 250", timeout=PATIENCE)
    text = page.locator(".room-foot code").inner_text()
    printed = subprocess.run([sys.executable, "-c", text], cwd=ROOT, capture_output=True, text=True, check=True)
    expect(page.locator(".figure-tile b").first).to_have_text(f"{float(printed.stdout.split()[1]):.3f}")


def test_the_code_says_when_it_is_not_the_way_this_net_went(room):
    page = room()
    code = page.locator(".room-foot code")
    expect(code).to_contain_text("== 250", timeout=PATIENCE)
    assert "from the beginning" not in code.inner_text()
    unit(page, 1, 0).click()
    page.locator(".mlp-edit input").first.fill("1.5")
    page.keyboard.press("Enter")
    expect(code).to_contain_text("was changed\n# on its way: it is in mlp.py")
    page.locator('.mlp-top [data-name="again"]').click()
    expect(code).not_to_contain_text("from the beginning", timeout=PATIENCE)


def test_digits_show_pictures_and_single_examples(room):
    page = room()
    page.locator('[data-preset="mlp/digits"]').click()
    expect(page.locator(TITLE)).to_contain_text("comes trained", timeout=PATIENCE)
    expect(page.locator("[data-example]")).to_have_count(40)
    first = page.locator(".side-said").inner_text()
    page.locator("[data-example]").nth(3).click()
    expect(page.locator(".side-said")).not_to_have_text(first, timeout=PATIENCE)
    assert page.locator(".mlp-side .matrix td").count() == 100
    assert "model" in page.url


def test_chinese_and_dark(room):
    page = room("&lang=zh&theme=dark")
    expect(page.locator(TITLE)).to_contain_text("经过 250 次更新")
    for tab in ("混淆矩阵", "梯度", "扭曲的空间", "拆开一步", "赛跑", "学习曲线"):
        page.get_by_role("tab", name=tab).click()
        expect(page.locator(".view:visible .panel-title")).to_have_text(re.compile("[\u4e00-\u9fff]"), timeout=PATIENCE)
    assert "[object" not in page.locator("body").inner_text()
    page.locator('[data-name="lang"]').click()
    expect(page.locator(TITLE)).to_contain_text("After 250 updates")


def test_nothing_leaves_the_page_on_a_phone(room):
    page = room(viewport=PHONE)
    for tab in ("Confusion", "Gradients", "Warped space", "One step, opened", "Race", "Learning curves"):
        page.get_by_role("tab", name=tab).click()
        page.wait_for_timeout(700)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, tab
        wide = page.locator(".w-mlp .card").evaluate_all(
            "all => all.filter((e) => e.getBoundingClientRect().right > innerWidth + 1).length"
        )
        assert wide == 0, tab


def test_the_defaults_are_those_of_the_config(room):
    page = room()
    for label, value in (("Learning rate", Config.rate), ("Activation", Config.activation)):
        expect(page.get_by_label(label, exact=True)).to_have_value(str(value))


def test_a_setting_that_is_refused_stays_as_typed_with_the_reason_beside_it(room):
    page = room()
    page.get_by_text("More settings").click()
    seed = page.get_by_label("Seed", exact=True)
    why = page.locator(".field:has(> [aria-label=Seed]) .notice.wrong")
    seed.fill("-1")
    seed.press("Enter")
    expect(why).to_contain_text("whole number from 0", timeout=PATIENCE)
    assert seed.input_value() == "-1" and done(page) == 250
    seed.fill("4")
    seed.press("Enter")
    expect(page.locator(TITLE)).to_contain_text("Not trained yet", timeout=PATIENCE)
    expect(why).to_have_count(0)


def test_what_comes_trained_is_shown_as_it_came(room):
    page = room()
    page.locator(".mlp-top .live-play").click()
    page.locator('[data-preset="mlp/digits"]').click()
    expect(page.locator(TITLE)).to_contain_text("This net comes trained", timeout=PATIENCE)
    page.wait_for_timeout(600)
    assert done(page) == 0
    page.get_by_role("tab", name="One step, opened").click()
    table = page.locator(".opened-table")
    expect(table.locator("tbody tr")).to_have_count(9, timeout=PATIENCE)
    expect(table.locator("tbody th").first).to_contain_text("row")
    products = table.locator('tbody [data-column="product"], tfoot tr:first-child [data-column="product"]')
    total = number(table.locator("tfoot b").inner_text())
    assert sum(map(number, products.all_inner_texts())) == pytest.approx(total, abs=1e-4)


def test_points_with_values_do_not_stop_a_data_set_of_classes(room):
    page = room()
    for data in ("multi-gauss", "own", "iris"):
        page.locator(f'.data-thumb[data-key="{data}"]').click()
        expect(page.locator(f'.data-thumb[data-key="{data}"]')).to_have_attribute("aria-pressed", "true")
        page.wait_for_timeout(500)
    expect(page.locator(".net-name.before").first).to_contain_text("sepal", timeout=PATIENCE)
    expect(page.locator(".w-mlp .notice.wrong")).to_have_count(0)


def test_warped_space_says_what_straight_cuts_get(room):
    page = room()
    page.get_by_role("tab", name="Warped space").click()
    share = re.search(r"\d+ %", page.locator(TITLE).inner_text())[0]
    title = page.locator(".inside .panel-title:visible")
    expect(title).to_have_text(
        f"As layer 2 sees them, straight cuts get {share} of the test data right", timeout=PATIENCE
    )
    page.get_by_text("layer 1", exact=True).click()
    expect(title).to_have_text("How layer 1 bends what it is given", timeout=PATIENCE)


def hold(page: Page, verb: str) -> list:
    """Requests of this verb wait, each until it is let go."""
    waiting: list = []
    page.route(f"**/pg/mlp/{verb}", lambda route: waiting.append(route))
    return waiting


def let_go(page: Page, waiting: list, count: int = 1) -> None:
    """The next so many, one after the other."""
    for _ in range(count):
        for _ in range(PATIENCE // 50):
            if waiting:
                break
            page.wait_for_timeout(50)
        waiting.pop(0).continue_()


def test_points_clicked_quickly_are_all_kept(room):
    page = room()
    marks, waiting = page.locator(".plane-marks"), hold(page, "change")
    for x in (12, 40, 68):
        marks.click(position={"x": x, "y": 12})
    let_go(page, waiting, 3)
    page.wait_for_function("JSON.parse(new URL(location).searchParams.get('mlp'))?.own?.length === 503")
    with page.expect_response("**/pg/mlp/points"):
        page.wait_for_timeout(0)


def test_settings_chosen_quickly_are_all_in_the_net_that_plays(room):
    page, button = room(), None
    button = page.locator(".mlp-top .live-play")
    button.click()
    waiting = hold(page, "start")
    more = page.get_by_role("button", name="One unit more in layer 1")
    for _ in range(3):
        more.click()
    expect(button).to_have_text("Pause")
    let_go(page, waiting, 2)  # the one that was asked, and one for all that came after
    expect(page.locator(".net-unit")).to_have_count(2 + 7 + 2 + 1, timeout=PATIENCE)
    page.wait_for_function("document.querySelector('.mlp-top .live-count').textContent.includes('/s')")
    expect(button).to_have_text("Pause")
    assert not waiting


def test_what_is_refused_while_it_plays_says_why_and_it_plays_on(room):
    page = room()
    page.get_by_text("More settings").click()
    page.locator(".mlp-top .live-play").click()
    seed = page.get_by_label("Seed", exact=True)
    seed.fill("-1")
    seed.press("Enter")
    why = page.locator(".field:has(> [aria-label=Seed]) .notice.wrong")
    expect(why).to_contain_text("whole number from 0", timeout=PATIENCE)
    goes_on(page)
    expect(page.locator(".mlp-top .live-play")).to_have_text("Pause")
    assert "-1" not in page.url


def test_a_new_seed_is_in_the_address_and_a_race_keeps_its_own(room):
    page = room()
    page.locator('.mlp-top [data-name="seed"]').click()
    page.wait_for_function("JSON.parse(new URL(location).searchParams.get('mlp'))?.seed > 0")
    expect(page.locator(TITLE)).to_contain_text("Not trained yet", timeout=PATIENCE)
    before = page.url
    page.get_by_role("tab", name="Race").click()
    race = page.locator(".view:visible")
    race.locator(".live-play").click()
    expect(race.locator(".panel-title")).to_contain_text("leads", timeout=PATIENCE)
    race.locator('[data-name="seed"]').click()
    expect(race.locator(".live-play")).to_have_text("Pause")
    page.get_by_role("tab", name="Learning curves").click()
    assert page.url == before
    page.get_by_role("tab", name="Race").click()
    expect(race.locator(".live-play")).to_have_text("Play")  # what nobody sees does not train
