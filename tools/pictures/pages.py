"""The two pages in light and in dark, as PNG files with two pixels for each CSS pixel."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final, Literal

from PIL import Image

from tools.pictures.backend import backend
from tools.pictures.browser import chromium
from tools.pictures.chat import show_chat
from tools.pictures.inspector import shown_inspector

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Page

Theme = Literal["light", "dark"]
THEMES: Final[tuple[Theme, ...]] = ("light", "dark")
COLOURS: Final = 256
"""A palette makes the files a third as large, and the pages have few colours."""


async def draw_chat(folder: Path) -> None:
    """Write the chat page."""
    async with chromium() as browser, backend() as running:
        page = await browser.new_page(
            viewport={"width": 1040, "height": 780}, device_scale_factor=2
        )
        await show_chat(page, running.url)
        await photograph(page, folder, "chat")


async def draw_inspector(folder: Path) -> None:
    """Write the inspector."""
    async with chromium() as browser, backend() as running:
        page = await browser.new_page(
            viewport={"width": 1280, "height": 800}, device_scale_factor=2
        )
        async with shown_inspector(page, running):
            await photograph(page, folder, "inspector")


async def photograph(page: Page, folder: Path, name: str) -> None:
    """Write what the window of a page shows, in both themes."""
    for theme in THEMES:
        await page.emulate_media(color_scheme=theme)
        photograph = Image.open(io.BytesIO(await page.screenshot())).convert("RGB")
        image = photograph.quantize(COLOURS, dither=Image.Dither.NONE)
        image.save(folder / f"{name}-{theme}.png", optimize=True)
