"""The reply of the AI service while it arrives: from bytes to events.

The bytes are decoded in the callback of the socket, so no task wakes up for them. Until the events
of one step are stored, further bytes wait in the buffer of the connection, which stops reading when
it is full. So an AI service that is faster than the database needs little memory.
"""

from __future__ import annotations

import asyncio
import zlib
from typing import TYPE_CHECKING, Final, TypeAlias

from streamproof.contracts.sse import Decoder, Event, SseError
from streamproof.relay.broken_replies import broken_reply
from streamproof.relay.errors import UpstreamFailed
from streamproof.relay.http_client import ResponseBody
from streamproof.relay.lifecycle import Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    import aiohttp

    from streamproof.relay.fair_queue import FairQueue
    from streamproof.relay.limits import TurnDeadlines
    from streamproof.relay.settings import Settings

STEP_BYTES: Final = 4096
"""Bytes that are decoded in one step; a step of the smallest events takes some milliseconds."""
MAX_STEP_BYTES: Final = 16_384
FAST_STEP_SECONDS: Final = 0.001
"""After a step that took less, the next one has twice the bytes: each step costs a commit."""


class IncomingReply:
    """Reads one reply, and passes its events on to `take`.

    `take` returns True for the next events at once. After False it gets no events until `go_on` is
    called; `finish` ends the reading, and `fail` ends it with an error.
    """

    def __init__(
        self,
        response: aiohttp.ClientResponse,
        decoder: Decoder,
        take: Take,
        queue: FairQueue,
        settings: Settings,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._over: asyncio.Future[None] = self._loop.create_future()
        self._decoder = decoder
        self._take = take
        self._queue = queue
        self._idle_seconds = settings.idle_seconds
        self._bytes_left = settings.max_reply_bytes
        self._step_bytes = STEP_BYTES
        self._held = False
        self._queued = False
        self._news = True
        """Whether there may be bytes, an end or an error that was not seen yet."""
        self._failure: UpstreamFailed | None = None
        """Raised after the events before it are stored."""
        self._heard_at = self._loop.time()
        self._body = ResponseBody(response, self._on_change)

    async def read(self, deadlines: TurnDeadlines) -> None:
        """Read to the end of the reply; raises `UpstreamFailed`, and what `fail` got."""
        self._on_change()
        try:
            await deadlines.until(self._over, self._idle_since, self._idle_seconds)
        finally:
            self._body.leave()
            self._over.cancel()

    def go_on(self) -> None:
        """Pass on the next events."""
        self._held = False
        if self._news:
            self._run()

    def finish(self) -> None:
        """End the reading: no more events are wanted."""
        if not self._over.done():
            self._over.set_result(None)

    def fail(self, error: BaseException) -> None:
        """End the reading with an error."""
        if not self._over.done():
            self._over.set_exception(error)

    def _idle_since(self) -> float:
        """Return the time of the last byte; bytes that wait for the database are not idle."""
        return self._loop.time() if self._held or self._queued else self._heard_at

    def _on_change(self) -> None:
        self._heard_at = self._loop.time()
        self._news = True
        self._run()

    def _run(self) -> None:
        if not (self._held or self._queued or self._over.done()):
            self._queued = True
            self._queue.run(self._step)

    def _step(self) -> bool:
        """Pass on the events of some bytes; return whether more can be done now."""
        if not self._over.done():
            began = self._loop.time()
            try:
                self._pass_on()
            except Exception as error:  # noqa: BLE001 - `read` raises it: no task runs here
                self.fail(error)
            is_fast = self._loop.time() - began < FAST_STEP_SECONDS
            self._step_bytes = min(2 * self._step_bytes, MAX_STEP_BYTES) if is_fast else STEP_BYTES
        self._queued = self._news and not self._held and not self._over.done()
        return self._queued

    def _pass_on(self) -> None:
        data = self._next_bytes()
        if data and (events := self._decoded(data)):
            self._held = not self._take(self, events)
        elif not data:
            self._look_for_end()

    def _look_for_end(self) -> None:
        self._news = False
        if self._failure is not None:
            self.fail(self._failure)
        elif self._body.ended:
            self.finish()
        elif (error := self._body.error) is not None:
            self.fail(
                UpstreamFailed(Reason.aborted, broken_reply(error, self._body.connection_error))
            )

    def _next_bytes(self) -> bytes:
        if self._failure is not None:
            return b""
        try:
            data = self._body.take(self._step_bytes)
        except zlib.error as error:
            self._failure = UpstreamFailed(Reason.aborted, f"cannot be unpacked: {error}")
            return b""
        self._news = self._body.may_have_more_than(data, self._step_bytes)
        self._bytes_left -= len(data)
        if self._bytes_left < 0:
            self._failure = UpstreamFailed(Reason.reply_too_large, "over max_reply_bytes")
            return b""
        return data

    def _decoded(self, data: bytes) -> list[Event]:
        try:
            return self._decoder.feed(data)
        except SseError as error:
            self._failure = UpstreamFailed(Reason.event_too_large, str(error))
            self._news = True
            return error.events


Take: TypeAlias = "Callable[[IncomingReply, list[Event]], bool]"
