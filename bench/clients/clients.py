"""Runs each client: three programs that print the events that they read, and a browser."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bench.clients.errors import Missing
from bench.clients.install import (
    AIOHTTP_SSE_CLIENT2,
    EVENTSOURCE_PARSER,
    HTTPX_SSE,
    PROGRAMS,
    found,
    node_command,
    python_command,
)
from streamproof.contracts.sse import Event

if TYPE_CHECKING:
    from playwright.async_api import Page

PATIENCE_SECONDS: Final = 2.0
_LINE_BYTES: Final = 64 * 1_048_576
_CHROMIUM_OPTIONS: Final = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


@dataclass(frozen=True, slots=True)
class Reading:
    """How a client read one reply: the events, and one word for how reading ended."""

    events: tuple[Event, ...]
    ending: str


Readings = Mapping[str, Reading]
RunClient = Callable[[str, Mapping[str, Sequence[str]]], Awaitable[Readings]]


def _program(command: Callable[[], list[str]]) -> RunClient:
    async def run(url: str, names: Mapping[str, Sequence[str]]) -> Readings:
        words = [*await asyncio.to_thread(command), url, str(PATIENCE_SECONDS), *names]
        process = await asyncio.create_subprocess_exec(
            *words, stdout=asyncio.subprocess.PIPE, limit=_LINE_BYTES
        )
        printed, _ = await process.communicate()
        if process.returncode:
            raise Missing(f"{words[1]} failed")
        lines = [json.loads(line) for line in printed.splitlines()]
        return {line["name"]: _reading(line) for line in lines}

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


CLIENTS: Final[Mapping[str, RunClient]] = {
    HTTPX_SSE: _program(lambda: python_command(HTTPX_SSE, "httpx_sse_client.py")),
    AIOHTTP_SSE_CLIENT2: _program(
        lambda: python_command(AIOHTTP_SSE_CLIENT2, "aiohttp_sse_client2_client.py")
    ),
    EVENTSOURCE_PARSER: _program(node_command),
    "EventSource (Chromium)": _run_chromium,
}
"""The clients by their names in the table; each takes a URL, and scenarios with event names."""
