"""The HTML report about the relay of `docs/tutorial-ci.md`, as PNG files."""

from __future__ import annotations

import asyncio
import shlex
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from tools.pictures.browser import chromium
from tools.pictures.errors import CannotDraw
from tools.pictures.pages import photograph
from tools.pictures.report import COMMAND, output_of, tutorial_relay

if TYPE_CHECKING:
    from playwright.async_api import ViewportSize

WINDOW: Final[ViewportSize] = {"width": 1040, "height": 1500}
EXPECTED: Final = "frames.kinds"


async def draw(folder: Path) -> None:
    """Write the report in both themes, from the verdict to the drawing of the failure."""
    with TemporaryDirectory() as place:
        file = Path(place) / "report.html"
        command = shlex.split(COMMAND.replace("\\\n", ""))
        async with tutorial_relay():
            await asyncio.to_thread(output_of, [*command, "--report", f"html={file}"])
        if EXPECTED not in file.read_text("utf-8"):
            raise CannotDraw(f"the report does not contain {EXPECTED!r}")
        async with chromium() as browser:
            page = await browser.new_page(viewport=WINDOW, device_scale_factor=2)
            await page.goto(file.as_uri())
            await photograph(page, folder, "html-report")
