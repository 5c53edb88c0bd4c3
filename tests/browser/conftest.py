"""One Chromium for all tests of this folder, with a backend and a page for each test.

The pytest plugin of Playwright cannot be used: it blocks the event loop of the other tests.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copy
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from streamproof.harness.serving.backend import BackendOptions, LocalBackend, local_backend
from streamproof.mock_ai.app import MOCK
from tests.browser.inspector import Inspector
from tests.browser.scenarios import DEFAULT, library

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page


CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LOCAL_NAMES = {"127.0.0.1", "localhost", "evil.localhost"}
SECRET = "a secret that is only for tests, 32 bytes or more"
ENVIRONMENT = {
    "STREAMPROOF_RETRY_MS": "50",
    "STREAMPROOF_KEEP_ALIVE_SECONDS": "0.5",  # pages call a connection dead after three
    "STREAMPROOF_BACKOFF_SECONDS": "0",
    "STREAMPROOF_JWT_SECRET": SECRET,
}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    from tests.browser.requirements import async_playwright, chromium_path

    path = chromium_path()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=CHROMIUM_OPTIONS)
        yield browser
        await browser.close()


@dataclass(frozen=True, slots=True)
class Local:
    """The backend under test, whose AI service waits for `release`."""

    backend: LocalBackend

    @property
    def url(self) -> str:
        """The URL of the pages."""
        return self.backend.url

    async def release(self) -> None:
        """Release the AI service once it waits, and return when it waits again or has ended."""
        stage = self.backend.mock[MOCK].runs.unnamed.group
        held = await stage.journal.wait_for(
            lambda journal: next((one for one in journal if one.waits_for), None)
        )
        written = len(held.writes)
        stage.holds.release(held)
        await stage.journal.wait_for(lambda _: len(held.writes) > written or held.ending)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create a database once: a copy is faster than the migrations."""
    path = tmp_path_factory.mktemp("browser") / "empty.sqlite3"
    async with local_backend(library(), BackendOptions(database=path, default=DEFAULT)):
        return path


@pytest_asyncio.fixture(loop_scope="session")
async def local(empty_database: Path, tmp_path: Path) -> AsyncIterator[Local]:
    database = Path(copy(empty_database, tmp_path / "chat.sqlite3"))
    options = BackendOptions(database=database, default=DEFAULT, environment=ENVIRONMENT)
    async with local_backend(library(), options) as backend:
        yield Local(backend)


@dataclass(slots=True)
class Watched:
    """The requests of the tabs of a context, and the errors in them."""

    context: BrowserContext
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start to record."""
        self.context.on("request", lambda request: self.requests.append(request.url))
        self.context.on("weberror", lambda error: self.errors.append(str(error.error)))

    def check(self) -> None:
        """Check that there was no error and no request to another machine, and start again."""
        requests, errors = self.requests.copy(), self.errors.copy()
        self.requests.clear()
        self.errors.clear()
        assert [url for url in requests if not _is_local(url)] == []
        assert errors == []


def _is_local(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"data", "about"} or parts.hostname in LOCAL_NAMES


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def tab(chromium: Browser) -> AsyncIterator[tuple[Watched, Page]]:
    context = await chromium.new_context(viewport={"width": 1100, "height": 760})
    yield Watched(context), await context.new_page()
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(tab: tuple[Watched, Page]) -> AsyncIterator[Page]:
    """Return the one tab; each backend has its own origin, so the storage is empty."""
    watched, page = tab
    yield page
    for other in watched.context.pages:
        if other is not page:
            await other.close()
    await page.goto("about:blank")
    await page.emulate_media(color_scheme="null", reduced_motion="null")
    await watched.context.clear_cookies()
    watched.check()


@pytest_asyncio.fixture(loop_scope="session")
async def inspector(local: Local, page: Page) -> AsyncIterator[Inspector]:
    await page.goto(local.backend.inspector_url)
    async with ClientSession() as client:
        yield Inspector(page, local, client)
