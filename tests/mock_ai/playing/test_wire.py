"""Both wires on real sockets: order, a full connection, a client that left."""

import asyncio
import os
import socket
from contextlib import asynccontextmanager

import pytest

from streamproof.mock_ai.clock import LoopClock
from streamproof.mock_ai.playing.wire import DirectWire, Wire

LARGE = bytes(range(256)) * 20_000  # more than the buffers of a connection


class Side(asyncio.Protocol):
    """Our side of a connection, which can wait until it may write."""

    def __init__(self):
        self.may_write = asyncio.Event()
        self.may_write.set()
        self.left = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        """Remember the number of the connection."""
        self.number = transport.get_extra_info("socket").fileno()

    def pause_writing(self):
        """Wait."""
        self.may_write.clear()

    def resume_writing(self):
        """Go on."""
        self.may_write.set()

    def connection_lost(self, exc):
        """Know it."""
        self.left.set_result(exc)


@asynccontextmanager
async def opened(kind):
    """Give a wire, the protocol behind it, and the socket at its other end."""
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
    """Read exactly that much."""
    data = bytearray()
    while len(data) < size:
        data += await asyncio.get_running_loop().sock_recv(sock, size - len(data))
    return bytes(data)


async def test_small_write_is_with_the_kernel_when_it_returns(ends):
    wire, _, theirs = ends
    wire.write(b"one")
    assert theirs.recv(100) == b"one"
    assert not wire.full


async def test_bytes_stay_in_order_however_full_the_connection_is(ends):
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


async def test_full_connection_takes_nothing_and_loses_nothing(ends):
    wire, _, theirs = ends
    wire.write(LARGE)
    first = theirs.recv(1_000_000)
    wire.write(b"behind")
    assert wire.full
    rest = await read(theirs, len(LARGE) + 6 - len(first))
    assert first + rest == LARGE + b"behind"


async def test_connection_that_empties_while_nobody_waits_is_not_full_once_drained(ends):
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


async def test_direct_write_to_a_client_that_has_just_left_is_one_too(direct_ends):
    wire, side, theirs = direct_ends
    theirs.close()
    with pytest.raises(ConnectionError):
        wire.write(b"late")
    await side.left


async def test_wire_that_is_lost_never_writes_to_who_has_its_number_now(direct_ends):
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
        wire.write(b"for somebody else")
    for sock in pair:
        sock.setblocking(False)
        with pytest.raises(BlockingIOError):
            sock.recv(100)
    for sock in pair:
        sock.close()
    if copied:
        os.close(number)
