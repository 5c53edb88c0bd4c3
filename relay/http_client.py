"""The HTTP client for the AI service, which loses no byte of a body that breaks off.

aiohttp has no public interface for that, so this module and `upstream` use private places of it.
Each has a comment `aiohttp internals`; `tests/test_aiohttp_internals.py` checks them, and
`pyproject.toml` limits aiohttp to the minor versions that were tested.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import aiohttp
from aiohttp.client_proto import ResponseHandler

if TYPE_CHECKING:
    import asyncio
    from types import SimpleNamespace


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
        timeout=aiohttp.ClientTimeout(),  # no limits: TurnDeadlines sets them, each with a reason
        trace_configs=[trace],
    )


class _HeadFirstProtocol(ResponseHandler):
    """Passes the head of a response to the parser line by line, and then the body.

    If the parser finds an error, it discards everything that it read in the same call. With the
    head in calls of its own, an error in the framing of the body cannot discard the head, and
    with it the valid part of the body.
    """

    def data_received(self, data: bytes) -> None:
        """Take bytes from the socket; an empty value resumes the parser."""
        # aiohttp internals: `ResponseHandler._payload` is None until the head is complete.
        while self._payload is None and (line_end := data.find(b"\n") + 1):
            super().data_received(data[:line_end])
            data = data[line_end:]
            if not data:
                return
        super().data_received(data)


class _Connector(aiohttp.TCPConnector):
    """Gives each connection the protocol above."""

    def __init__(self) -> None:
        super().__init__(limit=0, force_close=True)
        protocol: type[ResponseHandler] = _HeadFirstProtocol
        # aiohttp internals: `TCPConnector._factory` makes the protocol of each connection.
        self._factory = partial(protocol, loop=self._loop)


def end_body_with_connection(response: aiohttp.ClientResponse) -> None:
    """Make the body of a response fail when its connection is lost.

    After an error in the framing of the body, aiohttp closes the connection, but a reader of the
    body would wait without end.
    """
    content, connection = response.content, response.connection
    if connection is None or connection.protocol is None:  # the body is complete
        return
    protocol = connection.protocol

    def fail_body() -> None:
        if not content.is_eof() and content.exception() is None:
            cause = protocol.exception()
            content.set_exception(aiohttp.ClientPayloadError(f"connection lost: {cause}"))

    def on_closed(closed: asyncio.Future[None]) -> None:
        closed.exception()  # marks it as retrieved; asyncio would log it otherwise
        fail_body()

    # aiohttp internals: `ResponseHandler.closed` is a future that ends with the connection, or
    # None if the connection was lost before.
    if (closed := protocol.closed) is None:
        fail_body()
    else:
        closed.add_done_callback(on_closed)


async def _report_connection(
    _session: aiohttp.ClientSession,
    context: SimpleNamespace,
    _params: aiohttp.TraceConnectionCreateEndParams,
) -> None:
    """Call the function that the request carries: the connection exists, the headers are next."""
    context.trace_request_ctx()
