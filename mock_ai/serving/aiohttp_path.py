"""The ordinary way to a stream: a handler of aiohttp that writes every byte itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import HttpVersion11, web

from streamproof.mock_ai.playing.wire import Wire
from streamproof.mock_ai.request.received import ReceivedRequest, shared_headers
from streamproof.mock_ai.serving.answer import ServedReply, answer, scripted_preflight

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from aiohttp.abc import AbstractStreamWriter

    from streamproof.mock_ai.actions.head import Headers
    from streamproof.mock_ai.clock import Clock
    from streamproof.mock_ai.serving.state import MockState


async def answer_request(request: web.Request, state: MockState) -> web.StreamResponse:
    """Answer a request for a stream; raises what aiohttp raises for a body that is too large."""
    return RawResponse(await answer(await _received(request), state), state.runs.clock)


async def answer_preflight(request: web.Request, state: MockState) -> web.StreamResponse | None:
    """Answer a preflight as a scenario has it; return None if no scenario is for it."""
    scripted = state.preflight_scenarios
    if not scripted:
        return None
    reply = await scripted_preflight(await _received(request), state, scripted)
    return None if reply is None else RawResponse(reply, state.runs.clock)


async def _received(request: web.Request) -> ReceivedRequest:
    return ReceivedRequest(
        request.method,
        request.raw_path,
        _headers(request),
        await request.read(),
        request.query if "?" in request.raw_path else None,
        request.version < HttpVersion11,
        request.keep_alive,
    )


def _headers(request: web.Request) -> Headers:
    """Return the headers in the client's spelling, which aiohttp changes."""
    return shared_headers(
        # Some versions of aiohttp keep the spaces after a value.
        (name.decode(), value.decode("utf-8", "surrogateescape").strip(" \t"))
        for name, value in request.raw_headers
    )


class RawResponse(web.StreamResponse):
    """A response without any byte of aiohttp: preparing it sends the whole reply."""

    __slots__ = ("_clock", "_reply")

    def __init__(self, reply: ServedReply, clock: Clock) -> None:
        # aiohttp internals: `StreamResponse.__init__` is not called, because every stream would
        # keep headers and a state that are never read. tests/test_aiohttp_internals.py checks
        # that aiohttp reads no other attributes of a response.
        self._reply = reply
        self._clock = clock

    @property
    def status(self) -> int:
        """The status, for aiohttp's access log."""
        return self._reply.status

    @property
    def keep_alive(self) -> bool:
        """Whether aiohttp waits for another request on the connection."""
        return self._reply.reusable

    def prepare(self, request: web.BaseRequest) -> Coroutine[Any, Any, AbstractStreamWriter | None]:
        """Return the coroutine that sends the whole reply."""
        if request.transport is None:
            raise ConnectionResetError("the client left")
        # Directly to the transport, so that aiohttp's writer adds no byte.
        return self._reply.send(Wire(request.transport, request.writer.drain, self._clock))

    async def write_eof(self, data: bytes = b"") -> None:
        """Do nothing: the reply has its own end."""
