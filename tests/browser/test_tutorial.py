"""The page of docs/tutorial-page.md: what it shows before and after the listener is added."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
from aiohttp import web

from streamproof.harness.http.server import serving
from tests.browser.requirements import expect

pytestmark = pytest.mark.asyncio(loop_scope="session")

DOCS: Final = Path(__file__).resolve().parents[2] / "docs"
TUTORIAL: Final = (DOCS / "tutorial-page.md").read_text("utf-8")
[PAGE] = re.findall(r"<<'HTML'\n(.*?)^HTML$", TUTORIAL, re.MULTILINE | re.DOTALL)
[LISTENER] = re.findall(r"^```js\n(.*?)^```$", TUTORIAL, re.MULTILINE | re.DOTALL)
END: Final = "})\n</script>"


@asynccontextmanager
async def opened(html, local, page):
    """Open a page on another port than the backend."""

    async def answer(_):
        text = html.replace("http://127.0.0.1:8788", local.url)
        return web.Response(text=text, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", answer)
    async with serving(app) as url:
        await page.goto(url)
        yield
        await page.goto("about:blank")


async def send(page, message):
    """Type a message into the page, and send it."""
    await page.get_by_label("Message").fill(message)
    await page.get_by_role("button", name="Send").click()


@pytest.mark.prove
async def test_page_shows_the_answer_and_that_it_is_stored(local, page):
    async with opened(PAGE, local, page):
        await send(page, "/example-conversation Hello")
        await expect(page.get_by_role("status")).to_have_text("The answer is stored.")
        await expect(page.locator("#answer")).to_have_text("Based on your company's HR policy,")


@pytest.mark.prove
async def test_page_without_the_listener_does_not_name_a_failure(local, page):
    async with opened(PAGE, local, page):
        async with page.expect_response(lambda reply: reply.status == 204):  # after the error
            await send(page, "/reset-mid-answer Hello")
        await expect(page.locator("#answer")).to_have_text("Based on your")
        await expect(page.get_by_role("status")).to_have_text("Answering …")


@pytest.mark.prove
async def test_page_with_the_listener_names_a_failure(local, page):
    async with opened(PAGE.replace(END, LISTENER + END), local, page):
        await send(page, "/reset-mid-answer Hello")
        await expect(page.get_by_role("status")).to_have_text("The answer is not complete.")
        await expect(page.locator("#answer")).to_have_text("Based on your")
