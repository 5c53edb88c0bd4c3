"""What the tests here need of the machine; each is missed loudly where REQUIRE_BROWSER is set."""

import os
import shutil
from typing import NoReturn

import pytest


def absent(what: str) -> NoReturn:
    """Skip because of what is not there, or fail."""
    if os.environ.get("REQUIRE_BROWSER"):
        pytest.fail(f"REQUIRE_BROWSER is set, but {what}", pytrace=False)
    pytest.skip(what, allow_module_level=True)


try:
    from playwright.async_api import TimeoutError as TooLate
    from playwright.async_api import async_playwright, expect
except ImportError:
    absent("playwright is not installed")

expect.set_options(timeout=15_000)  # a machine may be busy; a test that passes waits no longer


def chromium_path() -> str:
    """Return where Chromium is."""
    return shutil.which("chromium") or absent("chromium is not installed")


__all__ = ["TooLate", "async_playwright", "chromium_path", "expect"]
