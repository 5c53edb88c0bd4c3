"""Limits of the connections to a server of aiohttp: their number, and the time for a head.

aiohttp closes an idle connection after its keep-alive time, and a half-sent head counts as idle.
Here a head that has begun has a shorter time, however many bytes still drip in.

All connections share the event loop fairly. When many requests arrive together, only a few begin in
each turn of the loop, in the order in which they came; the sockets of the others are not read.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final
from weakref import WeakSet

from aiohttp import web

from streamproof.relay.fair_queue import FairQueue

if TYPE_CHECKING:
    from collections.abc import Callable


READING_SECONDS: Final = 0.00025
"""What reading requests may take in one turn of the loop: to answer one takes ten times as long."""
_HEAD_END: Final = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """The seconds from the first byte of a head to its last, and the number of connections."""

    head_seconds: float
    max_connections: int
    first: tuple[bytes, ...] = ()
    """How the requests begin that wait only for each other: they ask whether the server works."""


class _LimitedConnection(web.RequestHandler):
    """A connection of one server; `with_limits` makes a subclass for each server."""

    __slots__ = ()
    limits: ClassVar[ConnectionLimits]
    open_now: ClassVar[WeakSet[asyncio.BaseTransport]]
    reading: ClassVar[FairQueue]
    reading_first: ClassVar[FairQueue]
    waiting: ClassVar[dict[web.RequestHandler, bytes]]
    """The bytes of each connection that is in one of the queues."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Close the connection at once if there are too many."""
        super().connection_made(transport)
        if len(self.open_now) >= self.limits.max_connections:
            self.force_close()
        else:
            self.open_now.add(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Make place for another connection."""
        if self.transport is not None:
            self.open_now.discard(self.transport)
        super().connection_lost(exc)

    def taken_over(self, transport: asyncio.BaseTransport) -> Callable[[], None]:
        """Return what another protocol, which gets the connection, has to call at its end.

        The relay takes over the connections of its streams, so their end is not seen here.
        """
        return partial(self.open_now.discard, transport)

    def data_received(self, data: bytes) -> None:
        """Take bytes from the socket, or keep them until it is their turn."""
        if not data:  # aiohttp goes on with the bytes that it has
            self._receive(data)
        elif self in self.waiting:  # some transports still bring bytes after a pause
            self.waiting[self] += data
        else:
            self.waiting[self] = data
            queue = self.reading_first if self._only_asks_first(data) else self.reading
            if not queue.run(self._receive_waiting):
                self._pause_while_waiting()

    def close(self) -> None:
        """Close after the requests that have arrived, when the server shuts down."""
        self._receive_waiting()
        super().close()

    def resume_reading(self, resume_parser: bool = True) -> None:  # noqa: FBT001, FBT002 - the signature of aiohttp
        """Continue to read the body, unless bytes of it wait already."""
        super().resume_reading(resume_parser)
        self._pause_while_waiting()

    def _pause_while_waiting(self) -> None:
        """Leave further bytes in the socket, so that few wait here, and in their order."""
        if self in self.waiting and self.transport is not None:
            self.transport.pause_reading()

    def _only_asks_first(self, data: bytes) -> bool:
        """Tell whether bytes are one request that waits only for others like it."""
        is_one = data.endswith(_HEAD_END) and data.count(_HEAD_END) == 1
        return is_one and data.startswith(self.limits.first)

    def _receive_waiting(self) -> bool:
        """Take the bytes that wait, unless the connection was closed; return False: all are taken.

        After an error the connection closes, as asyncio does it for an error in `data_received`.
        """
        data = self.waiting.pop(self, b"")
        if data and self.transport is not None and not self.transport.is_closing():
            self.transport.resume_reading()
            try:
                self._receive(data)
            except Exception:
                self.force_close()
                raise
        return False

    def _receive(self, data: bytes) -> None:
        """Take bytes; a head that has begun must be complete in time."""
        super().data_received(data)
        if not self._waits_for_head():
            return
        # aiohttp internals: `_keepalive_handle` closes the connection at
        # `_next_keepalive_close_time`, which each reply moves. Older versions of aiohttp set
        # neither before the first reply of a connection.
        close_at = self._loop.time() + self.limits.head_seconds
        if self._keepalive_handle is not None:
            if close_at >= self._next_keepalive_close_time:
                return
            self._keepalive_handle.cancel()
        self._next_keepalive_close_time = close_at
        self._keepalive_handle = self._loop.call_at(close_at, self._close_half_head)

    def _waits_for_head(self) -> bool:
        """Tell whether no complete head has come since the last reply."""
        # aiohttp internals: `RequestHandler._waiter` waits for it.
        return self._waiter is not None and not self._waiter.done()

    def _close_half_head(self) -> None:
        self._keepalive_handle = None
        close_at = self._next_keepalive_close_time
        if self._loop.time() < close_at:  # the time of the idle connection after a reply
            self._keepalive_handle = self._loop.call_at(close_at, self._close_half_head)
        elif self._waits_for_head():
            self.force_close()


def with_limits(
    factory: Callable[[], web.RequestHandler], limits: ConnectionLimits
) -> Callable[[], web.RequestHandler]:
    """Return a factory of protocols with limits, which apply to all that it returns together."""
    base = type(factory())  # aiohttp has no other way to choose the class
    attributes = {"__slots__": (), "limits": limits, "open_now": WeakSet[asyncio.BaseTransport]()}
    attributes |= {name: FairQueue(READING_SECONDS) for name in ("reading", "reading_first")}
    attributes["waiting"] = {}
    limited = type("LimitedConnection", (_LimitedConnection, base), attributes)

    def protocol() -> web.RequestHandler:
        handler = factory()
        handler.__class__ = limited
        return handler

    return protocol
