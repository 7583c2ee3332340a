"""The browser of all browser tests: Playwright's own chromium or the system's."""

import shutil
from pathlib import Path

from playwright.sync_api import Playwright

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


def chromium_of(playwright: Playwright) -> str | None:
    """Where it is, or None."""
    own = Path(playwright.chromium.executable_path)
    names = ("chromium", "chromium-browser", "google-chrome")
    return str(own) if own.exists() else next((path for name in names if (path := shutil.which(name))), None)
