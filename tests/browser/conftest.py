"""A browser on the real app. Every request is recorded: one to a foreign host, or an error in the console, fails."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.serving import serving

sync_api = pytest.importorskip("playwright.sync_api", reason="pip install -r tests/requirements.txt")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
GET_ONE = "no chromium found: apt-get install chromium, or python -m playwright install chromium"
LAPTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}


def chromium_of(playwright) -> str | None:
    """Playwright's own chromium or the system's."""
    own = Path(playwright.chromium.executable_path)
    names = ("chromium", "chromium-browser", "google-chrome")
    return str(own) if own.exists() else next((path for name in names if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator["sync_api.Browser"]:
    with sync_api.sync_playwright() as playwright:
        executable = chromium_of(playwright)
        if not executable:
            (pytest.fail if os.environ.get("CI") else pytest.skip)(GET_ONE)
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def address(tmp_path_factory) -> Iterator[str]:
    with serving("app.py", log=tmp_path_factory.mktemp("app") / "log") as address:
        yield address


@dataclass
class Watch:
    """What a page asked for and what it complained about."""

    home: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def follow(self, page: "sync_api.Page") -> None:
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self.hear)

    def hear(self, message: "sync_api.ConsoleMessage") -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    @property
    def foreign(self) -> list[str]:
        return [url for url in self.requests if not url.startswith((self.home, "data:", "blob:"))]


Open = Callable[..., "sync_api.Page"]


@pytest.fixture
def visit(browser, address) -> Iterator[Open]:
    """visit("?room=bert", **options of a browser context): a page of the app, drawn; checked when the test ends."""
    yield from visiting(browser, address)


def visiting(browser, address: str) -> Iterator[Open]:
    watch, contexts = Watch(address), []

    def visit(query: str = "", viewport=LAPTOP, **options) -> "sync_api.Page":
        context = browser.new_context(viewport=viewport, locale=options.pop("locale", "en-US"), **options)
        contexts.append(context)
        page = context.new_page()
        watch.follow(page)
        page.goto(address + query)
        page.wait_for_selector("#shell .top")
        return page

    yield visit
    for context in contexts:
        context.close()
    assert watch.foreign == []
    assert watch.complaints == []
