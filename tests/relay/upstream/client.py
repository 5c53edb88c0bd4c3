"""The upstream client under test, with the events that it received."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from streamproof.contracts.sse import Event
from streamproof.relay.errors import UpstreamFailed
from streamproof.relay.fair_queue import FairQueue
from streamproof.relay.http_client import HttpClient
from streamproof.relay.lifecycle import Reason
from streamproof.relay.reply import IncomingReply
from streamproof.relay.settings import Settings
from streamproof.relay.upstream import UpstreamClient

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


class Client:
    """An upstream client that only records its sleeps, with the events that it received."""

    def __init__(self, url: str, *, chance: float = 1.0, **settings: Any) -> None:
        self.settings = Settings(
            ai_url=url, database="unused", jwt_secret="s" * 32, **{"attempts": 1, **settings}
        )
        self.slept: list[float] = []
        self.events: list[Event] = []
        self.direct: list[bool] = []
        """For each call of `take`, whether it ran outside the queue."""
        self.arrived = asyncio.Event()
        self.holding = False
        self.reply: IncomingReply | None = None
        self.has_content = False
        self.upstream = UpstreamClient(
            HttpClient(self.settings.stream_url),
            self.settings,
            FairQueue(),
            random=lambda: chance,
            sleep=self.sleep,
            now=lambda: NOW,
        )

    async def sleep(self, seconds: float) -> None:
        """Record a sleep, and return at once."""
        self.slept.append(seconds)

    async def ask(self) -> IncomingReply:
        """Ask, and return the reply."""
        return await self.upstream.ask(
            "Cuti?",
            "room-1",
            "msg-1",
            "user-1",
            take=self.take,
            has_content=lambda: self.has_content,
        )

    async def run(self) -> list[Event]:
        """Read one reply to its end."""
        reply = await self.ask()
        await reply.read()
        return self.events

    def take(self, reply: IncomingReply, events: list[Event]) -> None:
        """Keep events; with `holding`, take no more until `self.reply.go_on` is called."""
        self.events += events
        self.direct.append(reply.is_direct)
        self.arrived.set()
        self.reply = reply
        if not self.holding:
            reply.go_on()

    async def until(self, count: int) -> list[Event]:
        """Return the events as soon as there are that many, while `run` is a task."""
        while len(self.events) < count:
            self.arrived.clear()
            await self.arrived.wait()
        return self.events

    async def failure(self) -> UpstreamFailed:
        """Read one reply to its failure."""
        with pytest.raises(UpstreamFailed) as caught:
            await self.run()
        return caught.value

    async def reason(self) -> Reason:
        """Read one reply, and return why it failed."""
        return (await self.failure()).reason
