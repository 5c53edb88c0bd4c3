"""How aiohttp talks to the AI service: connections that lose nothing of a body that breaks.

Two things here have no public place in aiohttp: which protocol a connection gets, and that a body
ends with its connection. Tests hold both.
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
    """Open the session that `Upstream` needs; the caller closes it.

    No cookies, no limit on connections, no reuse of one: a POST on a connection that the other
    side is just closing is lost, and could not be sent again.
    """
    trace = aiohttp.TraceConfig()
    trace.on_connection_create_end.append(_report_connection)
    return aiohttp.ClientSession(
        connector=_Connector(),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(),  # none of its own: Limits knows the reasons
        trace_configs=[trace],
    )


class _HeadFirst(ResponseHandler):
    """Hands the parser a response's head line by line, and the body as it comes.

    An error in the framing of a body costs all that was parsed in the same go; so it costs no
    head, with which the body before the error would be lost.
    """

    def data_received(self, data: bytes) -> None:
        """Take what the socket has read; empty when the parser is only to go on."""
        while self._payload is None and (end := data.find(b"\n") + 1):
            super().data_received(data[:end])
            data = data[end:]
            if not data:
                return
        super().data_received(data)


class _Connector(aiohttp.TCPConnector):
    """Makes connections of the kind above; aiohttp has no public place to say so."""

    def __init__(self) -> None:
        super().__init__(limit=0, force_close=True)
        factory: type[ResponseHandler] = _HeadFirst
        self._factory = partial(factory, loop=self._loop)


def tie_to_connection(response: aiohttp.ClientResponse) -> None:
    """End the body with its connection; of an error in its framing aiohttp does not tell it."""
    content, connection = response.content, response.connection
    if connection is None or connection.protocol is None:  # the body is complete
        return
    protocol = connection.protocol

    def end() -> None:
        if not content.is_eof() and content.exception() is None:
            why = protocol.exception()
            content.set_exception(aiohttp.ClientPayloadError(f"connection lost: {why}"))

    def lost(closed: asyncio.Future[None]) -> None:
        closed.exception()  # else it counts as never retrieved
        end()

    if (closed := protocol.closed) is None:  # the connection was lost before
        end()
    else:
        closed.add_done_callback(lost)


async def _report_connection(
    _session: aiohttp.ClientSession,
    context: SimpleNamespace,
    _params: aiohttp.TraceConnectionCreateEndParams,
) -> None:
    """Call what the request was given: from now on it waits for headers, not for a connection."""
    context.trace_request_ctx()
