"""The same browser as in tests/browser."""

from tests.browser.conftest import browser  # noqa: F401
