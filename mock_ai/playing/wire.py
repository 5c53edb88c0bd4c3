"""The connection of one reply: bytes in order, a plain close, a true reset."""

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
except ImportError:  # pragma: no cover  # not a Unix: a reset may overtake the last bytes
    _OUTQ = None
else:
    _OUTQ = getattr(termios, "TIOCOUTQ", None)

# Close at once, and tell the other side by RST: SO_LINGER on, with no seconds to linger.
_NO_LINGER: Final = struct.pack("ii", 1, 0)
_LONGEST_FLUSH_MS: Final = 2_000
_POLL_MS: Final = 1


def probe(transport: asyncio.Transport) -> None:
    """Let the kernel find out when the other side has vanished without a word."""
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


class Wire:
    """Writes to a transport; `drained` waits until its protocol may write again.

    `full` tells whether the kernel had not taken everything when it was last written or drained.
    """

    __slots__ = ("_clock", "_drained", "_transport", "full")

    def __init__(
        self, transport: asyncio.Transport, drained: Callable[[], Awaitable[None]], clock: Clock
    ) -> None:
        self._transport = transport
        self._drained = drained
        self._clock = clock
        self.full = transport.get_write_buffer_size() > 0

    def write(self, data: bytes) -> None:
        """Hand bytes over in one write; raises `ConnectionError` once the client has left."""
        transport = self._transport
        if transport.is_closing():
            raise ConnectionResetError("the client left")
        transport.write(data)
        self.full = transport.get_write_buffer_size() > 0

    async def drain(self) -> None:
        """Wait until the kernel has everything; raises `ConnectionError` like `write`."""
        transport = self._transport
        transport.set_write_buffer_limits(high=0)  # otherwise only for some of it
        await self._drained()
        transport.set_write_buffer_limits()
        self.full = transport.get_write_buffer_size() > 0

    def close(self) -> None:
        """Close the connection (FIN)."""
        self._transport.close()

    async def close_half(self) -> None:
        """Close our direction (FIN), and stay until the client leaves, which cancels this."""
        self._transport.write_eof()
        await asyncio.get_running_loop().create_future()

    async def reset(self) -> None:
        """Reset the connection (RST), once the client's kernel has all bytes or takes no more."""
        await reset(self._transport, self._clock)


class DirectWire(Wire):
    """Writes to the kernel past its transport, which takes many steps for each write.

    Who has the connection says when it is `lost`.
    """

    __slots__ = ("_fd",)

    def __init__(
        self, transport: asyncio.Transport, drained: Callable[[], Awaitable[None]], clock: Clock
    ) -> None:
        super().__init__(transport, drained, clock)
        fd: int = transport.get_extra_info("socket").fileno()
        self._fd = fd if os.name == "posix" else -1  # Windows can write only to files

    def write(self, data: bytes) -> None:
        """Hand bytes over in one write; raises `ConnectionError` once the client has left."""
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
        """Know that another connection may have the same number from now on."""
        self._fd = -1


async def reset(transport: asyncio.Transport, clock: Clock) -> None:
    """Reset a connection (RST), once the other side's kernel has all bytes or takes no more."""
    sock = transport.get_extra_info("socket")
    give_up_ms = clock.now_ms() + _LONGEST_FLUSH_MS
    while (transport.get_write_buffer_size() or _unacknowledged(sock)) and (
        clock.now_ms() < give_up_ms
    ):
        await until(clock, clock.now_ms() + _POLL_MS)
    if sock.fileno() >= 0:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()


def _unacknowledged(sock: socket.socket) -> int:
    """Return how many bytes the other side has not taken, or 0 where that cannot be known."""
    if _OUTQ is None or sock.fileno() < 0:
        return 0
    room = fcntl.ioctl(sock.fileno(), _OUTQ, struct.pack("i", 0))
    return int(struct.unpack("i", room)[0])
