"""The connection of a browser after the head of its response: it only sends.

aiohttp keeps a request, a response, two tasks and a parser for each request that it serves, which
is most of the memory of a stream. A stream needs none of them, so its connection is taken over.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from aiohttp import HttpVersion11

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import web

    _TakenOver = Callable[[asyncio.BaseTransport], Callable[[], object]]


MAX_WAITING_BYTES: Final = 65_536
"""With more than this waiting in memory, a browser is behind, and is sent frames from the log."""
UNSENT_BYTES: Final = 65_536
"""Bytes that the kernel takes before the network has room for them. By default it takes megabytes,
and copying those for browsers that do not read takes the core from all other streams."""


class BrowserConnection(asyncio.Protocol):
    """Sends the body of one response, and calls `on_lost` if the browser leaves before its end."""

    __slots__ = ("_chunked", "_closed", "_drained", "_no_longer_open", "_on_lost", "_transport")

    def __init__(self, request: web.Request) -> None:
        """Take over the connection of a request whose response has only its head.

        The response must have announced the end of the connection. Raises `ConnectionResetError`
        if the browser has left.
        """
        handler, transport = request.protocol, request.transport
        if transport is None:
            raise ConnectionResetError
        self._chunked = request.version >= HttpVersion11
        self._transport: asyncio.Transport | None = transport
        self._on_lost: Callable[[], object] = _ignore
        self._drained: asyncio.Future[None] | None = None
        """Not None: the transport has more than it wants, until the browser reads."""
        self._closed: asyncio.Future[None] | None = None
        # A server that counts its connections has a protocol with this method.
        taken_over: _TakenOver = getattr(handler, "taken_over", _is_not_counted)
        self._no_longer_open = taken_over(transport)
        # aiohttp internals: `RequestHandler.transport` is None for a connection that was lost;
        # otherwise `RequestHandler.connection_lost` closes it.
        handler.transport = None
        handler.connection_lost(None)
        transport.set_protocol(self)
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):  # not on Windows
            with suppress(OSError):  # a Unix socket, or a browser that has just left
                transport.get_extra_info("socket").setsockopt(
                    socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES
                )
        transport.set_write_buffer_limits(MAX_WAITING_BYTES)  # those of TLS are higher
        transport.resume_reading()  # else the browser could not be seen to leave
        if transport.get_write_buffer_size() > MAX_WAITING_BYTES:
            self.pause_writing()

    @property
    def lost(self) -> bool:
        """Whether the connection is gone, or about to go."""
        return self._transport is None or self._transport.is_closing()

    def has_room(self, size: int) -> bool:
        """Tell whether some bytes can be written now, because the browser keeps up."""
        transport = self._transport
        return (
            transport is not None
            and not transport.is_closing()
            and transport.get_write_buffer_size() + size <= MAX_WAITING_BYTES
        )

    def on_lost(self, call: Callable[[], object]) -> None:
        """Call a function when the browser leaves; at once, if it has left."""
        self._on_lost = call
        if self.lost:
            call()

    def write(self, data: bytes) -> None:
        """Send bytes of the body; they wait in memory if the browser does not read."""
        if self._transport is not None:
            self._transport.write(b"%x\r\n%b\r\n" % (len(data), data) if self._chunked else data)

    async def drain(self) -> None:
        """Wait until few bytes wait; raises `ConnectionResetError` if the browser has left."""
        if self._drained is not None:
            await self._drained
        if self.lost:
            raise ConnectionResetError

    async def finish(self) -> None:
        """End the body, and wait until the browser has it and the connection is closed."""
        if self._transport is not None:
            self._closed = asyncio.get_running_loop().create_future()
            if self._chunked:
                self._transport.write(b"0\r\n\r\n")
            self._transport.close()
            await self._closed

    def abort(self) -> None:
        """Close the connection without an end of the body, so that the browser reconnects."""
        if self._transport is not None:
            self._transport.abort()

    def pause_writing(self) -> None:
        """Let `drain` wait."""
        self._drained = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        """End the wait of `drain`."""
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)
        self._drained = None

    def connection_lost(self, _exc: Exception | None) -> None:
        """End all waits."""
        self._transport = None
        self._no_longer_open()
        self._no_longer_open = _ignore
        self.resume_writing()
        if self._closed is None:
            self._on_lost()
        elif not self._closed.done():
            self._closed.set_result(None)
        self._on_lost = _ignore


def _ignore() -> None:
    """Do nothing: the stream has not begun, or is over."""


def _is_not_counted(_: asyncio.BaseTransport) -> Callable[[], object]:
    """Return what is called at the end of a connection that no server counts."""
    return _ignore
