"""The inspector: a stream that is held, after cut characters and a write that came late."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from aiohttp import ClientSession

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page

    from streamproof.harness.serving.backend import LocalBackend

EARLIER: Final = (
    "How many days of leave do I have?",
    "/sick-leave And if I am ill?",
    "/parental-leav And for a child?",  # a scenario that does not exist
)
SHOWN: Final = "/parental-leave And for a child?"
STREAMING_SECONDS: Final = 0.3
BUSY_SECONDS: Final = 0.4
"""While this process is busy, the mock in it cannot write: a silence that is not in the plan."""
HELD_MS: Final = 1500
HOLD_MS: Final = 30_000


@asynccontextmanager
async def shown_inspector(page: Page, backend: LocalBackend) -> AsyncIterator[None]:
    """Open the page, and show a stream as long as the block runs; a cut character is selected."""
    await page.goto(backend.inspector_url)
    async with ClientSession(backend.url) as client:
        for question in EARLIER:
            await _ask(client, question)
        asking = asyncio.create_task(_ask(client, SHOWN))
        await page.locator("#streams .row", has_text="#4").click()
        await asyncio.sleep(STREAMING_SECONDS)
        time.sleep(BUSY_SECONDS)  # noqa: ASYNC251  # that is the purpose
        await page.get_by_text("held until it is released").wait_for(timeout=HOLD_MS)
        await page.wait_for_timeout(HELD_MS)
        await page.locator(".writes .row:has(.cut-mark)").first.click()
        yield
        asking.cancel()


async def _ask(client: ClientSession, message: str) -> None:
    async with client.post("/api/chat/demo/stream", data={"message": message}) as reply:
        await reply.read()
