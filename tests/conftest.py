"""For all tests: nothing leaves the machine, torch keeps to one thread as in the app, and one browser serves all."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.chromium import FLAGS, GET_ONE, chromium_of

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One for the whole session: Playwright cannot be started twice in a process."""
    with sync_playwright() as playwright:
        executable = chromium_of(playwright)
        if not executable:
            (pytest.fail if os.environ.get("CI") else pytest.skip)(GET_ONE)
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: while Playwright runs, its event loop is this thread's, and asyncio.run has no place.

    A file's tests stay together in one of the processes that share the work, so a file with one of them is late too.
    """
    late = {item.path for item in items if _browses(item)}
    items.sort(key=lambda item: (item.path in late, _browses(item)))


def _browses(item: pytest.Item) -> bool:
    """In a browser, or of the app that one of its modules has started."""
    return item.path.parent.name == "browser" or "browser" in getattr(item, "fixturenames", ())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What the bench measured."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, table in report.user_properties:
            if name == "bench":
                terminalreporter.write_line(f"\n{table}")
