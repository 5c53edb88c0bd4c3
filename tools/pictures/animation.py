"""Two answers in the chat, above the lanes of their streams in the inspector, as a GIF."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from itertools import groupby
from typing import TYPE_CHECKING, Final

from PIL import Image

from tools.pictures.backend import backend
from tools.pictures.browser import chromium
from tools.pictures.chat import BROKEN, WHOLE, ask, open_chat
from tools.pictures.pages import THEMES, Theme
from tools.pictures.screencast import Screencast, screencast

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from playwright.async_api import Browser, Page

SIDEBAR, LIST, WIDTH = 260, 290, 880
"""The left column of the chat and of the inspector, which the picture leaves out, and the rest."""
CHAT_HEIGHT: Final = 540
HEADER, LANES_BOTTOM = 48, 331
"""The part of the inspector from below its header to below its axis."""
LINE: Final = {"light": "#dddfd9", "dark": "#30353a"}
KEY_MS: Final = 45
PAUSE_MS: Final = 1_000
LAST_MS: Final = 3_000
FRAME_MS: Final = 100
COLOURS: Final = 128


async def draw(folder: Path) -> None:
    """Write the animation in both themes."""
    for theme in THEMES:
        async with chromium() as browser, backend() as running, AsyncExitStack() as recording:
            chat = await _page(browser, theme, SIDEBAR + WIDTH, CHAT_HEIGHT)
            inspector = await _page(browser, theme, LIST + WIDTH, LANES_BOTTOM)
            await open_chat(chat, running.url)
            await inspector.goto(running.inspector_url)
            above = await recording.enter_async_context(
                screencast(chat, (SIDEBAR, 0, SIDEBAR + WIDTH, CHAT_HEIGHT))
            )
            below = await recording.enter_async_context(
                screencast(inspector, (LIST, HEADER, LIST + WIDTH, LANES_BOTTOM))
            )
            await _converse(chat, inspector)
        write_gif(folder / f"answer-{theme}.gif", together(above, below, LINE[theme]))


async def _converse(chat: Page, inspector: Page) -> None:
    for number, question in enumerate((WHOLE, BROKEN), 1):
        await chat.wait_for_timeout(PAUSE_MS)
        begun = inspector.locator("#streams .row", has_text=f"#{number} ")
        await asyncio.gather(ask(chat, question, number, delay_ms=KEY_MS), begun.click())
    await chat.wait_for_timeout(LAST_MS)


async def _page(browser: Browser, theme: Theme, width: int, height: int) -> Page:
    """Return a page of its own window, because Chromium paints only the tab in front."""
    context = await browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=theme
    )
    return await context.new_page()


def together(above: Screencast, below: Screencast, line: str) -> list[tuple[Image.Image, int]]:
    """Return the images of both pages, one above the other, each with its duration in ms."""
    begin = min(cast.frames[0][0] for cast in (above, below))
    end = max(cast.frames[-1][0] for cast in (above, below))
    steps = range(round((end - begin) * 1000 / FRAME_MS) + 1)
    times = (begin + step * FRAME_MS / 1000 for step in steps)
    shown = [(above.at(time), below.at(time)) for time in times]
    return [
        (_stacked(above.image(one), below.image(other), line), FRAME_MS * len(list(same)))
        for (one, other), same in groupby(shown)
    ]


def _stacked(above: Image.Image, below: Image.Image, line: str) -> Image.Image:
    image = Image.new("RGB", (above.width, above.height + 1 + below.height), line)
    image.paste(above, (0, 0))
    image.paste(below, (0, above.height + 1))
    return image


def write_gif(path: Path, images: Sequence[tuple[Image.Image, int]]) -> None:
    """Write an animation that begins anew at its end; all images share one palette."""
    every = [image for image, _ in images]
    sample = every[:: max(1, len(every) // 8)] + every[-1:]
    strip = Image.new("RGB", (every[0].width, every[0].height * len(sample)))
    for index, image in enumerate(sample):
        strip.paste(image, (0, index * image.height))
    palette = strip.quantize(COLOURS, dither=Image.Dither.NONE)
    first, *rest = (image.quantize(palette=palette, dither=Image.Dither.NONE) for image in every)
    durations = [milliseconds for _, milliseconds in images]
    durations[-1] += LAST_MS
    first.save(path, save_all=True, append_images=rest, duration=durations, loop=0, optimize=True)
