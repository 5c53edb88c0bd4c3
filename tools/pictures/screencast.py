"""What a page shows over time: every frame that Chromium paints, with its time."""

from __future__ import annotations

import asyncio
import base64
import io
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PIL import Image

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page

Box = tuple[int, int, int, int]
"""Left, top, right and bottom of a part of a page, in pixels."""


@dataclass(slots=True)
class Screencast:
    """The painted frames of a part of a page, in their order."""

    box: Box
    frames: list[tuple[float, bytes]] = field(default_factory=list)
    """Each with its time in seconds since 1970, as a PNG of the whole page."""

    def at(self, seconds: float) -> int:
        """Return the index of the frame that the page showed at a time; the first one before it."""
        shown = [index for index, (painted, _) in enumerate(self.frames) if painted <= seconds]
        return shown[-1] if shown else 0

    def image(self, index: int) -> Image.Image:
        """Return the part of the page in a frame."""
        whole = Image.open(io.BytesIO(self.frames[index][1]))
        return whole.convert("RGB").crop(self.box)


@asynccontextmanager
async def screencast(page: Page, box: Box) -> AsyncIterator[Screencast]:
    """Record a page while the block runs."""
    cast = Screencast(box)
    session = await page.context.new_cdp_session(page)
    acknowledgements: set[asyncio.Task[Any]] = set()

    def keep(event: dict[str, Any]) -> None:
        cast.frames.append((event["metadata"]["timestamp"], base64.b64decode(event["data"])))
        sending = session.send("Page.screencastFrameAck", {"sessionId": event["sessionId"]})
        task = asyncio.ensure_future(sending)  # without it Chromium sends nothing more
        acknowledgements.add(task)
        task.add_done_callback(acknowledgements.discard)

    session.on("Page.screencastFrame", keep)
    await session.send("Page.startScreencast", {"format": "png"})
    yield cast
    await session.send("Page.stopScreencast")
    await asyncio.gather(*acknowledgements)
    await session.detach()
