"""The model picker in a browser, on a page of its own, against a Hub that serves a tiny BERT."""

from collections.abc import Iterator
from dataclasses import replace
from threading import Event, Thread
from time import sleep

import pytest
import uvicorn
from playwright.sync_api import Page, expect
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from playground.core import hub, hub_jobs, limits
from playground.core.checkpoint import Card, write_card
from playground.core.hub_jobs import Jobs
from playground.core.spec import HubModel
from playground.core.words import Wrong
from playground.ui import door, picker, web
from tests.core.tiny import FAMILY as TINY
from tests.core.tiny import FakeEdge, bert, info

FAMILY = replace(
    TINY, embedded=("bert/mini",), hub=(HubModel("owner/listed", "BERT base, uncased", 440.4, 110_106_428),)
)
PAGE = """<!doctype html><meta charset=utf-8><meta name=viewport content="width=device-width">
<style>* {{ box-sizing: border-box }} body {{ --font: sans-serif; --font-mono: monospace; margin: 0 }}
button {{ font: inherit; border: 0; background: none }} .gradio-container {{ min-height: 100vh }}
#host {{ width: min(19rem, 100vw - 2rem); margin: 1rem }} {style}</style>
<body><div class=gradio-container><div class=pg id=host></div></div>
<script>{script}</script><script>
window.picked = [];
const onPick = (key) => picked.push(key);
PG.picker(document.getElementById('host'), {{ family: 'bert', picked: 'bert/mini', onPick }});
</script>"""


class SlowEdge(FakeEdge):
    """Waits in the middle of the weights until `go` is set."""

    def __init__(self, said, folder) -> None:
        super().__init__(said, folder, piece=1000)
        self.go = Event()

    def download(self, id, sha, name, folder, on_bytes) -> None:
        def slowly(more: int) -> None:
            on_bytes(more)
            while name == "model.safetensors" and not self.go.is_set():
                on_bytes(0)
                sleep(0.01)

        super().download(id, sha, name, folder, slowly)


@pytest.fixture
def edge(tmp_path, monkeypatch) -> SlowEdge:
    card = Card("bert/mini", "BERT mini", {}, 0, "train", (), {}, 4_400_000, 8_912_345)
    write_card(tmp_path / "assets" / "models" / "bert" / "mini", card)
    monkeypatch.setattr(picker, "ASSETS", tmp_path / "assets")
    monkeypatch.setattr(picker, "REACH", picker.Reach())
    monkeypatch.setattr("playground.core.hub_edge.reach", lambda: None)
    monkeypatch.setattr(limits, "HUB_DIR", tmp_path / "hub")
    monkeypatch.setattr(limits, "HUB", "any")
    monkeypatch.setattr(hub, "_offers", hub._offers.__class__())
    folder = bert(tmp_path / "served")
    edge = SlowEdge({"owner/listed": info(folder), "o/gated": info(gated="auto")}, folder)
    monkeypatch.setattr(hub_jobs, "JOBS", Jobs(edge))
    return edge


@pytest.fixture
def url(edge) -> Iterator[str]:
    page = PAGE.format(style=web.style(), script=web.script())
    rooms = door.routes({"bert": picker.verbs(FAMILY)})
    app = Starlette(routes=[*rooms, Route("/", lambda _: HTMLResponse(page))])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", ws="none"))
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"
    edge.go.set()
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def page(browser, url) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 500, "height": 800})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(url)
    yield page
    page.close()
    assert errors == []


def test_the_list_opens_and_closes_by_keyboard(page):
    card = page.locator(".model-card")
    expect(card).to_contain_text("BERT mini4.4 M weights · 8.9 MBReady offline")
    card.focus()
    page.keyboard.press("Enter")
    item = page.get_by_role("button", name="BERT base, uncased")
    expect(item).to_contain_text("110 M weights · 440 MBNeeds a download")
    assert card.get_attribute("aria-expanded") == "true"
    page.keyboard.press("ArrowDown")
    expect(item).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".model-list")).to_have_count(0)
    expect(card).to_be_focused()
    page.keyboard.press("Enter")
    page.mouse.click(450, 700)
    expect(page.locator(".model-list")).to_have_count(0)


def test_from_check_to_use(page, edge):
    page.locator(".model-card").click()
    page.get_by_role("button", name="BERT base, uncased").click()
    expect(page.locator(".model-job")).to_contain_text("This model can be opened here.")
    assert edge.served == ["config.json"]
    page.get_by_role("button", name="Download", exact=True).click()
    bar = page.get_by_role("progressbar")
    expect(bar).to_be_visible()
    page.wait_for_function("document.querySelector('.meter span').clientWidth > 0")
    page.evaluate("window.button = document.querySelector('.model-job .btn')")
    page.wait_for_timeout(700)
    assert page.evaluate("button.isConnected")  # two reports later the button under the pointer is still the same
    page.keyboard.press("Escape")
    expect(page.locator(".model-list")).to_have_count(0)
    expect(bar).to_be_visible()  # closing the list does not hide the download
    edge.go.set()
    expect(page.locator(".model-card")).to_contain_text("BERT base, uncased")
    expect(page.locator(".model-card")).to_contain_text("Ready offline")
    assert page.evaluate("picked") == ["owner/listed"]


def test_a_cancelled_download_leaves_the_chosen_model(page, edge, tmp_path):
    page.locator(".model-card").click()
    page.get_by_role("button", name="BERT base, uncased").click()
    page.get_by_role("button", name="Download", exact=True).click()
    page.wait_for_function("document.querySelector('.meter span')?.clientWidth > 0")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".model-job")).to_have_count(0)
    for _ in range(500):
        if not list((tmp_path / "hub").rglob("*")):
            break
        sleep(0.01)
    assert list((tmp_path / "hub").rglob("*")) == [] and page.evaluate("picked") == []
    expect(page.locator(".model-card")).to_contain_text("BERT mini")


def test_a_refusal_is_a_sentence_that_keeps_what_was_typed(page):
    page.locator(".model-card").click()
    box = page.get_by_role("textbox")
    for typed, why in (("o/gated", "gated"), ("../../etc", "not a model id"), ("<b>x</b>", "not a model id")):
        box.fill(typed)
        box.press("Enter")
        expect(page.locator(".notice.wrong")).to_contain_text(why)
        expect(box).to_have_value(typed)
        expect(box).to_be_focused()


def test_after_a_failure_the_embedded_model_is_one_click_away(page, edge):
    edge.go.set()
    page.locator(".model-card").click()
    page.get_by_role("button", name="BERT base, uncased").click()
    page.get_by_role("button", name="Download", exact=True).click()
    expect(page.locator(".model-card")).to_contain_text("BERT base")
    page.locator(".model-card").click()
    page.get_by_role("textbox").fill("o/gated")
    page.get_by_role("button", name="Check").click()
    page.get_by_role("button", name="Use BERT mini").click()
    expect(page.locator(".model-card")).to_contain_text("BERT mini")
    assert page.evaluate("picked") == ["owner/listed", "bert/mini"]


def test_offline_is_said_once_the_list_is_open_and_never_before(browser, url, monkeypatch):
    def unreachable() -> None:
        raise Wrong("The Hugging Face Hub cannot be reached.", "无法连接 Hugging Face Hub。")

    monkeypatch.setattr("playground.core.hub_edge.reach", unreachable)
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(url)))
    page.goto(url)
    expect(page.locator(".model-card")).to_contain_text("BERT mini")
    assert set(asked) == {"", "pg/bert/models"}
    page.locator(".model-card").click()
    expect(page.locator(".model-list .notice")).to_contain_text("cannot be reached")
    page.evaluate("PG.setLang('zh')")
    expect(page.locator(".model-list .notice")).to_contain_text("无法连接")
    expect(page.locator(".model-card")).to_contain_text("可离线使用")
    page.close()


def test_where_only_the_list_is_open_there_is_no_box(browser, url, monkeypatch):
    monkeypatch.setattr(limits, "HUB", "list")
    page = browser.new_page()
    page.goto(url)
    page.locator(".model-card").click()
    expect(page.get_by_role("button", name="BERT base, uncased")).to_be_visible()
    expect(page.get_by_role("textbox")).to_have_count(0)
    page.close()


@pytest.mark.parametrize("width", [320, 390])
def test_nothing_leaves_a_narrow_screen(browser, url, width):
    page = browser.new_page(viewport={"width": width, "height": 700})
    page.goto(url)
    page.locator(".model-card").click()
    page.get_by_role("textbox").fill("o/gated")
    page.get_by_role("button", name="Check").click()
    expect(page.locator(".notice.wrong")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()
