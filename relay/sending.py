"""Sends the frames of a turn to one browser, to the last frame.

A stream only reads the log. A browser that leaves, or reads nothing for too long, ends its own
stream and nothing else.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Final

from aiohttp import HttpVersion11, web

from streamproof.contracts.sse import encode, encode_comment
from streamproof.relay.delivery import SentFrames
from streamproof.relay.frames import encode_frames
from streamproof.relay.lifetime import at_most
from streamproof.relay.storage.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamproof.relay.frames import Frame, FrameBatch
    from streamproof.relay.resume import ResumePoint
    from streamproof.relay.service import Relay

_logger = logging.getLogger(__name__)

STREAM_HEADERS: Final = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
}
WRITE_BYTES: Final = 16_384
"""Bytes in one write: a slow browser still reads some, a stalled one reads none."""
MAX_WAITING_BYTES: Final = 65_536
"""What can wait in a connection; a browser that is further behind is sent frames from the log."""
COMMENT: Final = encode_comment("keep-alive")
HEARTBEATS: Final = {"comment": COMMENT, "event": encode("{}", "heartbeat")}
"""What fills a silence; an `EventSource` shows a page only events."""


async def send_turn(
    request: web.Request,
    start: ResumePoint,
    relay: Relay,
    *,
    heartbeat: bytes = COMMENT,
    seconds: float | None = None,
) -> web.StreamResponse:
    """Send the frames of a turn to the last one, or for at most `seconds`."""
    response = web.StreamResponse(headers=STREAM_HEADERS)
    try:
        await response.prepare(request)
        async with at_most(seconds):
            await _send_frames(request, response, start, relay, heartbeat)
        async with asyncio.timeout(relay.settings.write_stall_seconds):
            await response.write_eof()
    except ConnectionResetError:
        _logger.debug("turn %s: the browser left", start.turn_id)
    except (TimeoutError, StorageError) as error:
        # Without a clean end of the body, the browser knows that it must reconnect.
        _logger.info("turn %s: the browser connection is closed: %r", start.turn_id, error)
        if request.transport is not None:
            request.transport.abort()
    return response


async def _send_frames(
    request: web.Request,
    response: web.StreamResponse,
    start: ResumePoint,
    relay: Relay,
    heartbeat: bytes,
) -> None:
    browser = _Browser(request, response, start, relay, heartbeat)
    silence = relay.settings.keep_alive_seconds
    follow = relay.log.follow(start.turn_id, start.after, silence, browser.show)
    async with aclosing(follow) as batches:
        async for batch in batches:
            await browser.write(batch)


class _Browser:
    """One connection: it gets frames at once if it keeps up, and in small writes otherwise."""

    def __init__(
        self,
        request: web.Request,
        response: web.StreamResponse,
        start: ResumePoint,
        relay: Relay,
        heartbeat: bytes,
    ) -> None:
        self._heartbeat = heartbeat
        self._response = response
        self._transport = request.transport
        self._chunked = request.version >= HttpVersion11
        self._start = start
        self._stall_seconds = relay.settings.write_stall_seconds
        self._retry_ms: int | None = relay.settings.retry_ms
        self._on_delivered = relay.dependencies.on_delivered
        self._metrics = relay.metrics
        self._number = relay.connection_numbers.next(start.turn_id)

    def show(self, committed: FrameBatch) -> bool:
        """Write frames at once; return False if this connection must wait for its browser."""
        transport, data = self._transport, committed.wire
        if (
            transport is None
            or self._retry_ms is not None
            or transport.is_closing()
            or transport.get_write_buffer_size() + len(data) > MAX_WAITING_BYTES
        ):
            return False
        transport.write(b"%x\r\n%b\r\n" % (len(data), data) if self._chunked else data)
        self._delivered(committed.frames)
        return True

    async def write(self, batch: FrameBatch) -> None:
        """Write frames as fast as the browser reads them; without frames, write a heartbeat.

        Raises `TimeoutError` if the browser reads nothing for too long.
        """
        frames = batch.frames
        if frames:
            is_large = sum(len(frame.data) for frame in frames) > MAX_WAITING_BYTES
            encoded = partial(self._encoded, batch)
            data = await asyncio.to_thread(encoded) if is_large else encoded()
            self._retry_ms = None
        else:
            data = self._heartbeat
        for at in range(0, len(data), WRITE_BYTES):
            if at:  # the kernel can take much at once: other streams come between the parts
                await asyncio.sleep(0)
            async with asyncio.timeout(self._stall_seconds):
                await self._response.write(data[at : at + WRITE_BYTES])
        if frames:
            self._delivered(frames)

    def _encoded(self, batch: FrameBatch) -> bytes:
        if self._retry_ms is None:
            return batch.wire
        return encode_frames(batch.turn_id, batch.frames, self._retry_ms)

    def _delivered(self, frames: Sequence[Frame]) -> None:
        self._metrics.written(self._start.turn_id, frames)
        if self._on_delivered is not None:
            start = self._start
            self._on_delivered(SentFrames(start.turn_id, start.message_id, self._number, frames))
