"""Programs that these tests need; if one is missing, they skip, or fail with REQUIRE_BROWSER."""

import os
import shutil
from typing import NoReturn

import pytest


def absent(reason: str) -> NoReturn:
    """Skip the test, or fail it if REQUIRE_BROWSER is set."""
    if os.environ.get("REQUIRE_BROWSER"):
        pytest.fail(f"REQUIRE_BROWSER is set, but {reason}", pytrace=False)
    pytest.skip(reason, allow_module_level=True)


try:
    from playwright.async_api import TimeoutError as TooLate
    from playwright.async_api import async_playwright, expect
except ImportError:
    absent("playwright is not installed")

expect.set_options(timeout=15_000)  # a machine may be busy; a test that passes waits no longer


def chromium_path() -> str:
    """Return the path of Chromium."""
    return shutil.which("chromium") or absent("chromium is not installed")


__all__ = ["TooLate", "async_playwright", "chromium_path", "expect"]
