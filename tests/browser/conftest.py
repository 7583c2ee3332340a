"""A browser on the real app. Every request is recorded: one to a foreign host, or an error in the console, fails."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from playwright import sync_api

from tests.serving import serving

LAPTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}


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
