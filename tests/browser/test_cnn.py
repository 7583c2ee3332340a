"""The CNN room in a browser: drawn on, clicked into, down to sums that add up."""

import base64
import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from playground.data import images
from playground.families.cnn.cam import field_of
from playground.families.cnn.tab import examples
from playground.families.cnn.trace import Request, trace

ROOT = Path(__file__).parents[2]
PATIENCE = 20_000
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def room(visit):
    """The room with its first answer."""

    def open_(**options) -> Page:
        page = visit("?room=cnn&lang=en&theme=light", **options)
        page.locator(".answer").wait_for(timeout=PATIENCE)
        page.locator(".ledger .result").first.wait_for(timeout=PATIENCE)
        return page

    return open_


def first_example(**options):
    return trace(Request(base64.b64decode(examples()["digit"][0]["png"]), "cnn/digits", **options))


def number(text: str) -> float:
    return float(text.replace("\u2212", "-").replace(" ", "").replace("(", "").replace(")", ""))


def terms(text: str) -> list[float]:
    """The summands of "1.5 - 0.2 + 3"."""
    return [number(term) for term in re.findall(r"[+\u2212-]?\s*\d[\d.]*(?:e-?\d+)?", text)]


def scores(page: Page) -> dict[str, float]:
    columns = page.locator(".columns li")
    return {c.get_attribute("data-label"): float(c.get_attribute("data-score")) for c in columns.all()}


def at_cell(page: Page, gesture, row: int, column: int, cells: int) -> None:
    """Click or hover one number of the large map."""
    side = page.locator(".big-map canvas").bounding_box()["width"] / cells
    gesture(position={"x": (column + 0.5) * side, "y": (row + 0.5) * side}, force=True)


def draw_a_one(page: Page) -> None:
    page.get_by_role("button", name="Clear").click()
    box = page.locator("canvas.pixels").bounding_box()
    x, top = box["x"] + box["width"] * 0.45, box["y"] + box["height"] * 0.18
    page.mouse.move(x, top)
    page.mouse.down()
    for step in range(1, 15):
        page.mouse.move(x + step, top + step * box["height"] * 0.045)
    page.mouse.up()


def test_opens_on_an_answered_example(room):
    page, seen = room(), first_example()
    own = dict(zip(seen.answer.labels, map(float, seen.answer.scores), strict=True))
    assert scores(page) == pytest.approx(own)
    expect(page.locator(".answer h2")).to_have_text("It reads a three, and is quite sure")
    keys = page.locator("[data-step]").evaluate_all("all => all.map((e) => e.dataset.step)")
    assert keys == list(seen.maps)


def test_a_drawn_digit_is_answered(room):
    page = room()
    draw_a_one(page)
    expect(page.locator(".big-answer b")).to_have_text("1", timeout=PATIENCE)
    expect(page.locator(".seen")).to_be_visible()  # what the net sees differs: it was centred
    page.get_by_role("checkbox", name="Centre it").uncheck()
    expect(page.locator(".seen")).to_be_hidden(timeout=PATIENCE)
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".answer h2")).to_contain_text("no ink", timeout=PATIENCE)


def test_the_pen_works_from_the_keyboard(room):
    page = room()
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".answer h2")).to_contain_text("no ink", timeout=PATIENCE)
    page.locator("canvas.pixels").focus()
    for _ in range(6):
        page.keyboard.press("Shift+ArrowDown")
    expect(page.locator(".answer h2")).not_to_contain_text("no ink", timeout=PATIENCE)


def test_a_map_and_a_pixel_open_to_sums_that_add_up(room):
    page, seen = room(), first_example()
    page.locator('[data-step="conv2"] .map[data-channel="5"]').click()
    expect(page.locator(".opened h4").first).to_contain_text("Convolution 2, map 6", timeout=PATIENCE)
    at_cell(page, page.locator(".big-map canvas").click, 6, 3, 10)
    expect(page.locator(".arith-main h4")).to_contain_text("map 6, row 7, column 4: 150 products", timeout=PATIENCE)
    own = float(seen.maps["conv2"].values[5, 6, 3])
    ledger = page.locator(".ledger > div")
    sums = terms(ledger.nth(0).locator(".terms").inner_text())
    total = number(ledger.nth(0).locator("b").inner_text())
    assert len(sums) == 6 and sum(sums) == pytest.approx(total, abs=6e-4)
    bias_line = ledger.nth(1).inner_text().removeprefix("bias").split("=")[0]
    assert sum(terms(bias_line)) == pytest.approx(own, abs=2e-4)
    assert number(ledger.nth(1).locator(".result").inner_text()) == pytest.approx(own, abs=1e-4)
    assert number(ledger.nth(2).locator("b").inner_text()) == pytest.approx(max(0, own), abs=1e-4)


def test_every_step_opens(room):
    page, seen = room(), first_example()
    for key in seen.maps:
        before = page.locator(".arith-main h4").inner_text()
        page.locator(f'[data-step="{key}"] .stage-head').click()
        if key != "conv1":
            expect(page.locator(".arith-main h4")).not_to_have_text(before, timeout=PATIENCE)
        page.wait_for_timeout(400)  # until heading and ledger tell of the same number
        shown = number(page.locator(".arith-main h4 .mono").inner_text())
        assert number(page.locator(".ledger .result").inner_text()) == pytest.approx(shown, rel=1e-3, abs=1e-4), key


def test_softmax_shares_add_up_to_one(room):
    page = room()
    page.locator('[data-step="softmax"] .stage-head').click()
    rows = page.locator(".terms-table tbody tr")
    expect(rows).to_have_count(10, timeout=PATIENCE)
    cells = [[number(c) for c in row.locator("td.mono").all_inner_texts()] for row in rows.all()]
    assert sum(share for _, _, share in cells) == pytest.approx(1, abs=1e-3)
    for logit, power, _ in cells:
        assert power == pytest.approx(np.exp(logit), rel=1e-3)


def test_hover_tells_the_number_under_the_pointer(room):
    page, seen = room(), first_example()
    page.locator('[data-step="relu2"] .map[data-channel="2"]').click()
    expect(page.locator(".opened h4").first).to_contain_text("ReLU 2, map 3", timeout=PATIENCE)
    for row, column in ((4, 5), (2, 3), (7, 6)):
        at_cell(page, page.locator(".big-map canvas").hover, row, column, 10)
        told = number(page.locator(".pg-tip b").inner_text())
        assert told == pytest.approx(float(seen.maps["relu2"].values[2, row, column]), rel=5e-4, abs=1e-6)


def test_switching_layers_asks_for_numbers_once(room):
    page = room()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    for key in ("pool1", "conv2", "pool1", "conv2"):
        page.locator(f'[data-step="{key}"] .stage-head').click()
        page.wait_for_timeout(400)
    assert asked.count("layer") <= 3 and "ask" not in asked  # pool1, relu1 (its source), conv2


def test_grad_cam_follows_class_and_layer(room):
    page, seen = room(), first_example()
    with page.expect_response(re.compile("cnn/cam")):
        page.get_by_role("tab", name="What mattered").click()
    expect(page.locator(".heat")).to_have_count(2, timeout=PATIENCE)
    with page.expect_response(lambda r: "cnn/cam" in r.url and '"label":3' in (r.request.post_data or "")) as told:
        page.get_by_label("For the class").select_option("3")
    said = told.value.json()
    values = np.frombuffer(base64.b64decode(said["data"]), "<f4").reshape(28, 28)
    np.testing.assert_array_equal(values, field_of(seen, 3, "pool2").values)
    expect(page.locator(".heats figcaption").first).to_have_text("for “3”")
    with page.expect_response(lambda r: "cnn/cam" in r.url and '"step":"conv1"' in (r.request.post_data or "")):
        page.get_by_label("Seen from").fill("0")
    page.wait_for_timeout(300)  # until the new map is painted
    before = page.locator(".heat-over").first.evaluate("(c) => c.toDataURL()")
    page.get_by_label("Opacity").fill("0.2")
    assert page.locator(".heat-over").first.evaluate("(c) => c.toDataURL()") != before
    page.locator(".choice", has_text="Cover a patch").click()
    expect(page.locator(".panel-title", has_text="Covering row")).to_be_visible(timeout=PATIENCE)


def test_filters_show_the_weights(room):
    page = room()
    page.get_by_role("tab", name="Filters").click()
    expect(page.locator(".kernels .map")).to_have_count(6, timeout=PATIENCE)
    page.locator(".kernels .map").nth(3).click()
    expect(page.locator(".kernel-one h4")).to_contain_text("Kernel 4")
    assert len(page.locator(".slices .mini-grid span").all()) == 25


def dark_on_paper(index: int) -> bytes:
    page = np.pad(255 - images.heldout("digits").images[index], 30, constant_values=255)
    file = io.BytesIO()
    Image.fromarray(page).resize((440, 440)).save(file, "PNG")
    return file.getvalue()


def test_a_file_is_read(room):
    page = room()
    label = str(images.heldout("digits").labels[13])
    file = {"name": "three.png", "mimeType": "image/png", "buffer": dark_on_paper(13)}
    page.locator('input[type="file"]').set_input_files(file)
    expect(page.locator(".big-answer b")).to_have_text(label, timeout=PATIENCE)
    expect(page.locator(".room-foot code")).to_contain_text("three.png")


def test_a_bad_file_is_told_and_what_was_there_stays(room):
    page = room()
    page.locator('input[type="file"]').set_input_files(
        {"name": "x.png", "mimeType": "image/png", "buffer": b"<svg xmlns='http://www.w3.org/2000/svg'/>"}
    )
    expect(page.locator(".room-in .notice.wrong")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".big-answer b")).to_have_text("3")
    page.locator(".thumb").nth(1).click()
    expect(page.locator(".big-answer b")).to_have_text("0", timeout=PATIENCE)
    expect(page.locator(".room-in .notice.wrong")).to_have_count(0)


def test_a_pasted_and_a_dropped_picture_are_read(room):
    page = room()
    give = """([data, kind]) => {
      const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0)), all = new DataTransfer();
      all.items.add(new File([bytes], `${kind}.png`, { type: 'image/png' }));
      const drop = document.querySelector('.drop');
      if (kind === 'paste') document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: all, bubbles: true }));
      else drop.dispatchEvent(new DragEvent('drop', { dataTransfer: all, bubbles: true, cancelable: true }));
    }"""
    for kind, index in (("paste", 1), ("drop", 13)):
        page.evaluate(give, [base64.b64encode(dark_on_paper(index)).decode(), kind])
        label = str(images.heldout("digits").labels[index])
        expect(page.locator(".big-answer b")).to_have_text(label, timeout=PATIENCE)


def test_a_photo_from_the_camera_is_read(browser, address):
    """Chromium's own test picture stands for a camera; a refused camera is told in one sentence."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(f"{address}?room=cnn&lang=en")
    page.locator(".answer").wait_for(timeout=PATIENCE)
    page.evaluate("""() => {
      const canvas = document.createElement('canvas');
      canvas.width = canvas.height = 100;
      const g = canvas.getContext('2d');
      const bar = (colour, ...box) => { g.fillStyle = colour; g.fillRect(...box); };
      const paint = () => { bar('#fff', 0, 0, 100, 100); bar('#111', 46, 20, 9, 60); };
      paint(); setInterval(paint, 50);
      const value = { getUserMedia: async () => canvas.captureStream(20) };
      Object.defineProperty(navigator, 'mediaDevices', { value, configurable: true });
    }""")
    page.get_by_role("button", name="Camera").click()
    page.wait_for_function("document.querySelector('.camera video')?.videoWidth > 0")
    page.wait_for_timeout(300)
    page.get_by_role("button", name="Take the photo").click()
    expect(page.locator(".big-answer b")).to_have_text("1", timeout=PATIENCE)
    expect(page.locator(".camera video")).to_have_count(0)
    page.evaluate("() => { navigator.mediaDevices.getUserMedia = async () => { throw new Error('no'); }; }")
    page.get_by_role("button", name="Camera").click()
    expect(page.locator(".room-in .notice.wrong")).to_contain_text("camera")
    context.close()


def test_downloads_hold_the_numbers(room):
    page, seen = room(), first_example()
    with page.expect_download() as maps:
        page.get_by_role("button", name="maps.npz").click()
    with np.load(maps.value.path()) as arrays:
        assert set(arrays.files) == set(seen.maps)
        np.testing.assert_array_equal(arrays["conv2"], seen.maps["conv2"].values)
    assert zipfile.is_zipfile(maps.value.path())
    with page.expect_download() as table:
        page.get_by_role("button", name="probabilities.csv").click()
    first = Path(table.value.path()).read_text().splitlines()[1].split(",")
    assert first[0] == "3" and float(first[1]) == pytest.approx(float(seen.answer.scores[0]))
    with page.expect_download() as answer:
        page.get_by_role("button", name="answer.json").click()
    assert json.loads(Path(answer.value.path()).read_text())["labels"] == list(seen.answer.labels)
    for kind, head in (("SVG", b"<svg"), ("PNG", b"\x89PNG"), ("CSV", b"map,row")):
        with page.expect_download() as figure:
            page.get_by_role("button", name=f"Download {kind}").first.click()
        assert Path(figure.value.path()).read_bytes().startswith(head)


def test_the_code_reproduces_a_drawing_from_its_downloaded_picture(room, tmp_path):
    page = room()
    draw_a_one(page)
    expect(page.locator(".big-answer b")).to_have_text("1", timeout=PATIENCE)
    page.wait_for_timeout(500)
    with page.expect_download() as picture:
        page.get_by_role("button", name="picture.png").click()
    picture.value.save_as(tmp_path / "picture.png")
    text = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n" + page.locator(".room-foot code").inner_text()
    printed = subprocess.run([sys.executable, "-c", text], cwd=tmp_path, capture_output=True, text=True, check=True)
    shown = scores(page)
    for line in printed.stdout.splitlines():
        label, score = line.split()
        assert float(score) == pytest.approx(shown[label], abs=6e-5)


def test_the_photo_net_opens_too(room):
    page = room()
    page.locator(".model-card").click()
    page.get_by_role("button", name=re.compile("ResNet, CIFAR-10")).click()
    expect(page.locator(".bars .first")).to_be_visible(timeout=PATIENCE)
    page.locator('[data-step="stages.0.block.add"] .stage-head').click()
    expect(page.locator(".arith-main h4")).to_contain_text("Add 1", timeout=PATIENCE)
    branch, shortcut = (
        terms(page.locator(".ledger > div").nth(i).inner_text().split("branch")[-1].split("shortcut")[-1])[0]
        for i in (0, 1)
    )
    assert branch + shortcut == pytest.approx(number(page.locator(".ledger .result").inner_text()), abs=2e-4)


def test_nothing_leaves_the_page_on_a_phone(room):
    page = room(viewport=PHONE)
    for tab in ("What mattered", "Filters", "Feature maps"):
        page.get_by_role("tab", name=tab).click()
        page.wait_for_timeout(700)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, tab
        wide = page.locator(".card").evaluate_all(
            "all => all.filter((e) => e.getBoundingClientRect().right > innerWidth + 1).length"
        )
        assert wide == 0, tab


def test_chinese_and_dark(visit):
    page = visit("?room=cnn&lang=zh&theme=dark")
    page.locator(".answer").wait_for(timeout=PATIENCE)
    expect(page.locator(".answer h2")).to_have_text("它读出“三”，而且很有把握")
    for tab in ("关键区域", "卷积核", "特征图"):
        page.get_by_role("tab", name=tab).click()
        page.wait_for_timeout(500)
        left = re.sub(r"[\w.\-×·=()+ ]*", "", page.locator(".card.inside .panel-title:visible").inner_text())
        assert left, tab
    assert "[object" not in page.locator("body").inner_text()


def test_a_link_leads_back_to_a_drawing_and_to_the_number_that_was_open(visit):
    page = visit("?room=cnn")
    page.locator(".arith-row").wait_for(timeout=PATIENCE)
    assert "cnn=" not in page.url  # what the room opens with needs no more than its name
    box = page.locator("canvas.pixels").bounding_box()
    page.get_by_role("button", name="Clear").click()
    page.mouse.move(box["x"] + 150, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 150, box["y"] + 240, steps=5)
    page.mouse.up()
    page.locator(".stage-head").nth(13).click()
    expect(page.locator(".arith-row h4")).to_contain_text("Softmax", timeout=PATIENCE)
    expect(page.locator(".card.asking")).to_have_count(0)
    page.wait_for_function("new URL(location).searchParams.get('cnn')?.includes('softmax')")
    said = [page.locator(".answer h2").inner_text(), page.locator(".arith-row h4").inner_text()]
    query = page.evaluate("location.search")
    assert "png" in query

    again = visit(query)
    expect(again.locator(".arith-row h4")).to_have_text(said[1], timeout=PATIENCE)
    expect(again.locator(".answer h2")).to_have_text(said[0])


def test_by_key_a_net_is_a_few_stops_and_arrow_keys_walk_through_units(visit):
    page = visit("?room=cnn")
    page.locator(".arith-row").wait_for(timeout=PATIENCE)
    stops = page.locator(".net-all button").evaluate_all("all => all.filter((one) => one.tabIndex >= 0).length")
    assert stops == page.locator(".stage-head").count() == 14
    page.locator(".stage-head").nth(12).click()
    unit = page.locator(".unit[aria-pressed=true]")
    expect(unit).to_have_text("3", timeout=PATIENCE)
    unit.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator(".arith-row h4")).to_contain_text("Linear 3: 4 is", timeout=PATIENCE)


def test_on_a_phone_the_finding_stays_in_sight_and_leads_to_the_answer(visit):
    page = visit("?room=cnn", viewport=PHONE, has_touch=True, is_mobile=True)
    page.locator(".answer").wait_for(state="attached", timeout=PATIENCE)
    echo = page.locator(".echo:visible")
    expect(echo).to_have_text(page.locator(".answer h2").inner_text(), timeout=PATIENCE)
    echo.tap()
    expect(page.locator(".answer h2")).to_be_in_viewport()
    expect(page.locator(".echo:visible")).to_have_count(0)
