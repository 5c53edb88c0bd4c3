"""The plain way to a stream: a handler of aiohttp, of which aiohttp writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import HttpVersion11, web

from streamproof.mock_ai.playing.wire import Wire
from streamproof.mock_ai.request.received import ReceivedRequest, shared_headers
from streamproof.mock_ai.serving.answer import Answer, answer

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from aiohttp.abc import AbstractStreamWriter

    from streamproof.mock_ai.actions import Headers
    from streamproof.mock_ai.clock import Clock
    from streamproof.mock_ai.serving.state import MockState


async def answer_request(request: web.Request, state: MockState) -> web.StreamResponse:
    """Answer a request for a stream; raises what aiohttp raises for a body that is too large."""
    return RawResponse(await answer(await _received(request), state), state.runs.clock)


async def _received(request: web.Request) -> ReceivedRequest:
    url = request.match_info
    return ReceivedRequest(
        request.method,
        request.raw_path,
        _headers(request),
        await request.read(),
        request.query if "?" in request.raw_path else None,
        url.get("run"),
        url.get("name"),
        request.version < HttpVersion11,
        request.keep_alive,
    )


def _headers(request: web.Request) -> Headers:
    """Return the headers in the client's spelling, which aiohttp changes."""
    return shared_headers(
        (name.decode(), value.decode("utf-8", "surrogateescape"))
        for name, value in request.raw_headers
    )


class RawResponse(web.StreamResponse):
    """A response of which aiohttp writes nothing: preparing it performs the answer."""

    __slots__ = ("_answer", "_clock")

    def __init__(self, answer: Answer, clock: Clock) -> None:
        # Not that of aiohttp: every stream would keep headers and a state that nobody reads.
        self._answer = answer
        self._clock = clock

    @property
    def status(self) -> int:
        """The status, for aiohttp's access log."""
        return self._answer.status

    @property
    def keep_alive(self) -> bool:
        """Whether aiohttp may wait for another request on the connection."""
        return self._answer.reusable

    def prepare(self, request: web.BaseRequest) -> Coroutine[Any, Any, AbstractStreamWriter | None]:
        """Return the coroutine that performs the whole answer."""
        if request.transport is None:
            raise ConnectionResetError("the client left")
        # Past aiohttp's writer to the transport, so that no byte is aiohttp's own.
        wire = Wire(request.transport, request.writer.drain, self._clock)
        return self._answer.perform(wire)

    async def write_eof(self, data: bytes = b"") -> None:
        """Do nothing: the end is in the answer."""
