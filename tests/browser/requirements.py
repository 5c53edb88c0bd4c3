"""Chromium and Playwright, which these tests need."""

from tests.programs import BROWSER, program, unavailable

try:
    from playwright.async_api import TimeoutError as TooLate
    from playwright.async_api import async_playwright, expect
except ImportError:
    unavailable("playwright is not installed", BROWSER)

expect.set_options(timeout=15_000)  # a machine may be busy; a test that passes waits no longer


def chromium_path() -> str:
    """Return the path of Chromium."""
    return program("chromium")


__all__ = ["TooLate", "async_playwright", "chromium_path", "expect"]
