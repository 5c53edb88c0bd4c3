"""Chromium with the same fonts on every machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from playwright.async_api import async_playwright

from tools.pictures.errors import CannotDraw

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser

FONTS: Final = {"Inter": "fonts-inter", "JetBrains Mono": "fonts-jetbrains-mono"}
"""Each font with its Debian package."""

_OPTIONS: Final = ("--no-sandbox", "--disable-gpu", "--font-render-hinting=none")
_PREFERRED: Final = {
    "sans-serif": "Inter",
    "system-ui": "Inter",
    "monospace": "JetBrains Mono",
    "ui-monospace": "JetBrains Mono",
}
_PREFER: Final = """\
<match target="pattern">
  <test name="family"><string>{generic}</string></test>
  <edit name="family" mode="prepend" binding="strong"><string>{font}</string></edit>
</match>
"""
_CONFIGURATION: Final = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
<include>/etc/fonts/fonts.conf</include>
{rules}</fontconfig>
"""


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Run Chromium, whose generic fonts are the ones in `FONTS`; raises `CannotDraw`."""
    path = shutil.which("chromium")
    if path is None:
        raise CannotDraw("chromium is not installed; on Debian: apt-get install chromium")
    _check_fonts()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "fonts.conf"
        rules = [_PREFER.format(generic=name, font=font) for name, font in _PREFERRED.items()]
        file.write_text(_CONFIGURATION.format(rules="".join(rules)), "utf-8")
        environment: dict[str, str | float | bool] = {**os.environ, "FONTCONFIG_FILE": str(file)}
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=path, args=list(_OPTIONS), env=environment
            )
            yield browser
            await browser.close()


def _check_fonts() -> None:
    list_fonts = shutil.which("fc-list")
    if list_fonts is None:
        raise CannotDraw("fontconfig is not installed; on Debian: apt-get install fontconfig")
    found = subprocess.run([list_fonts, ":", "family"], capture_output=True, text=True, check=True)
    missing = [package for font, package in FONTS.items() if font not in found.stdout]
    if missing:
        raise CannotDraw(f"fonts are missing; on Debian: apt-get install {' '.join(missing)}")
