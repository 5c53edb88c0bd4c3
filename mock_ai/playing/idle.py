"""Idle connections: closes a connection on which no request follows a reply in time."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from weakref import ReferenceType, WeakKeyDictionary, ref

from streamproof.mock_ai.playing.wire import reset_now

if TYPE_CHECKING:
    import asyncio

    from streamproof.mock_ai.actions import Closing
    from streamproof.mock_ai.clock import Clock, Timer


class IdleConnections:
    """The connections that close unless another request arrives."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._timers: WeakKeyDictionary[asyncio.Transport, Timer] = WeakKeyDictionary()

    def watch(self, transport: asyncio.Transport, closing: Closing, for_ms: float) -> None:
        """Close the connection if it stays idle for this time."""
        at_ms = self._clock.now_ms() + for_ms
        close = partial(self._close, ref(transport), closing)
        self._timers[transport] = self._clock.call_at(at_ms, close)

    def used(self, transport: asyncio.Transport) -> None:
        """Keep the connection, because a request has arrived."""
        if self._timers and (timer := self._timers.pop(transport, None)):
            timer.cancel()

    def _close(self, watched: ReferenceType[asyncio.Transport], closing: Closing) -> None:
        transport = watched()
        if transport is None or transport.is_closing():
            return
        del self._timers[transport]
        if closing.reset:
            reset_now(transport)
        elif closing.close_notify:
            transport.close()
        else:
            transport.abort()
