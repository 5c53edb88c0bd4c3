"""Both wires on real sockets: order of bytes, full connections, and clients that left."""

import asyncio
import os
import socket
from contextlib import asynccontextmanager, suppress

import pytest

from streamproof.mock_ai.clock import LoopClock
from streamproof.mock_ai.playing.wire import DirectWire, Wire, reset

LARGE = bytes(range(256)) * 20_000  # more than the buffers of a connection


class Side(asyncio.Protocol):
    """The protocol of the mock's side of a connection."""

    def __init__(self):
        self.may_write = asyncio.Event()
        self.may_write.set()
        self.left = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        """Keep the transport and the descriptor of the connection."""
        self.transport = transport
        self.number = transport.get_extra_info("socket").fileno()

    def pause_writing(self):
        """Stop writing."""
        self.may_write.clear()

    def resume_writing(self):
        """Continue writing."""
        self.may_write.set()

    def connection_lost(self, exc):
        """Report that the connection is lost."""
        self.left.set_result(exc)


@asynccontextmanager
async def opened(kind):
    """Yield a wire, its protocol, and the socket at the other end."""
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    transport, side = await asyncio.get_running_loop().create_connection(Side, sock=ours)
    try:
        yield kind(transport, side.may_write.wait, LoopClock()), side, theirs
    finally:
        theirs.close()
        transport.abort()
        await side.left


@pytest.fixture(params=[Wire, DirectWire])
async def ends(request):
    async with opened(request.param) as given:
        yield given


@pytest.fixture
async def direct_ends():
    async with opened(DirectWire) as given:
        yield given


async def read(sock, size):
    """Read exactly `size` bytes."""
    data = bytearray()
    while len(data) < size:
        data += await asyncio.get_running_loop().sock_recv(sock, size - len(data))
    return bytes(data)


async def test_small_write_reaches_the_kernel_before_it_returns(ends):
    wire, _, theirs = ends
    wire.write(b"one")
    assert theirs.recv(100) == b"one"
    assert not wire.full


async def test_bytes_stay_in_order_on_a_full_connection(ends):
    wire, _, theirs = ends
    wire.write(LARGE)
    assert wire.full
    wire.write(b"next")
    reading = asyncio.ensure_future(read(theirs, len(LARGE) + 4))
    await wire.drain()
    assert not wire.full
    wire.write(b"last")
    assert await reading == LARGE + b"next"
    assert theirs.recv(100) == b"last"


async def test_full_connection_loses_no_bytes(ends):
    wire, _, theirs = ends
    wire.write(LARGE)
    first = theirs.recv(1_000_000)
    wire.write(b"behind")
    assert wire.full
    rest = await read(theirs, len(LARGE) + 6 - len(first))
    assert first + rest == LARGE + b"behind"


async def test_emptied_connection_is_not_full_after_a_drain(ends):
    wire, side, theirs = ends
    wire.write(LARGE)
    assert await read(theirs, len(LARGE)) == LARGE
    await side.may_write.wait()
    await wire.drain()
    assert not wire.full


async def test_write_to_a_client_that_left_is_a_connection_error(ends):
    wire, side, theirs = ends
    theirs.close()
    await side.left
    if isinstance(wire, DirectWire):
        wire.lost()
    with pytest.raises(ConnectionError):
        wire.write(b"late")


async def test_direct_write_buffers_bytes_that_the_kernel_does_not_take(direct_ends):
    wire, side, theirs = direct_ends
    filled = 0
    with suppress(BlockingIOError):
        while True:
            filled += os.write(side.number, b"x" * 65_536)
    wire.write(b"next")
    assert wire.full
    assert (await read(theirs, filled + 4)).endswith(b"xnext")


async def test_reset_of_a_lost_connection_does_nothing(ends):
    _, side, theirs = ends
    theirs.close()
    await side.left
    await asyncio.sleep(0)
    await reset(side.transport, LoopClock())


async def test_direct_write_to_a_client_that_has_just_left_is_a_connection_error(direct_ends):
    wire, side, theirs = direct_ends
    theirs.close()
    with pytest.raises(ConnectionError):
        wire.write(b"late")
    await side.left


async def test_lost_wire_does_not_write_to_a_new_connection_with_its_descriptor(direct_ends):
    wire, side, theirs = direct_ends
    number = side.number
    theirs.close()
    await side.left
    wire.lost()
    pair = socket.socketpair()
    copied = number not in {sock.fileno() for sock in pair}
    if copied:
        os.dup2(pair[0].fileno(), number)
    with pytest.raises(ConnectionError):
        wire.write(b"for another connection")
    for sock in pair:
        sock.setblocking(False)
        with pytest.raises(BlockingIOError):
            sock.recv(100)
    for sock in pair:
        sock.close()
    if copied:
        os.close(number)
