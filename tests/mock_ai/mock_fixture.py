"""What the server tests share: a clock that jumps, and a mock with scenarios written in place."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import cache

from aiohttp import web

from streamproof.mock_ai.app import JOURNAL, create_app, serving
from streamproof.mock_ai.clock import Timer
from streamproof.mock_ai.errors import ScenarioErrors
from streamproof.mock_ai.journal.journal import Journal, JournalEntry, ReplyEnding
from streamproof.mock_ai.library.library import Library
from streamproof.mock_ai.library.loading import load_scenario


class JumpingClock:
    """A clock on which waiting takes no time, and which remembers what was waited for."""

    def __init__(self, late_ms: float = 0) -> None:
        """Make every wait end late by this time."""
        self._now_ms = 1_000.0
        self._late_ms = late_ms
        self.waited_for: list[float] = []

    def now_ms(self) -> float:
        """Return the time."""
        return self._now_ms

    def call_at(self, at_ms: float, callback: Callable[[], None]) -> Timer:
        """Jump there."""
        self.waited_for.append(at_ms - 1_000)
        self._now_ms = max(self._now_ms, at_ms + self._late_ms)
        return asyncio.get_running_loop().call_soon(callback)

    def close(self) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class Mock:
    """A mock that is being served."""

    url: str
    journal: Journal
    app: web.Application

    async def entry(self, number: int = 0) -> JournalEntry:
        """Return a request of the journal, once its reply has ended."""
        return await self.journal.wait_for(
            lambda journal: next(
                (e for n, e in enumerate(journal) if n == number and e.ending is not None), None
            )
        )

    async def ending(self, number: int = 0) -> ReplyEnding | None:
        """Return how a reply ended, once it has."""
        return (await self.entry(number)).ending


def plainly_serving(app: web.Application) -> AbstractAsyncContextManager[str]:
    """Serve without the fast path; yields the URL."""
    return serving(app, plain=True)


def library(*texts: str) -> Library:
    """Load scenarios from their text."""
    return Library({loaded.name: loaded for loaded in map(_loaded, texts)})


_loaded = cache(load_scenario)
"""Scenarios cannot change, and many tests serve the same ones."""


def scenario(keys: str, name: str = "it") -> str:
    """Write a scenario down, but for its name and title."""
    return f"name: {name}\ntitle: It\n{keys}\n"


def errors_of(keys: str) -> list[str]:
    """Return the messages of the errors of a scenario; none if it is valid."""
    try:
        load_scenario(scenario(keys))
    except ScenarioErrors as found:
        return [error.message for error in found.errors]
    return []


@asynccontextmanager
async def mock(*texts: str, plain: bool = False, **options) -> AsyncIterator[Mock]:
    """Serve scenarios for as long as the block lasts, with `plain` without the fast path."""
    app = create_app(library(*texts), **options)
    async with serving(app, plain=plain) as url:
        yield Mock(url, app[JOURNAL], app)
