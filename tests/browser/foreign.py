"""A page of another origin, like a page of a developer on another port."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from aiohttp import web

from streamproof.harness.http.server import serving

if TYPE_CHECKING:
    from playwright.async_api import Page


EMPTY: Final = '<!doctype html><title>Mine</title><link rel="icon" href="data:,">'


async def _empty(_: web.Request) -> web.Response:
    return web.Response(text=EMPTY, content_type="text/html")


@asynccontextmanager
async def foreign_page(page: Page, host: str = "localhost") -> AsyncIterator[str]:
    """Serve an empty page on another port, go there, and yield its origin."""
    app = web.Application()
    app.router.add_get("/", _empty)
    async with serving(app) as url:
        origin = url.replace("127.0.0.1", host)
        await page.goto(origin)
        yield origin
