"""The page under test, open in Chromium. With pytest-playwright, only `site` is needed."""

import os
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, sync_playwright


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """Serve the page, as your dev server does, and return its URL."""
    serve = partial(SimpleHTTPRequestHandler, directory=Path(__file__).parent)
    server = ThreadingHTTPServer(("127.0.0.1", 0), serve)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return the browser of all tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM"))
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Return an empty tab with a storage of its own."""
    context = browser.new_context()
    yield context.new_page()
    context.close()
