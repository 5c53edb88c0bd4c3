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
from streamproof.relay.http_response import body_of
from streamproof.relay.lifecycle import Reason
from streamproof.relay.loop_turns import FEW_CALLBACKS, waiting_callbacks

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamproof.relay.fair_queue import FairQueue
    from streamproof.relay.http_response import HttpResponse
    from streamproof.relay.limits import TurnDeadlines

STEP_BYTES: Final = 4096
"""Bytes that are decoded in one step; a step of the smallest events takes some milliseconds."""
MAX_STEP_BYTES: Final = 16_384
FAST_STEP_SECONDS: Final = 0.001
"""After a step that took less, the next one has twice the bytes: each step costs a commit."""


class IncomingReply:
    """Reads one reply, and passes its events on to `take`.

    `take` gets no further events until `go_on` is called, which it can call itself. `finish` ends
    the reading, and `fail` ends it with an error.
    """

    __slots__ = (
        "_body",
        "_bytes_left",
        "_deadlines",
        "_decoder",
        "_failure",
        "_heard_at",
        "_held",
        "_loop",
        "_max_direct_bytes",
        "_news",
        "_others",
        "_over",
        "_queue",
        "_queued",
        "_response",
        "_step_bytes",
        "_take",
        "_timer",
        "is_direct",
    )

    def __init__(
        self,
        response: HttpResponse,
        coding: str,
        decoder: Decoder,
        take: Take,
        queue: FairQueue,
        deadlines: TurnDeadlines,
        *,
        max_bytes: int,
    ) -> None:
        self._response = response
        self._body = body_of(response, coding)
        # Few bytes with a coding could become many.
        self._max_direct_bytes = STEP_BYTES if self._body is response else 0
        self._deadlines = deadlines
        self._loop = asyncio.get_running_loop()
        self._others = waiting_callbacks(self._loop)
        self._over: asyncio.Future[None] = self._loop.create_future()
        self._decoder = decoder
        self._take = take
        self._queue = queue
        self._bytes_left = max_bytes
        self._step_bytes = STEP_BYTES
        self._held = False
        self._queued = False
        self.is_direct = False
        """Whether this step runs outside the queue."""
        self._news = True
        """Whether there may be bytes, an end or an error that was not seen yet."""
        self._failure: UpstreamFailed | None = None
        """Raised after the events before it are stored."""
        self._heard_at = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None

    async def read(self) -> None:
        """Read to the end of the reply, and close it.

        Returns when the body has ended cleanly, or after `finish`; the turn decides whether the
        reply was complete. Raises `UpstreamFailed` for everything else, and what `fail` got.
        """
        self._response.on_change = self._on_change
        self._on_change()
        self._watch()
        try:
            await self._over
        finally:
            self._response.close()
            if self._timer is not None:
                self._timer.cancel()

    def go_on(self) -> None:
        """Pass on the next events."""
        self._held = False
        if self._news and self._can_run():
            self._queue.run(self._step)

    def finish(self) -> None:
        """End the reading: no more events are wanted."""
        if not self._over.done():
            self._over.set_result(None)

    def fail(self, error: BaseException) -> None:
        """End the reading with an error."""
        if not self._over.done():
            self._over.set_exception(error)

    def _watch(self) -> None:
        """Fail after a time limit; otherwise look again at the soonest one.

        So a reply with many events sets few timers. While bytes wait for the database, the AI
        service is not silent.
        """
        now = self._loop.time()
        limit = self._deadlines.while_reading(
            idle_since=now if self._held or self._queued else self._heard_at
        )
        if limit.until <= now:
            self.fail(limit.error())
        else:
            self._timer = self._loop.call_at(limit.until, self._watch)

    def _on_change(self) -> None:
        self._news = True
        if self._can_run():
            is_small = len(self._response.arrived) < self._max_direct_bytes
            if is_small and len(self._others) <= FEW_CALLBACKS:
                self.is_direct = True
                has_more = self._step()
                self.is_direct = False
                if has_more:
                    self._queue.run(self._step)
            else:
                self._queue.run(self._step)
        self._heard_at = self._loop.time()

    def _can_run(self) -> bool:
        """Tell whether a step can be queued; it is from now on."""
        if self._held or self._queued or self._over.done():
            return False
        self._queued = True
        return True

    def _step(self) -> bool:
        """Pass on the events of some bytes; return whether more can be done now."""
        if not self._over.done():
            try:
                data = self._next_bytes()
                if len(data) >= STEP_BYTES:
                    self._pass_on_timed(data)
                elif data:
                    self._pass_on(data)
                else:
                    self._look_for_end()
            except Exception as error:  # noqa: BLE001 - `read` raises it: no task runs here
                self.fail(error)
        self._queued = self._news and not self._held and not self._over.done()
        return self._queued

    def _pass_on_timed(self, data: bytes) -> None:
        """Pass on the events of many bytes, and decide how many the next step has."""
        began = self._loop.time()
        self._pass_on(data)
        is_fast = self._loop.time() - began < FAST_STEP_SECONDS
        self._step_bytes = min(2 * self._step_bytes, MAX_STEP_BYTES) if is_fast else STEP_BYTES

    def _pass_on(self, data: bytes) -> None:
        try:
            events = self._decoder.feed(data)
        except SseError as error:
            self._failure = UpstreamFailed(Reason.event_too_large, str(error))
            self._news = True
            events = error.events
        if events:
            self._held = True
            self._take(self, events)

    def _look_for_end(self) -> None:
        self._news = False
        if self._failure is not None:
            self.fail(self._failure)
        elif self._body.ended:
            self.finish()
        elif (error := self._body.error) is not None:
            self.fail(UpstreamFailed(Reason.aborted, broken_reply(error)))

    def _next_bytes(self) -> bytes:
        if self._failure is not None:
            return b""
        try:
            data = self._body.take(self._step_bytes)
        except zlib.error as error:
            self._failure = UpstreamFailed(Reason.aborted, f"cannot be unpacked: {error}")
            return b""
        self._news = self._body.has_news
        self._bytes_left -= len(data)
        if self._bytes_left < 0:
            self._failure = UpstreamFailed(Reason.reply_too_large, "over max_reply_bytes")
            return b""
        return data


Take: TypeAlias = "Callable[[IncomingReply, list[Event]], None]"
