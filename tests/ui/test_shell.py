"""The frame: what the page is made of, how it starts, which doors stay closed."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from types import SimpleNamespace

import gradio as gr
import pytest

from playground.catalog import FAMILIES
from playground.core import engine, limits
from playground.core.spec import Family
from playground.core.words import Text, Wrong
from playground.ui import api, door, shell, web
from playground.ui.lesson import lesson
from playground.ui.widget import Widget
from tests.serving import ROOT, free_port, page, serving


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with serving("app.py", log=tmp_path_factory.mktemp("app") / "log") as address:
        yield address


def post(url, body, **headers):
    asked = urllib.request.Request(url, body, {"Content-Type": "application/json", **headers})
    try:
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read()


# ---- what the page is made of


def test_contents_keeps_groups_and_order():
    groups = ((Text("A", "甲"), (Family("one", "One", Text("first", "一")),)), (Text("B", "乙"), ()))
    assert shell.contents(groups) == [
        {
            "title": {"en": "A", "zh": "甲"},
            "rooms": [{"key": "one", "title": "One", "line": {"en": "first", "zh": "一"}}],
        },
        {"title": {"en": "B", "zh": "乙"}, "rooms": []},
    ]


def test_one_room_costs_few_components():
    groups = ((Text("A", "甲"), (Family("one", "One", Text("first", "一")),)),)
    room = SimpleNamespace(build=lambda: Widget("one"), VERBS={}, API=())
    app = shell.build_app(groups, lambda family: room)
    assert len(app.blocks) <= 15  # kept small: what every visitor costs grows with this number


def test_the_script_starts_with_the_kit_and_holds_every_file():
    script = web.script()
    assert script.startswith((web.WEB / "kit.js").read_text("utf-8")[:60])
    assert all(file.read_text("utf-8") in script for file in web.WEB.glob("*.js"))
    assert script.rstrip().endswith("window.dispatchEvent(new Event('pg-ready'));")


def test_the_style_sheet_rides_in_the_theme_and_is_no_variable():
    css = shell.PlaygroundTheme()._get_theme_css()
    assert web.style() in shell.PlaygroundTheme().custom_css
    assert "--custom-css" not in css


def test_lesson_offers_both_languages(tmp_path, monkeypatch):
    monkeypatch.setattr("playground.ui.lesson.FAMILIES", tmp_path)
    (tmp_path / "one").mkdir()
    for lang in ("en", "zh"):
        (tmp_path / "one" / f"lesson.{lang}.md").write_text(f"text in {lang} $x^2$", "utf-8")
    with gr.Blocks() as blocks:
        lesson("one")
    texts = [block for block in blocks.blocks.values() if isinstance(block, gr.Markdown)]
    assert [text.elem_classes for text in texts] == [["lesson-en"], ["lesson-zh"]]
    assert "How it works" in texts[0].value and "工作原理" in texts[1].value


# ---- endpoints


def test_an_endpoint_keeps_its_signature_and_says_what_is_wrong(monkeypatch):
    monkeypatch.setattr(engine, "ready", lambda: None)

    def room_answer(text: str, count: int = 3) -> dict:
        """Its documentation."""
        if not text:
            raise Wrong("There is no text.", "没有文字。")
        return {"text": text[count]}

    called = api.endpoint(room_answer)
    assert (called.__name__, called.__doc__) == ("room_answer", "Its documentation.")
    assert called("abcd") == {"text": "d"}
    with pytest.raises(gr.Error, match=r"There is no text\."):
        called("")
    with pytest.raises(gr.Error) as unexpected:
        called("a")
    assert unexpected.value.message == door.BROKEN.en


# ---- how it starts

PROBE = """
import sys, time, urllib.request
from playground.ui import shell
import app

def watch(rooms, start=shell.start_warming):
    body = urllib.request.urlopen(sys.argv[1], timeout=20).read()
    print("first", b"gradio" in body, "torch" in sys.modules, "transformers" in sys.modules, flush=True)
    thread = start(rooms)
    thread.join(300)
    print("later", "torch" in sys.modules, "transformers" in sys.modules, flush=True)
    raise SystemExit

shell.start_warming = watch
shell.launch(app.app, app.GROUPS)
"""


def test_torch_is_imported_after_the_page_is_up_and_not_before():
    port = free_port()
    done = subprocess.run(
        [sys.executable, "-c", PROBE, f"http://127.0.0.1:{port}/"],
        cwd=ROOT,
        env={**os.environ, "GRADIO_SERVER_PORT": str(port)},
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert "first True False False" in done.stdout, done.stderr[-2000:]
    assert "later True True" in done.stdout, done.stderr[-2000:]
    assert "could not be warmed" not in done.stderr


def test_warming_asks_every_room_and_survives_one_that_fails(monkeypatch, caplog):
    asked = []
    monkeypatch.setattr(engine, "ready", lambda: asked.append("engine"))
    rooms = {
        "bad": SimpleNamespace(warm=lambda: 1 / 0),
        "none": SimpleNamespace(),
        "good": SimpleNamespace(warm=lambda: asked.append("good")),
    }
    shell.warm(rooms)
    assert asked == ["engine", "good"]
    assert "room bad could not be warmed" in caplog.text


def start(**environment):
    return subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_taken_port_is_said_in_one_sentence(address):
    port = address.rstrip("/").rpartition(":")[2]
    refused = start(GRADIO_SERVER_PORT=port)
    assert refused.returncode == 1
    assert f"Port {port} is already in use." in refused.stderr


def test_a_name_that_is_not_this_machines_is_said_too():
    refused = start(GRADIO_SERVER_NAME="192.0.2.1", GRADIO_SERVER_PORT=str(free_port()))
    assert refused.returncode == 1
    assert refused.stderr.startswith("GRADIO_SERVER_NAME=192.0.2.1 is no address of this machine.")
    assert "Traceback" not in refused.stderr


# ---- what it lets in


def test_the_script_is_kept_by_the_browser_and_sent_small(address):
    asked = urllib.request.Request(
        f"{address}pg/web.js?v={web.version(web.script())}", headers={"Accept-Encoding": "br"}
    )
    with urllib.request.urlopen(asked, timeout=10) as answer:
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["content-encoding"] == "br"
        assert len(answer.read()) < len(web.script().encode()) / 2
    with urllib.request.urlopen(f"{address}pg/web.js?v=old", timeout=10) as answer:
        assert answer.headers["cache-control"] == "no-cache"


def test_the_page_names_the_script_by_its_contents(address):
    assert f"pg/web.js?v={web.version(web.script())}" in page(address)


def test_uploads_and_foreign_files_stay_outside(address):
    for path in ("gradio_api/upload", "gradio_api/file=/etc/passwd", "gradio_api/proxy=http://127.0.0.1/"):
        status, body = post(address + path, b"{}")
        assert status == 404
        assert "wrong" in json.loads(body)


def test_a_body_over_the_cap_is_refused(address):
    status, body = post(f"{address}gradio_api/queue/join", b"a" * (limits.BODY_BYTES + 1))
    assert status == 413
    assert "MB" in json.loads(body)["wrong"]["en"]


def test_a_foreign_page_may_not_call_an_endpoint(address):
    status, _ = post(f"{address}gradio_api/queue/join", b"{}", Origin="http://other.example")
    assert status == 403


def test_direct_calls_past_the_queue_are_refused(address):
    names = [name.strip("/") for name in json.loads(page(f"{address}gradio_api/info"))["named_endpoints"]]
    status, body = post(f"{address}gradio_api/api/{names[0]}", b'{"data": []}')
    assert status != 200
    assert b"Traceback" not in body


def test_every_room_publishes_its_endpoints(address):
    named = json.loads(page(f"{address}gradio_api/info"))["named_endpoints"]
    assert {name.split("_")[0].strip("/") for name in named} == set({family.key for family in FAMILIES})


def test_the_page_calls_nobody_home(address):
    assert '"analytics_enabled": true' not in page(address) and '"analytics_enabled":true' not in page(address)


@pytest.mark.parametrize(
    ("environment", "alone"),
    [({}, True), ({"GRADIO_SERVER_NAME": "0.0.0.0"}, False), ({"SPACE_ID": "a/b"}, False)],
)
def test_the_app_knows_whether_it_serves_its_own_machine_alone(monkeypatch, environment, alone):
    for name in ("GRADIO_SERVER_NAME", "SPACE_ID"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert shell.listens_locally() is alone


def test_a_foreign_name_is_refused_by_the_running_app(address):
    status, body = post(f"{address}pg/bert/models", b"{}", Host="evil.example")
    assert status == 403 and "localhost" in json.loads(body)["wrong"]["en"]
