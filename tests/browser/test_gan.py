"""The GAN room in a browser: a game in the plane played, stepped, slowed down, drawn, scrubbed, and taken home."""

import csv
import json
import re
from itertools import islice
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from safetensors.numpy import load

from playground.families.gan import PRESETS, PlaneConfig, plane_begin, plane_config, plane_look, plane_steps

PATIENCE = 20_000
PHONE = {"width": 390, "height": 844}
STARTED = "() => /^[1-9]/.test(document.querySelector('.live-count')?.textContent || '')"
PAINTED = "(c) => new Set(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).size"


@pytest.fixture
def room(visit):
    """The room with a game that runs."""

    def open_(query: str = "&lang=en&theme=light", **options) -> Page:
        page = visit(f"?room=gan{query}", **options)
        page.wait_for_function(STARTED, timeout=PATIENCE)
        return page

    return open_


def press(page: Page, name: str) -> None:
    page.click(f".live [data-name={name}]")


def at(page: Page) -> int:
    return int(re.match(r"[\d,]+", page.locator(".live-count").inner_text())[0].replace(",", ""))


def pause(page: Page) -> int:
    """The iteration the game rests at."""
    expect(page.locator(".live-play")).to_have_text("Pause", timeout=PATIENCE)
    with page.expect_response("**/plane_look") as told:
        press(page, "play")
    told.value.finished()
    page.wait_for_timeout(300)  # until it is read, and then drawn
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    expect(page.locator(".live-play")).to_have_text("Play")
    return at(page)


def replayed(iterations: int, **settings):
    """The same game, played here."""
    state = plane_begin(plane_config(settings))
    for _ in islice(plane_steps(state), iterations):
        pass
    return state


def number(text: str) -> float:
    return float(text.replace("\u2212", "-").replace(",", ""))


def loss(page: Page, side: str) -> float:
    return number(page.locator(f'[data-part="loss{side}"] .flow-number').inner_text())


def saved(page: Page, name: str) -> Path:
    with page.expect_download() as told:
        page.get_by_role("button", name=name, exact=True).first.click()
    return told.value.path()


def points(page: Page, kind: str) -> np.ndarray:
    rows = list(csv.DictReader(saved(page, "points.csv").read_text().splitlines()))
    return np.array([[float(row["x"]), float(row["y"])] for row in rows if row["kind"] == kind])


def test_opens_with_a_running_game_whose_numbers_can_be_replayed(room):
    page = room()
    expect(page.locator(".panel-title").first).to_contain_text("the generator covers")
    done = pause(page)
    own = plane_look(replayed(done))
    covered = round(own.measured.coverage * 8)
    expect(page.locator(".panel-title").first).to_contain_text(f"covers {covered} of 8 modes")
    assert loss(page, "D") == pytest.approx(own.losses["d_loss"], rel=5e-3)
    assert loss(page, "G") == pytest.approx(own.losses["g_loss"], rel=5e-3)
    np.testing.assert_allclose(points(page, "fake"), own.fakes, atol=2e-3)  # float16
    assert page.locator(".gan-plane canvas").evaluate(PAINTED) > 50
    for part in ("noise", "g", "real", "fake", "d"):
        assert page.locator(f'[data-part="{part}"] canvas').evaluate(PAINTED) > 3, part


def test_single_steps_move_one_side_alone(room):
    page = room()
    done = pause(page)
    before = points(page, "fake")
    page.click("[data-single=d]")
    expect(page.locator(".live-count")).to_contain_text(f"{done + 1:,}")
    np.testing.assert_array_equal(points(page, "fake"), before)
    page.click("[data-single=g]")
    expect(page.locator(".live-count")).to_contain_text(f"{done + 2:,}")
    assert np.abs(points(page, "fake") - before).max() > 0


def test_slow_motion_shows_one_iteration_and_then_makes_it(room):
    page = room()
    done = pause(page)
    page.click("[data-single=slow]")
    slow = page.locator(".gan-slow")
    expect(slow).to_contain_text("1 of 20", timeout=PATIENCE)
    expect(page.locator(".flow-box.lit")).to_have_attribute("data-part", "noise")
    said = [slow.locator("p").inner_text()]
    for step in range(2, 21):
        page.click("[data-slow=on]")
        expect(slow).to_contain_text(f"{step} of 20")
        said.append(slow.locator("p").inner_text())
    assert sum("loss" in text for text in said) == 3  # twice D, once G
    losses = [number(re.search(r"([\u2212\d.]+)\.$", text)[1]) for text in said if "loss" in text]
    own = replayed(done + 1).last
    assert losses[1] == pytest.approx(own["d_loss"], rel=5e-3) and losses[2] == pytest.approx(own["g_loss"], rel=5e-3)
    expect(page.locator(".live-count")).to_contain_text(f"{done:,}")
    page.click("[data-slow=next]")
    expect(slow).to_contain_text("1 of 20", timeout=PATIENCE)
    expect(page.locator(".live-count")).to_contain_text(f"{done + 1:,}")
    page.click("[data-slow=close]")
    expect(page.locator(".flow-box.lit")).to_have_count(0)


def test_the_time_line_goes_back_and_branches(room):
    page = room()
    page.wait_for_timeout(1500)
    pause(page)
    line = page.get_by_label("Time line")
    line.fill("0")
    expect(page.locator(".live-count")).to_have_text("0 iterations", timeout=PATIENCE)
    expect(page.locator(".panel-title").first).to_contain_text("Before the first iteration")
    np.testing.assert_allclose(points(page, "fake"), plane_look(plane_begin(PlaneConfig())).fakes, atol=2e-3)
    page.get_by_role("button", name="Keep both").click()
    expect(page.locator(".live-branches button")).to_have_count(2, timeout=PATIENCE)
    expect(page.locator(".live-branches button").last).to_have_text("B from 0")


def test_another_distribution_begins_anew_and_the_link_leads_back(room, visit):
    page = room()
    page.click("[data-data=two]")
    expect(page.locator(".panel-title").first).to_contain_text("of 2 modes", timeout=PATIENCE)
    page.locator("[data-field=loss]").select_option("leastsquares")
    page.locator('[data-field="g.rate"]').select_option("0.005")
    page.wait_for_function("location.search.includes('leastsquares')")
    query = page.evaluate("location.search")
    assert json.loads(page.evaluate("new URL(location).searchParams.get('plane')")) == {
        "data": "two",
        "loss": "leastsquares",
        "g": {"rate": 0.005},
    }
    again = visit(query)
    again.wait_for_function(STARTED, timeout=PATIENCE)
    expect(again.locator("[data-field=loss]")).to_have_value("leastsquares")
    expect(again.locator(".panel-title").first).to_contain_text("of 2 modes", timeout=PATIENCE)
    expect(again.locator(".gan-chart").first).to_contain_text("D at rest: 0.250")
    assert "'loss': 'leastsquares'" in again.locator(".room-foot code").inner_text()


def test_a_rate_changes_while_it_trains(room):
    page = room()
    before = at(page)
    page.locator('[data-field="g.rate"]').select_option("0.01")
    page.wait_for_function(f"parseInt(document.querySelector('.live-count').textContent.replace(',', '')) > {before}")
    pause(page)
    weights = saved(page, "weights.safetensors").read_bytes()
    header = json.loads(weights[8 : 8 + int.from_bytes(weights[:8], "little")])
    assert json.loads(header["__metadata__"]["config"])["g"]["rate"] == 0.01
    assert (
        sum(value.size for value in load(weights).values()) == replayed(0).d.net.flat.size + replayed(0).g.net.flat.size
    )


def draw_a_bar(page: Page) -> None:
    box = page.locator("canvas.gan-pad").bounding_box()
    y = box["y"] + box["height"] * 0.25
    page.mouse.move(box["x"] + box["width"] * 0.2, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, y, steps=12)
    page.mouse.up()


def test_a_drawn_distribution_is_learned_and_travels_in_the_link(room, visit):
    page = room()
    pause(page)
    page.click("[data-data=drawn]")
    expect(page.locator(".live-note .notice, .gan-own").first).to_be_visible()
    draw_a_bar(page)
    expect(page.locator(".live-play")).to_have_text("Pause", timeout=PATIENCE)
    pause(page)
    real = points(page, "real")
    assert np.abs(real[:, 1] - 0.62).max() < 0.3 and real[:, 0].min() < -0.5 and real[:, 0].max() > 0.5
    query = page.evaluate("location.search")
    assert "ink" in query
    again = visit(query)
    again.wait_for_function(STARTED, timeout=PATIENCE)
    pause(again)
    np.testing.assert_array_equal(points(again, "real"), real)


def test_the_pad_works_from_the_keyboard(room):
    page = room()
    page.click("[data-data=drawn]")
    page.locator("canvas.gan-pad").focus()
    for _ in range(8):
        page.keyboard.press("Shift+ArrowRight")
    with page.expect_response("**/plane_play", timeout=PATIENCE):
        page.wait_for_function("location.search.includes('ink')", timeout=PATIENCE)
    pause(page)
    assert np.abs(points(page, "real")[:, 1]).max() < 0.3
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".live-note").first).to_contain_text("with your first stroke the game begins anew")
    page.click("[data-data=ring]")
    expect(page.locator(".notice.wrong")).to_have_count(0)


def test_layers_of_the_picture_can_be_taken_off(room):
    page = room()
    pause(page)
    canvas = page.locator(".gan-plane canvas")
    seen = {canvas.evaluate("(c) => c.toDataURL()")}
    for name in ("Surface of D", "Real points", "Fakes", "Gradients", "Grid of G"):
        page.get_by_role("checkbox", name=name).click()
        page.wait_for_timeout(100)
        seen.add(canvas.evaluate("(c) => c.toDataURL()"))
    assert len(seen) == 6


def test_pointing_at_the_plane_reads_the_score(room):
    page = room()
    done = pause(page)
    state = replayed(done)
    box = page.locator(".gan-plane canvas").bounding_box()
    page.locator(".gan-plane canvas").hover(position={"x": box["width"] * 0.3, "y": box["height"] * 0.6})
    said = page.locator(".pg-tip").inner_text()
    side = len(plane_look(state).surface)
    own = plane_look(state).surface[int(0.6 * side), int(0.3 * side)]
    assert number(re.search(r"D: ([\d.]+) %", said)[1]) / 100 == pytest.approx(own, abs=0.01)


def test_every_tab_says_its_finding_with_the_numbers_of_the_state(room):
    page = room()
    done = pause(page)
    own = plane_look(replayed(done))
    title = page.locator(".card.inside .panel-title:visible")
    expect(title).to_contain_text("The discriminator’s loss is")
    page.get_by_role("tab", name="How far apart").click()
    expect(title).to_contain_text("bits from the data", timeout=PATIENCE)
    assert number(re.search(r"are ([\d.]+) bits", title.inner_text())[1]) == pytest.approx(
        own.measured.divergence, abs=6e-3
    )
    expect(page.locator(".gan-band:visible").first).to_have_attribute("visibility", "visible")
    page.get_by_role("tab", name="Mode coverage").click()
    expect(page.locator(".gan-mode")).to_have_count(8, timeout=PATIENCE)
    shares = [number(text.split()[0]) / 100 for text in page.locator(".gan-mode .mono").all_inner_texts()]
    np.testing.assert_allclose(shares, own.shares, atol=6e-3)
    page.get_by_role("tab", name="Gradients").click()
    expect(title).to_contain_text("G’s gradient has length", timeout=PATIENCE)
    page.get_by_role("tab", name="Layers").click()
    expect(page.locator(".gan-layer-maps canvas")).to_have_count(99, timeout=PATIENCE)


def test_downloads_hold_the_numbers(room):
    page = room()
    done = pause(page)
    state = replayed(done)
    game = json.loads(saved(page, "game.json").read_text())
    assert game["at"] == done and plane_config(game["config"]) == state.config
    curves = json.loads(saved(page, "curves.json").read_text())
    assert curves["losses"]["iterations"] == state.losses.at
    np.testing.assert_allclose(curves["losses"]["d_loss"], np.array(state.losses.rows)[:, 0], rtol=1e-5)
    compile(saved(page, "gan.py").read_text(), "gan.py", "exec")
    for kind, head in (("SVG", b"<svg"), ("PNG", b"\x89PNG"), ("CSV", b"kind,number,x,y")):
        assert saved(page, f"Download {kind}").read_bytes().startswith(head)


def test_saved_weights_are_opened_again(room):
    page = room()
    page.click("[data-data=ring]")
    page.wait_for_function(STARTED, timeout=PATIENCE)
    pause(page)
    before, file = points(page, "fake"), saved(page, "weights.safetensors")
    page.click("[data-preset=usual]")
    page.wait_for_function(STARTED, timeout=PATIENCE)
    pause(page)
    page.locator("input[accept='.safetensors']").set_input_files(file)
    expect(page.locator(".live-count")).to_have_text("0 iterations", timeout=PATIENCE)
    expect(page.locator("[data-data=ring]")).to_have_attribute("aria-pressed", "true")
    np.testing.assert_array_equal(points(page, "fake"), before)
    page.locator("input[accept='.safetensors']").set_input_files(
        {"name": "x.safetensors", "mimeType": "application/octet-stream", "buffer": b"no"}
    )
    expect(page.locator(".live-note .notice.wrong")).to_be_visible()


def test_arrow_keys_read_the_score(room):
    page = room()
    pause(page)
    page.locator(".gan-plane canvas").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".pg-tip")).to_contain_text("(0.13, 0.00)")


@pytest.mark.parametrize("link", ["5", "null", "[1]", '{"g":null,"ink":3,"seed":"x"}', "{"])
def test_a_broken_link_opens_the_room_as_usual(room, link):
    page = room(f"&lang=en&plane={quote(link)}")
    expect(page.locator("[data-preset=usual]")).to_have_attribute("aria-pressed", "true")


def test_a_link_leads_to_a_failure(room, visit):
    page = room()
    page.click("[data-preset=collapse]")
    page.wait_for_function("location.search.includes('collapse')")
    again = visit(page.evaluate("location.search"))
    expect(again.locator(".gan-cure")).to_contain_text("Mode collapse", timeout=PATIENCE)
    expect(again.locator('[data-field="g.steps"]')).to_have_value("8")
    expect(again.locator("[data-preset=collapse]")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.key)
def test_a_failure_offers_its_cure(room, preset):
    page = room()
    page.click(f"[data-preset={preset.key}]")
    expect(page.locator(".gan-cure")).to_contain_text(preset.title.en, timeout=PATIENCE)
    page.wait_for_function(STARTED, timeout=PATIENCE)
    page.locator(".gan-cure button").click()
    expect(page.locator(".gan-cure")).to_contain_text(preset.cure_sentence.en, timeout=PATIENCE)
    expect(page.locator(".live-branches button")).to_have_count(2, timeout=PATIENCE)
    expect(page.locator(".live-play")).to_have_text("Pause", timeout=PATIENCE)
    done = pause(page)
    game = json.loads(saved(page, "game.json").read_text())
    assert plane_config(game["config"]) == preset.cured
    own = plane_begin(preset.cured)  # the branch is the cured game from its beginning
    for _ in islice(plane_steps(own), done):
        pass
    np.testing.assert_allclose(points(page, "fake"), plane_look(own).fakes, atol=2e-3, rtol=2e-3)


def test_a_game_that_breaks_says_so_and_can_begin_again(room):
    page = room()
    page.locator('[data-field="d.optimiser"]').select_option("sgd")
    page.locator("[data-field=loss]").select_option("leastsquares")
    page.locator('[data-field="d.rate"]').select_option("1")
    page.locator('[data-field="d.units"]').select_option("100")
    expect(page.locator(".live-note .notice.wrong")).to_contain_text("stopped being finite", timeout=PATIENCE)
    page.click("[data-preset=usual]")
    expect(page.locator(".live-note .notice")).to_have_count(0, timeout=PATIENCE)
    expect(page.locator(".live-play")).to_have_text("Pause")


def test_nothing_leaves_the_page_on_a_phone(room):
    page = room(viewport=PHONE)
    for tab in ("How far apart", "Mode coverage", "Gradients", "Layers", "Losses"):
        page.get_by_role("tab", name=tab).click()
        page.wait_for_timeout(500)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, tab
        wide = page.locator(".card, .gan-plane canvas, .flow").evaluate_all(
            "all => all.filter((e) => e.getBoundingClientRect().right > innerWidth + 1).length"
        )
        assert wide == 0, tab


def test_chinese_and_dark(room):
    page = room("&lang=zh&theme=dark")
    expect(page.locator(".panel-title").first).to_contain_text("生成器覆盖了 8 个峰中的", timeout=PATIENCE)
    for tab in ("相差多远", "峰的覆盖", "梯度", "各层", "损失"):
        page.get_by_role("tab", name=tab).click()
        title = page.locator(".card.inside .panel-title:visible")
        expect(title).to_have_text(re.compile("[\u4e00-\u9fff]"), timeout=PATIENCE)
    page.click("[data-single=slow]")
    expect(page.locator(".gan-slow p")).to_have_text(re.compile("抽取噪声"), timeout=PATIENCE)
    assert "[object" not in page.locator("body").inner_text()


def test_the_way_to_watch_is_in_the_address(visit):
    page = visit("?room=gan&lang=en")
    page.wait_for_function(STARTED, timeout=PATIENCE)
    page.get_by_role("tab", name="Pictures").click()
    assert "gan=pictures" in page.url
    expect(page.locator(".live-play").first).to_have_text("Play")  # what nobody sees does not train
    again = visit(page.evaluate("location.search"))
    expect(again.get_by_role("tab", name="Pictures")).to_have_attribute("aria-selected", "true", timeout=PATIENCE)
    page.get_by_role("tab", name="In the plane").click()
    assert "gan=plane" in page.url


def test_leaving_the_room_pauses_the_game(room):
    page = room()
    page.click("[data-room=cnn]")
    page.locator(".answer").wait_for(timeout=PATIENCE)
    page.click("[data-room=gan]")
    expect(page.locator(".live-play")).to_have_text("Play")


def test_a_number_that_is_refused_stays_as_typed_with_the_reason_beside_it(room):
    page = room()
    seed = page.get_by_label("Seed", exact=True)
    seed.fill("-5")
    seed.press("Enter")
    expect(page.locator(".gan-refused")).to_contain_text("“Seed” is a whole number from 0")
    assert seed.input_value() == "-5"
    seed.fill("7")
    seed.press("Enter")
    expect(page.locator(".gan-refused")).to_have_count(0)
    page.wait_for_function("JSON.parse(new URL(location).searchParams.get('plane')).seed === 7")


def test_before_the_first_stroke_the_page_asks_for_one(room):
    page = room()
    page.click('[data-data="drawn"]')
    expect(page.locator(".live-note").first).to_contain_text("with your first stroke the game begins anew")
    expect(page.locator(".notice.wrong:visible")).to_have_count(0)
