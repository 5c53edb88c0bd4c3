"""Runs each SSE reader: three programs that print the events that they read, and a browser."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bench.clients.errors import Missing
from bench.clients.install import PROGRAMS, Packages, found
from bench.clients.run import PATIENCE_SECONDS, installed, run_program
from streamproof.contracts.sse import Event

if TYPE_CHECKING:
    from playwright.async_api import Page

_CHROMIUM_OPTIONS: Final = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


@dataclass(frozen=True, slots=True)
class Reading:
    """How a reader read one reply: the events, and one word for how reading ended."""

    events: tuple[Event, ...]
    ending: str


Readings = Mapping[str, Reading]
RunReader = Callable[[str, Mapping[str, Sequence[str]]], Awaitable[Readings]]


def _program(file: str, packages: Packages) -> RunReader:
    async def run(url: str, names: Mapping[str, Sequence[str]]) -> Readings:
        program = await asyncio.to_thread(installed, file, packages)
        lines = await run_program(program, url, str(PATIENCE_SECONDS), *names)
        return {str(line["name"]): _reading(line) for line in lines}

    return run


def _reading(found: Mapping[str, object]) -> Reading:
    events = found["events"]
    assert isinstance(events, list)
    return Reading(tuple(Event(name, data) for name, data in events), str(found["ending"]))


async def _run_chromium(url: str, names: Mapping[str, Sequence[str]]) -> Readings:
    script = (PROGRAMS / "event_source.js").read_text("utf-8")
    readings = {}
    async with _page() as page:
        await page.goto(f"{url}/healthz")
        for name, events in names.items():
            address = f"{url}/s/{name}/chat/stream?question=EventSource"
            wanted = [address, sorted({"message", *events}), PATIENCE_SECONDS * 1000]
            readings[name] = _reading(await page.evaluate(script, wanted))
    return readings


@asynccontextmanager
async def _page() -> AsyncIterator[Page]:
    try:
        from playwright.async_api import async_playwright
    except ImportError as error:
        raise Missing("playwright is not installed") from error
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=found("chromium"), args=_CHROMIUM_OPTIONS
        )
        try:
            yield await browser.new_page()
        finally:
            await browser.close()


READERS: Final[Mapping[str, RunReader]] = {
    "httpx-sse 0.4.3": _program("httpx_sse_client.py", {"httpx-sse": "0.4.3", "httpx": "0.28.1"}),
    "aiohttp-sse-client2 0.3.0": _program(
        "aiohttp_sse_client2_client.py", {"aiohttp-sse-client2": "0.3.0", "aiohttp": "3.14.5"}
    ),
    "eventsource-parser 4.1.3": _program(
        "eventsource_parser_client.mjs", {"eventsource-parser": "4.1.3"}
    ),
    "EventSource (Chromium)": _run_chromium,
}
"""The readers by their names in the table; each takes a URL, and scenarios with event names."""
