"""A browser on the real app. Every request is recorded: one to a foreign host, or an error in the console, fails."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright import sync_api

from playground.core.checkpoint import Card, write_card
from tests.families.bert import tiny as bert
from tests.families.gpt import tiny as gpt
from tests.serving import room_alone, serving

LAPTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
WIDE = {"width": 1280, "height": 900}
PATIENCE = 30_000  # ms, of Playwright itself


@pytest.fixture(scope="session")
def address(tmp_path_factory) -> Iterator[str]:
    with serving("app.py", log=tmp_path_factory.mktemp("app") / "log") as address:
        yield address


HEADS = {
    "sst2": ("classes", ["negative", "positive"]),
    "sick": ("classes", ["entailment", "neutral", "contradiction"]),
    "answers": ("answer", []),
    "entities": ("tags", ["O", "B-PER", "I-PER", "B-<b>x</b>", "I-<b>x</b>"]),
}  # fine-tuned for: what, with which labels


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory) -> Iterator[str]:
    """The BERT room with tiny random models in the places of the embedded ones, and one of the reader's own."""
    assets, own = tmp_path_factory.mktemp("bert"), tmp_path_factory.mktemp("own")
    models = assets / "models" / "bert"
    _with_card(bert.bert(models / "mini"), "bert/mini", "BERT mini")
    for name, (use, labels) in HEADS.items():
        _with_card(bert.headed(models / name, "bert", use, labels), f"bert/{name}", f"Tiny {name}")
    (assets / "data").mkdir()
    lines = (f"The dog number {i} went to the river and slept on the floor." for i in "abcdefgh")
    (assets / "data" / "heldout.txt").write_text("\n".join(lines))
    bert.headed(own / "tagger", "roberta", "tags")
    with room_alone("bert", assets, assets / "log", PLAYGROUND_MODELS_DIR=str(own)) as address:
        yield address


@pytest.fixture(scope="session")
def tiny_gpt(tmp_path_factory) -> Iterator[str]:
    """The GPT room with a tiny random GPT-2 that reads 64 tokens, and a Llama of the reader's own that talks."""
    assets, own = tmp_path_factory.mktemp("gpt"), tmp_path_factory.mktemp("own")
    _with_card(gpt.build("gpt2", assets / "models" / "gpt" / "mini"), "gpt/mini", "GPT mini")
    gpt.build("llama", own / "talker", talks=True)
    with room_alone("gpt", assets, assets / "log", PLAYGROUND_MODELS_DIR=str(own)) as address:
        yield address


@pytest.fixture(scope="session")
def long_gpt(tmp_path_factory) -> Iterator[str]:
    """The GPT room with a tiny random GPT-2 that reads 640 tokens: prompts with examples are long."""
    assets = tmp_path_factory.mktemp("long")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(gpt.CONFIGS["gpt2"], "n_positions", 640)
        folder = gpt.build("gpt2", assets / "models" / "gpt" / "mini")
    _with_card(folder, "gpt/mini", "GPT mini")
    with room_alone("gpt", assets, assets / "log") as address:
        yield address


def _with_card(folder: Path, key: str, name: str) -> None:
    results = {"accuracy (test)": 0.75, "accuracy (dev)": 0.8}
    data = ({"name": "Made-up", "licence": "none"},)
    write_card(folder, Card(key, name, {}, 0, "train", data, results, 33_795, 140_000))


@dataclass
class Watch:
    """What pages asked for and what they complained about."""

    home: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def follow(self, page: "sync_api.Page") -> None:
        page.on("request", self.ask)
        page.on("pageerror", self.fail)
        page.on("console", self.hear)

    def leave(self, page: "sync_api.Page") -> None:
        page.remove_listener("request", self.ask)
        page.remove_listener("pageerror", self.fail)
        page.remove_listener("console", self.hear)

    def ask(self, request: "sync_api.Request") -> None:
        self.requests.append(request.url)

    def fail(self, error: "sync_api.Error") -> None:
        self.complaints.append(str(error))

    def hear(self, message: "sync_api.ConsoleMessage") -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    @property
    def foreign(self) -> list[str]:
        return [url for url in self.requests if not url.startswith((self.home, "data:", "blob:"))]


class Pages:
    """Pages that are kept from test to test: a used one opens the app with a third of a fresh one's work.

    Each has a context of its own, so that two readers never share what is stored.
    """

    def __init__(self, browser: "sync_api.Browser") -> None:
        self.browser = browser
        self.free: dict[str, list[sync_api.Page]] = {}

    def lend(self, viewport: dict = LAPTOP, **options) -> "sync_api.Page":
        """A blank page that nobody else has, in a context with these options."""
        free = self.free.setdefault(repr(sorted(options.items())), [])
        page = free.pop() if free else self.browser.new_context(viewport=viewport, **options).new_page()
        if page.viewport_size != viewport:
            page.set_viewport_size(viewport)
        page.set_default_timeout(PATIENCE)
        return page

    def take_back(self, page: "sync_api.Page", **options) -> None:
        """Without what a test left on it or stored; a page that cannot be cleaned is closed."""
        try:
            origin = page.evaluate("location.origin")
            page.unroute_all()
            page.goto("about:blank")
            page.mouse.up()
            page.mouse.move(0, 0)
            session = page.context.new_cdp_session(page)
            session.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
            session.detach()
        except sync_api.Error:
            page.context.close()
        else:
            self.free[repr(sorted(options.items()))].append(page)


Open = Callable[..., "sync_api.Page"]


@pytest.fixture(scope="session")
def pages(browser) -> Pages:
    return Pages(browser)


@pytest.fixture
def visit(pages, address) -> Iterator[Open]:
    """visit("?room=bert", **options of a browser context): a page of the app, drawn; checked when the test ends."""
    yield from visiting(pages, address)


@pytest.fixture(scope="module")
def visit_once(pages, address) -> Iterator[Open]:
    """The same for a page that all tests of a module share: what does not change it, or only for the next to follow."""
    yield from visiting(pages, address)


def visiting(pages: Pages, address: str) -> Iterator[Open]:
    watch, lent = Watch(address), []

    def visit(query: str = "", viewport=LAPTOP, **options) -> "sync_api.Page":
        options = {"locale": "en-US", **options}
        page = pages.lend(viewport, **options)
        lent.append((page, options))
        watch.follow(page)
        page.goto(address + query)
        page.wait_for_selector("#shell .top")
        return page

    yield visit
    for page, options in lent:
        watch.leave(page)
        pages.take_back(page, **options)
    assert watch.foreign == []
    assert watch.complaints == []
