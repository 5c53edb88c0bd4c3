"""The response on one connection: its head, then the bytes of its body as they arrive.

llhttp parses it, by way of httptools. Bytes of a body can be taken up to the place where it breaks
off, whatever follows them.
"""

from __future__ import annotations

import asyncio
import zlib
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias, cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser
from multidict import CIMultiDict

from streamproof.relay.errors import BrokenReply, NotHttp

if TYPE_CHECKING:
    from collections.abc import Callable

READ_BYTES: Final = 16_384
"""Bytes of one read of a body. Larger reads save little time, and hold up the other streams."""
MAX_WAITING_BYTES: Final = 2 * READ_BYTES
"""A connection with more bytes that wait in memory stops reading, until half of them are taken."""
MAX_HEAD_BYTES: Final = 65_536
"""Bytes without a byte of a body: of a head, of trailers, or around the size of a chunk."""
IDENTITY: Final = "identity"
CODINGS: Final = frozenset({IDENTITY, "gzip", "x-gzip", "deflate"})
"""The codings of a body that are read; a relay asks for `identity` only."""
_GZIP_OR_ZLIB: Final = 47

NOT_HTTP: Final = "the reply is not valid HTTP/1.1"
NO_HEAD: Final = "the connection closed before the response head was complete"
TOO_SHORT: Final = "the body is shorter than its Content-Length"
NO_LAST_CHUNK: Final = "the body ended before its last chunk"
CUT_CODING: Final = "the body ended inside its content coding"


class ResponseHead(NamedTuple):
    """The status and the headers of a response."""

    status: int
    headers: CIMultiDict[str]


def _ignore() -> None:
    """Do nothing: no body is read yet."""


class HttpResponse(asyncio.BufferedProtocol):
    """Sends one request on its connection, and receives the response.

    `on_change` is called in the callback of the socket when there are new bytes, or the body is
    over; so no task wakes up for them. Reads go to `read_buffer`, and are parsed before the next
    one: the connections of one event loop share it.
    """

    __slots__ = (
        "_complete",
        "_headers",
        "_lack",
        "_parser",
        "_paused",
        "_read_buffer",
        "_transport",
        "_unseen",
        "_waiter",
        "arrived",
        "error",
        "on_change",
    )

    def __init__(self, read_buffer: memoryview) -> None:
        self._read_buffer = read_buffer
        self.on_change: Callable[[], None] = _ignore
        self.error: BaseException | None = None
        """Why the body broke off; bytes that arrived before can still be taken."""
        self._transport: asyncio.Transport | None = None
        self._parser: HttpResponseParser | None = HttpResponseParser(self)
        self._parser.set_dangerous_leniencies(  # mistakes of some services that do no harm
            lenient_headers=True,
            lenient_optional_cr_before_lf=True,
            lenient_spaces_after_chunk_size=True,
        )
        self._waiter: asyncio.Future[ResponseHead] | None = None
        self._headers: CIMultiDict[str] | None = CIMultiDict()
        """None: the head is complete."""
        self.arrived = bytearray()
        """The bytes of the body that were not taken yet."""
        self._unseen = 0
        """Bytes since the last one of a body."""
        self._complete = False
        self._lack: str | None = None
        """What is missing if the connection closes before the end; None: its end is the end."""
        self._paused = False

    async def send(self, request: bytes) -> ResponseHead:
        """Send the request, and return the head of the response.

        Raises `BrokenReply`, and the error with which the connection ended.
        """
        if self._transport is None:
            raise self.error or BrokenReply(NO_HEAD)
        self._waiter = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._waiter

    @property
    def ended(self) -> bool:
        """Whether the body is complete, and all its bytes were taken."""
        return self._complete and not self.arrived

    @property
    def has_news(self) -> bool:
        """Whether there are bytes to take, or the body is over."""
        return bool(self.arrived) or self._complete or self.error is not None

    def take(self, max_bytes: int) -> bytes:
        """Return the next bytes that have arrived; empty if nothing has arrived."""
        if len(self.arrived) <= max_bytes:
            data = bytes(self.arrived)
            self.arrived.clear()
        else:
            data = bytes(memoryview(self.arrived)[:max_bytes])  # one copy, and not two
            del self.arrived[:max_bytes]
        if self._paused and len(self.arrived) <= MAX_WAITING_BYTES // 2 and self._transport:
            self._paused = False
            self._transport.resume_reading()
        return data

    def close(self) -> None:
        """Close the connection, and call `on_change` no more."""
        self.on_change = _ignore
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def get_buffer(self, _sizehint: int) -> memoryview:
        """Return where the next read goes: its size bounds the work in one turn of the loop."""
        return self._read_buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Parse what a read has brought."""
        if self._parser is None or self._complete or self.error is not None:
            return
        self._unseen += nbytes
        try:
            self._parser.feed_data(self._read_buffer[:nbytes])
        except HttpParserUpgrade:
            pass  # the head is complete; its status is refused
        except HttpParserError as error:
            if not self._complete:  # what follows the end is not read
                self._fail(NotHttp(NOT_HTTP), error)
        if self._unseen > MAX_HEAD_BYTES:
            self._fail(NotHttp(f"a head or a line has more than {MAX_HEAD_BYTES:,} bytes"))
        if len(self.arrived) >= MAX_WAITING_BYTES and self._transport and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        self.on_change()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the body; one that ends by a reset has an error, even if a close would complete it.

        What the system reports comes before what HTTP lacks.
        """
        self._transport = self._parser = None  # the parser refers to this object
        if not self._is_over:
            lack = NO_HEAD if self._headers is not None else self._lack
            if exc is not None or lack is not None:
                self._fail(exc or BrokenReply(lack))
            else:
                self._complete = True
        self.on_change()

    @property
    def _is_over(self) -> bool:
        return self._complete or self.error is not None

    def _fail(self, error: BaseException, cause: BaseException | None = None) -> None:
        if not self._is_over:
            self.error = error
            error.__cause__ = cause
            if self._waiter is not None and not self._waiter.done():
                self._waiter.set_exception(error)
        if self._transport is not None:
            self._transport.abort()

    # The parser calls what follows.

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; trailers are not kept."""
        if self._headers is not None:
            text = value.decode("utf-8", "surrogateescape")
            self._headers.add(name.decode("utf-8", "surrogateescape"), text)

    def on_headers_complete(self) -> None:
        """Report the head, unless it only announces another one."""
        assert self._parser is not None and self._headers is not None  # noqa: S101, PT018 - it calls
        if self._is_informational:
            self._headers.clear()
            return
        head = ResponseHead(self._parser.get_status_code(), self._headers)
        self._headers = None
        codings = ",".join(head.headers.getall("Transfer-Encoding", ())).lower().split(",")
        if codings[-1].strip() == "chunked":
            self._lack = NO_LAST_CHUNK
        elif "Content-Length" in head.headers:
            self._lack = TOO_SHORT
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(head)
        self._waiter = None

    def on_body(self, data: bytes) -> None:
        """Keep bytes of the body until they are taken."""
        self._unseen = 0
        self.arrived += data

    def on_message_complete(self) -> None:
        """Note the end of the body; nothing that follows is read."""
        if self._is_informational:
            self._unseen = 0
            return
        self._complete = True
        if self._transport is not None:
            self._transport.abort()

    @property
    def _is_informational(self) -> bool:
        assert self._parser is not None  # noqa: S101 - it calls
        status = self._parser.get_status_code()
        return status < 200 and status != 101  # what follows a 101 is not HTTP


class UnpackedBody:
    """The body of a response with a coding: a small body could become a very large one."""

    __slots__ = ("_is_full", "_packed", "_response", "_unpacker")

    def __init__(self, response: HttpResponse) -> None:
        self._response = response
        self._unpacker = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._packed = b""
        self._is_full = False
        """Whether the last step reached its maximum, so the unpacker may hold more."""

    @property
    def error(self) -> BaseException | None:
        """Why the body broke off; bytes that arrived before can still be taken."""
        cut = self._is_unpacked and not self._unpacker.eof
        return BrokenReply(CUT_CODING) if cut else self._response.error

    @property
    def ended(self) -> bool:
        """Whether the body is complete, and all its bytes were taken."""
        return self._is_unpacked and self._unpacker.eof

    @property
    def _is_unpacked(self) -> bool:
        return self._response.ended and not (self._packed or self._is_full)

    @property
    def has_news(self) -> bool:
        """Whether there may be bytes to take, or the body is over."""
        return True

    def take(self, max_bytes: int) -> bytes:
        """Return the next bytes, unpacked; the rest stays packed until the next call.

        Raises `zlib.error` for a body that cannot be unpacked.
        """
        while True:
            packed = self._packed
            if not packed and not self._is_full:
                packed = self._response.take(max_bytes)
                if not packed:
                    return b""
            unpacked = self._unpacker.decompress(packed, max_bytes)
            self._packed = self._unpacker.unconsumed_tail
            self._is_full = len(unpacked) == max_bytes
            # Another member of the same body can follow (RFC 1952, section 2.2), or only zeros.
            if self._unpacker.eof and (rest := self._unpacker.unused_data.lstrip(b"\0")):
                self._unpacker, self._packed = zlib.decompressobj(_GZIP_OR_ZLIB), rest
            if unpacked:
                return unpacked


Body: TypeAlias = "HttpResponse | UnpackedBody"


def body_of(response: HttpResponse, coding: str) -> Body:
    """Return the body of a response whose coding is one of `CODINGS`."""
    return response if coding == IDENTITY else UnpackedBody(response)
