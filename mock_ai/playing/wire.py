"""The connection of one reply: bytes in order, a close (FIN), and a reset (RST)."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from typing import TYPE_CHECKING, Final

from streamproof.mock_ai.clock import until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from streamproof.mock_ai.clock import Clock

try:
    import fcntl
    import termios
except ImportError:  # pragma: no cover  # not Unix: a reset may overtake the last bytes
    _OUTQ = None
else:
    _OUTQ = getattr(termios, "TIOCOUTQ", None)

# Close immediately with an RST: SO_LINGER on, with 0 seconds to linger.
_NO_LINGER: Final = struct.pack("ii", 1, 0)
_LONGEST_FLUSH_MS: Final = 2_000
_POLL_MS: Final = 1


def probe(transport: asyncio.Transport) -> None:
    """Let the kernel detect when the other side has vanished without a FIN or RST."""
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


class Wire:
    """Writes to a transport; `drained` waits until its protocol may write again.

    `full` is whether bytes were still buffered after the last write or drain.
    """

    __slots__ = ("_clock", "_drained", "full", "transport")

    def __init__(
        self, transport: asyncio.Transport, drained: Callable[[], Awaitable[None]], clock: Clock
    ) -> None:
        self.transport = transport
        self._drained = drained
        self._clock = clock
        self.full = transport.get_write_buffer_size() > 0

    def write(self, data: bytes) -> None:
        """Write bytes at once; raise `ConnectionError` if the client has left."""
        transport = self.transport
        if transport.is_closing():
            raise ConnectionResetError("the client left")
        transport.write(data)
        self.full = transport.get_write_buffer_size() > 0

    async def drain(self) -> None:
        """Wait until the kernel has all bytes; raise `ConnectionError` if the client has left."""
        transport = self.transport
        transport.set_write_buffer_limits(high=0)  # otherwise it waits only for some bytes
        await self._drained()
        transport.set_write_buffer_limits()
        self.full = transport.get_write_buffer_size() > 0

    def close(self) -> None:
        """Close the connection (FIN); over TLS after a `close_notify`."""
        self.transport.close()

    async def break_off(self) -> None:
        """Close the connection (FIN) without `close_notify` after the client has all bytes."""
        await flushed(self.transport, self._clock)
        self.transport.abort()

    async def close_half(self) -> None:
        """Close the sending direction (FIN), and wait; the client's leaving cancels this."""
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:  # over TLS, where asyncio cannot close one direction
            await flushed(self.transport, self._clock)
            self.transport.get_extra_info("socket").shutdown(socket.SHUT_WR)
        await asyncio.get_running_loop().create_future()

    async def reset(self) -> None:
        """Reset the connection (RST) after the client's kernel has all bytes or takes no more."""
        await reset(self.transport, self._clock)


class DirectWire(Wire):
    """Writes directly to the kernel, which is faster than through the transport, except over TLS.

    The owner of the connection must call `lost` when the connection is lost.
    """

    __slots__ = ("_fd",)

    def __init__(
        self, transport: asyncio.Transport, drained: Callable[[], Awaitable[None]], clock: Clock
    ) -> None:
        super().__init__(transport, drained, clock)
        fd: int = transport.get_extra_info("socket").fileno()
        encrypted = transport.get_extra_info("sslcontext") is not None
        posix = os.name == "posix"  # Windows can write only to files
        self._fd = fd if posix and not encrypted else -1

    def write(self, data: bytes) -> None:
        """Write bytes at once; raise `ConnectionError` if the client has left."""
        if self.full or self._fd < 0:
            super().write(data)
            return
        try:
            taken = os.write(self._fd, data)
        except BlockingIOError:
            taken = 0
        except OSError as error:
            raise ConnectionResetError("the client left") from error
        if taken < len(data):
            super().write(data[taken:])

    def lost(self) -> None:
        """Stop using the descriptor; another connection may get the same number."""
        self._fd = -1


async def flushed(transport: asyncio.Transport, clock: Clock) -> None:
    """Wait until the other side's kernel has all bytes or takes no more."""
    sock = transport.get_extra_info("socket")
    give_up_ms = clock.now_ms() + _LONGEST_FLUSH_MS
    while (transport.get_write_buffer_size() or _unacknowledged(sock)) and (
        clock.now_ms() < give_up_ms
    ):
        await until(clock, clock.now_ms() + _POLL_MS)


async def reset(transport: asyncio.Transport, clock: Clock) -> None:
    """Reset a connection (RST) after the other side's kernel has all bytes or takes no more."""
    await flushed(transport, clock)
    reset_now(transport)


def reset_now(transport: asyncio.Transport) -> None:
    """Reset a connection (RST); bytes that have not arrived are lost."""
    sock = transport.get_extra_info("socket")
    if sock.fileno() >= 0:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()


def _unacknowledged(sock: socket.socket) -> int:
    """Return how many bytes the other side has not acknowledged; 0 if that is unknown."""
    if _OUTQ is None or sock.fileno() < 0:
        return 0
    room = fcntl.ioctl(sock.fileno(), _OUTQ, struct.pack("i", 0))
    return int(struct.unpack("i", room)[0])
