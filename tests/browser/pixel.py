"""The colour of a pixel of a page."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Page

SIGNATURE_BYTES = 8
CHECKSUM_BYTES = 4


async def pixel(page: Page, x: int, y: int) -> tuple[int, int, int]:
    """Return red, green and blue; in an image of one pixel, PNG filters change nothing."""
    png = await page.screenshot(clip={"x": x, "y": y, "width": 1, "height": 1})
    data = b"".join(data for kind, data in _chunks(png) if kind == b"IDAT")
    _filter, red, green, blue, *_ = zlib.decompress(data)
    return red, green, blue


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = SIGNATURE_BYTES
    while at < len(png):
        size = int.from_bytes(png[at : at + 4], "big")
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        at += 8 + size + CHECKSUM_BYTES
