"""The frame of the house: one tab per family, our own navigation, the server and its settings."""

import os

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read by Gradio when it is imported: it would call out otherwise

import logging
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from threading import Thread
from types import ModuleType
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from playground.core import engine, limits
from playground.core.spec import Family
from playground.core.words import Text
from playground.ui import web
from playground.ui.api import publish
from playground.ui.door import routes
from playground.ui.guard import Guard
from playground.ui.lesson import lesson
from playground.ui.theme import PlaygroundTheme
from playground.ui.widget import Widget

Group = tuple[Text, Sequence[Family]]
TITLE = Text("Deep-learning playground", "深度学习游乐场")
START = "start"
PORT = 7860
LOCAL = ("127.0.0.1", "localhost", "::1")
STATES = 500  # of visitors, kept in memory by Gradio

log = logging.getLogger(__name__)


def tab(family: Family) -> ModuleType:
    """The module that draws the room of `family`."""
    return import_module(f"playground.families.{family.key}.tab")


Room = Callable[[Family], Any]


def contents(groups: Iterable[Group]) -> list[dict[str, Any]]:
    """The table of contents as the page's scripts read it."""
    return [
        {
            "title": title.payload(),
            "rooms": [{"key": room.key, "title": room.title, "line": room.line.payload()} for room in rooms],
        }
        for title, rooms in groups
    ]


def rooms_of(groups: Iterable[Group], room: Room = tab) -> dict[str, Any]:
    """Family key -> the module that draws its room."""
    return {family.key: room(family) for _, families in groups for family in families}


def build_app(groups: Sequence[Group], room: Room = tab) -> gr.Blocks:
    """The whole page: frame, start room, one room per family with its lesson and its endpoints."""
    start = {
        "title": Text("", "").payload(),
        "rooms": [{"key": START, "title": Text("Start", "开始").payload(), "line": TITLE.payload()}],
    }
    toc = contents(groups)
    with gr.Blocks(title=TITLE.en, analytics_enabled=False, fill_width=True) as app:
        Widget("shell", {"groups": [start, *toc]}, elem_id="shell")
        with gr.Tabs(selected=START, elem_id="rooms"):
            with gr.Tab("Start", id=START):
                Widget("start", {"groups": toc})
            for key, module in rooms_of(groups, room).items():
                with gr.Tab(key, id=key):
                    module.build()
                    lesson(key)
        for module in rooms_of(groups, room).values():
            publish(module.API)
    app.queue(api_open=False, max_size=limits.ANSWERS_WAITING)
    return app


def listens_locally() -> bool:
    """Whether only this machine can reach the app: Gradio's own default, but not that of a Space."""
    return not os.environ.get("SPACE_ID") and os.environ.get("GRADIO_SERVER_NAME", LOCAL[0]) in LOCAL


def settings(rooms: Mapping[str, Any]) -> dict[str, Any]:
    """The keyword arguments of `launch`: own routes and guard; every door of Gradio's that we do not use closed."""
    own = [web.route, *routes({key: room.VERBS for key, room in rooms.items()})]
    guard = Middleware(Guard, local=listens_locally())
    return {
        "app_kwargs": {"routes": own, "middleware": [guard], "docs_url": None, "redoc_url": None},
        "theme": PlaygroundTheme(),
        "head": web.head(),
        "footer_links": [],
        "run_history": False,
        "quiet": True,
        "share": False,
        "show_error": False,
        "enable_monitoring": False,
        "ssr_mode": False,
        "pwa": False,
        "mcp_server": False,
        "max_file_size": limits.IMAGE_BYTES,
        "state_session_capacity": STATES,
    }


def warm(rooms: Mapping[str, Any]) -> None:
    """Import the heavy libraries, then let each room answer its first question once; a room that fails only logs."""
    engine.ready()
    for key, room in rooms.items():
        try:
            getattr(room, "warm", lambda: None)()
        except Exception:
            log.exception("room %s could not be warmed", key)


def start_warming(rooms: Mapping[str, Any]) -> Thread:
    thread = Thread(target=warm, args=(rooms,), name="warm", daemon=True)
    thread.start()
    return thread


def refused(name: str, port: int) -> str:
    """Why nothing can listen there; Gradio says the same of a port that is taken and of a name that is not ours."""
    try:
        with socket.create_server((name, 0), family=socket.AF_INET6 if ":" in name else socket.AF_INET):
            pass
    except OSError:
        return f"GRADIO_SERVER_NAME={name} is no address of this machine. Leave it out, or say 0.0.0.0 for all it has."
    return (
        f"Port {port} is already in use. Close the program that uses it, "
        f"or choose another port: GRADIO_SERVER_PORT={port + 1} python app.py"
    )


def launch(app: gr.Blocks, groups: Sequence[Group], room: Room = tab) -> None:
    """Serve until interrupted. Where: GRADIO_SERVER_NAME and GRADIO_SERVER_PORT, else 127.0.0.1 and 7860."""
    rooms, number = rooms_of(groups, room), int(os.environ.get("GRADIO_SERVER_PORT", PORT))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # so that the folder below goes away with us
    with tempfile.TemporaryDirectory(prefix="playground-") as folder:
        os.environ.setdefault("GRADIO_TEMP_DIR", folder)
        try:
            _, address, _ = app.launch(server_port=number, prevent_thread_lock=True, **settings(rooms))
        except OSError:
            raise SystemExit(refused(os.environ.get("GRADIO_SERVER_NAME", LOCAL[0]), number)) from None
        print(f"The playground is open at {address}", flush=True)
        start_warming(rooms)
        app.block_thread()
