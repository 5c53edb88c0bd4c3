"""Reads a stream from a URL, byte for byte, and stops at limits of time and size.

A body can end in three ways: closed properly (the last chunk arrived), aborted (a reset, or a
chunked body that was cut off), or still open when the reader stopped waiting.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from streamproof.contracts.sse import Event
from streamproof.contracts.transcript import Ending
from streamproof.harness.errors import UnreachableError, UsageError
from streamproof.harness.http.failing import (
    LONGEST_HEAD_LINE,
    MOST_HEADERS,
    NOT_DECODED,
    failure_text,
    is_limit_of_client,
)
from streamproof.harness.http.headers import with_headers
from streamproof.harness.http.reading import (
    MAX_BYTES,
    MAX_EVENTS,
    StreamReading,
    StreamRecorder,
)


@dataclass(frozen=True, slots=True)
class HttpCall:
    """One HTTP request; at most one of `json`, `form` and `data` is sent as its body.

    With `multipart`, the form is sent as `multipart/form-data`.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    json: object = None
    form: tuple[tuple[str, str], ...] = ()
    data: bytes | None = None
    multipart: bool = False


def body_of(call: HttpCall) -> aiohttp.FormData | bytes | None:
    """Return the body for aiohttp, which encodes a form; it makes that of `json` itself."""
    if call.form:
        return aiohttp.FormData(call.form, default_to_multipart=call.multipart)
    return call.data


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """How long the reader waits, and how much it takes.

    A service that needs longer counts as stalled. One that sends more is not read to its end.
    """

    connect_seconds: float = 5.0
    silence_seconds: float = 30.0
    total_seconds: float = 300.0
    max_bytes: int = MAX_BYTES
    max_events: int = MAX_EVENTS


def client_session(
    *,
    insecure: bool = False,
    **options: Any,  # noqa: ANN401  # those of aiohttp
) -> aiohttp.ClientSession:
    """Return a session that reads large response heads; `insecure` accepts any certificate.

    `options` are those of aiohttp, without `connector`. Each request has a connection of its own: a
    server may close one that it has kept at the moment at which it is used again, and that would be
    taken for a fault of the server.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=not insecure, force_close=True, limit=0),
        max_line_size=LONGEST_HEAD_LINE,
        max_field_size=LONGEST_HEAD_LINE,
        max_headers=MOST_HEADERS,
        **options,
    )


DECODED = frozenset({"", "identity", "gzip", "deflate", "br", "zstd"})
"""The codings of a body that the client decodes, as browsers do."""

OnEvent = Callable[[Event], Awaitable[None]]


async def _ignore(event: Event) -> None:
    """Ignore an event."""


async def read_stream(
    session: aiohttp.ClientSession,
    call: HttpCall,
    limits: ReadLimits | None = None,
    on_event: OnEvent = _ignore,
) -> StreamReading:
    """Send a request and read the response to its end.

    `on_event` is awaited for every event before more is read. Raises `UnreachableError` if no
    connection can be made, and `UsageError` if the URL is not valid. If the connection breaks
    before the headers, the reading has status 0.
    """
    return await _Reader(session, call, limits or ReadLimits(), on_event).read()


class _Reader:
    """One request with its response."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        call: HttpCall,
        limits: ReadLimits,
        on_event: OnEvent,
    ) -> None:
        self._session = session
        self._call = call
        self._limits = limits
        self._on_event = on_event
        self._clock = asyncio.get_running_loop().time
        self._recorder = StreamRecorder(
            started=self._clock(), max_bytes=limits.max_bytes, max_events=limits.max_events
        )

    async def read(self) -> StreamReading:
        """Read the whole response."""
        try:
            async with asyncio.timeout(self._limits.total_seconds):
                return await self._read()
        except TimeoutError:
            return self._finish(Ending.OPEN, f"still open after {self._limits.total_seconds:g} s")

    async def _read(self) -> StreamReading:
        try:
            async with asyncio.timeout(self._limits.silence_seconds):
                response = await self._request()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise UnreachableError(failure_text(error, self._call.url)) from error
        except aiohttp.InvalidURL as error:
            raise UsageError(f"not a URL: {self._call.url}") from error
        except TimeoutError:
            return self._finish(Ending.OPEN, self._silence("no response headers"))
        except aiohttp.ClientError as error:
            ending = Ending.UNREAD if is_limit_of_client(error) else Ending.ABORTED
            return self._finish(ending, failure_text(error))
        async with response:
            self._recorder.status = response.status
            self._recorder.headers = _lower(response.headers)
            return await self._body(response.content)

    async def _request(self) -> aiohttp.ClientResponse:
        call = self._call
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=self._limits.connect_seconds)
        return await self._session.request(
            call.method,
            call.url,
            headers=with_headers({"Accept": "text/event-stream"}, call.headers),
            json=call.json,
            data=body_of(call),
            timeout=timeout,
            allow_redirects=False,
        )

    async def _body(self, content: aiohttp.StreamReader) -> StreamReading:
        while not self._recorder.overflowed:
            try:
                async with asyncio.timeout(self._limits.silence_seconds):
                    chunk = await content.readany()
            except TimeoutError:
                return self._finish(Ending.OPEN, self._silence("nothing more arrived"))
            except (aiohttp.ClientError, ConnectionError) as error:
                await self._take(_unread_bytes(content))
                return self._finish(Ending.ABORTED, self._with_coding(failure_text(error)))
            if not chunk and content.at_eof():
                return self._finish(Ending.CLOSED, self._unknown_coding())
            await self._take(chunk)
        return self._finish(Ending.UNREAD)

    async def _take(self, chunk: bytes) -> None:
        for event in self._recorder.feed(chunk, self._now_ms()) if chunk else ():
            await self._on_event(event)

    @property
    def _coding(self) -> str:
        return self._recorder.headers.get("content-encoding", "").strip().lower()

    def _with_coding(self, problem: str) -> str:
        """Add what a browser does to a body that cannot be decoded."""
        if problem != NOT_DECODED:
            return problem
        return f"{problem} ('{self._coding}'); a browser fails as well"

    def _unknown_coding(self) -> str | None:
        """Return a note if the body was read as it is, although its coding is unknown."""
        if not self._session.auto_decompress or self._coding in DECODED:
            return None
        coding = f"the Content-Encoding '{self._coding}' is unknown"
        return f"{coding}, so the body was read as it is, which Chromium does as well"

    def _silence(self, what: str) -> str:
        return f"{what} in {self._limits.silence_seconds:g} s"

    def _now_ms(self) -> float:
        return (self._clock() - self._recorder.started) * 1000

    def _finish(self, ending: Ending, problem: str | None = None) -> StreamReading:
        return self._recorder.finish(ending, self._now_ms(), problem)


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers by lower-case name; the values of a repeated one are joined by commas."""
    found: dict[str, str] = {}
    for name, value in headers.items():
        key = name.lower()
        found[key] = f"{found[key]}, {value}" if key in found else value
    return found


def _unread_bytes(content: aiohttp.StreamReader) -> bytes:
    """Return the bytes that arrived together with an error."""
    # aiohttp internals: the public methods raise the error, and lose these bytes.
    # tests/test_aiohttp_internals.py checks `StreamReader._read_nowait`.
    return content._read_nowait(-1)  # noqa: SLF001
