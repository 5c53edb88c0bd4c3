"""The HTTP client for the AI service, which loses no byte of a body that breaks off.

aiohttp has no public interface for that, so this module and `upstream` use private places of it.
Each has a comment `aiohttp internals`; `tests/test_aiohttp_internals.py` checks them, and
`pyproject.toml` limits aiohttp to the minor versions that were tested.
"""

from __future__ import annotations

import zlib
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

import aiohttp
from aiohttp.client_proto import ResponseHandler

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from types import SimpleNamespace

IDENTITY: Final = "identity"
CODINGS: Final = frozenset({IDENTITY, "gzip", "x-gzip", "deflate"})
"""The codings of a body that are read; a relay asks for `identity` only."""
_GZIP_OR_ZLIB: Final = 47
READ_BYTES: Final = 16_384
"""Bytes of one read of a body. Larger reads save little time, and hold up the other streams."""


def open_session() -> aiohttp.ClientSession:
    """Open the session for an `UpstreamClient`; the caller closes it.

    It keeps no cookies, does not limit the number of connections, and does not reuse them: a POST
    on a connection that the server is closing would be lost, and must not be repeated.
    """
    trace = aiohttp.TraceConfig()
    trace.on_connection_create_end.append(_report_connection)
    return aiohttp.ClientSession(
        connector=_Connector(),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,  # a small body could become a very large one
        read_bufsize=READ_BYTES,
        timeout=aiohttp.ClientTimeout(),  # no limits: TurnDeadlines sets them, each with a reason
        trace_configs=[trace],
    )


def _ignore() -> None:
    """Do nothing: no body is read yet."""


class _HeadFirstProtocol(ResponseHandler):
    """Passes the head of a response to the parser line by line, and then the body.

    If the parser finds an error, it discards everything that it read in the same call. With the
    head in calls of its own, an error in the framing of the body cannot discard the head, and
    with it the valid part of the body. After each read it calls `on_change`.
    """

    on_change: Callable[[], None] = staticmethod(_ignore)

    def data_received(self, data: bytes) -> None:
        """Take bytes from the socket; an empty value resumes the parser."""
        # aiohttp internals: `ResponseHandler._payload` is None until the head is complete.
        while self._payload is None and (line_end := data.find(b"\n") + 1):
            super().data_received(data[:line_end])
            data = data[line_end:]
            if not data:
                return
        super().data_received(data)
        self.on_change()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Bound the bytes of one read, and with them the work in one turn of the event loop."""
        super().connection_made(transport)
        with suppress(AttributeError):
            # asyncio's transports have this attribute; others ignore it.
            transport.max_size = READ_BYTES  # type: ignore[attr-defined]

    def resume_reading(self, *args: bool, **named: bool) -> None:
        """Read on if reading was paused; aiohttp calls this for each part of a body."""
        # aiohttp internals: `BaseProtocol._reading_paused` is set by `pause_reading`.
        if self._reading_paused:
            super().resume_reading(*args, **named)

    def connection_lost(self, reason: BaseException | None) -> None:
        """End the body; one that ends by a reset has an error, even if a close would complete it.

        aiohttp takes a reset for the proper end of a body without a length.
        """
        # aiohttp internals: `ResponseHandler._payload` is the body, until the connection is lost.
        body = self._payload
        if reason is not None and body is not None and not body.is_eof():
            body.set_exception(aiohttp.ClientPayloadError(f"connection lost: {reason}"))
        super().connection_lost(reason)
        error = self.exception()
        if reason is not None and error is not None and error is not reason:
            error.__cause__ = reason  # aiohttp sets it only if a task waits for the error
        self.on_change()


class _Connector(aiohttp.TCPConnector):
    """Gives each connection the protocol above."""

    def __init__(self) -> None:
        super().__init__(limit=0, force_close=True)
        protocol: type[ResponseHandler] = _HeadFirstProtocol
        # aiohttp internals: `TCPConnector._factory` makes the protocol of each connection.
        self._factory = partial(protocol, loop=self._loop)


class _WithoutChunks(aiohttp.StreamReader):
    """A body that does not note the end of each chunk: the relay never reads by chunk."""

    __slots__ = ()

    def begin_http_chunk_receiving(self) -> None:
        """Do nothing at the start of a chunk."""

    def end_http_chunk_receiving(self) -> None:
        """Do nothing at the end of a chunk."""


class ResponseBody:
    """The body of a response, whose bytes are taken as they arrive.

    `on_change` is called in the callback of the socket when there are new bytes, or the body has
    ended; so no task wakes up for them.
    """

    def __init__(self, response: aiohttp.ClientResponse, on_change: Callable[[], None]) -> None:
        self._content = response.content
        if type(self._content) is aiohttp.StreamReader:  # it is another class for an empty body
            # aiohttp internals: `StreamReader._http_chunk_splits` has the ends of the chunks.
            self._content._http_chunk_splits = None  # noqa: SLF001
            self._content.__class__ = _WithoutChunks
        coding = response.headers.get("Content-Encoding", IDENTITY).lower()
        self._unpacker = zlib.decompressobj(_GZIP_OR_ZLIB) if coding != IDENTITY else None
        self._packed = b""
        self._protocol: _HeadFirstProtocol | None = None
        connection = response.connection
        if connection is None or connection.protocol is None:  # the body is complete
            return
        assert isinstance(connection.protocol, _HeadFirstProtocol)  # noqa: S101 - see `_Connector`
        self._protocol = connection.protocol
        # aiohttp internals: `ResponseHandler.closed` is a future that ends with the connection, or
        # None if the connection was lost before.
        if (closed := self._protocol.closed) is None:
            self._fail()
        else:
            closed.add_done_callback(self._on_closed)
        self._protocol.on_change = on_change  # at last: the caller has no body to look at before

    @property
    def error(self) -> BaseException | None:
        """Why the body broke off; bytes that arrived before can still be taken."""
        return self._content.exception()

    @property
    def connection_error(self) -> BaseException | None:
        """The error with which the connection ended, if it did."""
        return None if self._protocol is None else self._protocol.exception()

    @property
    def ended(self) -> bool:
        """Whether the body is complete, and all its bytes were taken."""
        return self._content.at_eof() and not self._packed and self.error is None

    def take(self, max_bytes: int) -> bytes:
        """Return the next bytes that have arrived; empty if nothing has arrived.

        Raises `zlib.error` for a body that cannot be unpacked.
        """
        if self._packed:
            return self._unpacked(self._packed, max_bytes)
        # aiohttp internals: the public methods raise the error, and lose the bytes that arrived
        # before it. `StreamReader._read_nowait` returns them.
        data = self._content._read_nowait(max_bytes)  # noqa: SLF001
        return self._unpacked(data, max_bytes) if data and self._unpacker else data

    def _unpacked(self, data: bytes, max_bytes: int) -> bytes:
        """Return at most `max_bytes`; the rest stays packed until the next call."""
        assert self._unpacker is not None  # noqa: S101 - there is packed data
        unpacked = self._unpacker.decompress(data, max_bytes)
        self._packed = self._unpacker.unconsumed_tail
        return unpacked or (self.take(max_bytes) if self._packed else b"")

    def may_have_more_than(self, taken: bytes, max_bytes: int) -> bool:
        """Tell whether `take` may have left something: bytes, the end or an error."""
        content = self._content
        is_over = content.is_eof() or content.exception() is not None
        return is_over or len(taken) >= max_bytes or self._unpacker is not None

    def leave(self) -> None:
        """Call `on_change` no more."""
        if self._protocol is not None:
            self._protocol.on_change = _ignore

    def _on_closed(self, closed: asyncio.Future[None]) -> None:
        closed.exception()  # marks it as retrieved; asyncio would log it otherwise
        self._fail()

    def _fail(self) -> None:
        """Make the body fail with its connection, unless it is complete.

        After an error in the framing of the body, aiohttp closes the connection, but a reader of
        the body would wait without end.
        """
        assert self._protocol is not None  # noqa: S101 - set before
        if not self._content.is_eof() and self._content.exception() is None:
            lost = aiohttp.ClientPayloadError("connection lost")
            lost.__cause__ = self._protocol.exception()
            self._content.set_exception(lost)
        self._protocol.on_change()


async def _report_connection(
    _session: aiohttp.ClientSession,
    context: SimpleNamespace,
    _params: aiohttp.TraceConnectionCreateEndParams,
) -> None:
    """Call the function that the request carries: the connection exists, the headers are next."""
    context.trace_request_ctx()
