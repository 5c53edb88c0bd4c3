"""The upstream client under test, with the events that it received."""

from __future__ import annotations

from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any

import pytest

from streamproof.contracts.sse import Event
from streamproof.relay.errors import UpstreamFailed
from streamproof.relay.lifecycle import Reason
from streamproof.relay.settings import Settings
from streamproof.relay.upstream import UpstreamClient

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


class Client:
    """An upstream client that only records its sleeps, with the events that it received."""

    def __init__(self, session, url: str, *, chance: float = 1.0, **settings: Any) -> None:
        self.settings = Settings(
            ai_url=url, database="unused", jwt_secret="s" * 32, **{"attempts": 1, **settings}
        )
        self.slept: list[float] = []
        self.events: list[Event] = []
        self.has_content = False
        self.upstream = UpstreamClient(
            session, self.settings, random=lambda: chance, sleep=self.sleep, now=lambda: NOW
        )

    async def sleep(self, seconds: float) -> None:
        """Record a sleep, and return at once."""
        self.slept.append(seconds)

    def ask(self):
        """Send one question."""
        return self.upstream.events(
            "Cuti?", "room-1", "msg-1", "user-1", has_content=lambda: self.has_content
        )

    async def run(self) -> list[Event]:
        """Read one reply to its end."""
        async with aclosing(self.ask()) as batches:
            async for batch in batches:
                self.events += batch
        return self.events

    async def failure(self) -> UpstreamFailed:
        """Read one reply to its failure."""
        with pytest.raises(UpstreamFailed) as caught:
            await self.run()
        return caught.value

    async def reason(self) -> Reason:
        """Read one reply, and return why it failed."""
        return (await self.failure()).reason
