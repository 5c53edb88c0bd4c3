"""Sends the frames of a turn to one browser, to the last frame.

A stream only reads the log. A browser that leaves, or reads nothing for too long, ends its own
stream and nothing else.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Final, NoReturn

from aiohttp import web

from streamproof.contracts.sse import encode, encode_comment, encode_retry
from streamproof.relay.browser_connection import BrowserConnection
from streamproof.relay.delivery import SentFrames
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
COMMENT: Final = encode_comment("keep-alive")
HEARTBEATS: Final = {"comment": COMMENT, "event": encode("{}", "heartbeat")}
"""What fills a silence; an `EventSource` shows a page only events."""


async def send_turn(
    request: web.Request,
    start: ResumePoint,
    relay: Relay,
    user_id: str,
    *,
    heartbeat: bytes = COMMENT,
    seconds: float | None = None,
) -> NoReturn:
    """Send the head of a stream, and start a task that sends the rest.

    It sends the frames of a turn to the last one, or for at most `seconds`. This coroutine is
    cancelled: aiohttp has no connection any more to which a response could go.
    """
    response = web.StreamResponse(headers=STREAM_HEADERS)
    response.force_close()
    try:
        await response.prepare(request)
        connection = BrowserConnection(request)
    except ConnectionResetError:
        _logger.debug("turn %s: the browser left", start.turn_id)
        raise asyncio.CancelledError from None
    browser = _Browser(connection, start, relay, heartbeat)
    task = asyncio.create_task(_send(browser, start, relay, seconds))
    relay.opened(task, user_id, start.turn_id)
    connection.on_lost(task.cancel)
    raise asyncio.CancelledError


async def _send(browser: _Browser, start: ResumePoint, relay: Relay, seconds: float | None) -> None:
    connection = browser.connection
    lifetime = asyncio.timeout(seconds)
    try:
        try:
            async with lifetime:
                await _send_frames(browser, start, relay)
        except TimeoutError:
            if not lifetime.expired():
                raise
        async with asyncio.timeout(relay.settings.write_stall_seconds):
            await connection.finish()
    except (ConnectionResetError, asyncio.CancelledError):
        _logger.debug("turn %s: the browser left", start.turn_id)
    except (TimeoutError, StorageError) as error:
        # Without a clean end of the body, the browser knows that it must reconnect.
        _logger.info("turn %s: the browser connection is closed: %r", start.turn_id, error)
    except Exception:
        _logger.exception("turn %s: an internal error of the relay", start.turn_id)
    finally:
        connection.abort()


async def _send_frames(browser: _Browser, start: ResumePoint, relay: Relay) -> None:
    silence = relay.settings.keep_alive_seconds
    follow = relay.log.follow(start.turn_id, start.after, silence, browser.show)
    async with aclosing(follow) as batches:
        async for batch in batches:
            await browser.write(batch)


class _Browser:
    """One connection: it gets frames at once if it keeps up, and in small writes otherwise."""

    __slots__ = (
        "_before_frames",
        "_heartbeat",
        "_metrics",
        "_number",
        "_on_delivered",
        "_stall_seconds",
        "_start",
        "_writing",
        "connection",
    )

    def __init__(
        self, connection: BrowserConnection, start: ResumePoint, relay: Relay, heartbeat: bytes
    ) -> None:
        self.connection = connection
        self._heartbeat = heartbeat
        self._start = start
        self._writing = relay.writing
        self._stall_seconds = relay.settings.write_stall_seconds
        self._before_frames = encode_retry(relay.settings.retry_ms)
        """What the first frame begins with; empty after it was written."""
        self._on_delivered = relay.dependencies.on_delivered
        self._metrics = relay.metrics
        self._number = relay.connection_numbers.next(start.turn_id)

    def show(self, committed: FrameBatch) -> bool:
        """Write frames at once; return False if this connection must wait for its browser."""
        data = committed.wire
        if self._before_frames or not self.connection.has_room(len(data)):
            return False
        self.connection.write(data)
        self._metrics.shown(committed)
        self._delivered(committed.frames)
        return True

    async def write(self, batch: FrameBatch) -> None:
        """Write frames as fast as the browser reads them; without frames, write a heartbeat.

        Raises `TimeoutError` if the browser reads nothing for too long.
        """
        frames = batch.frames
        data = batch.wire if frames else self._heartbeat
        for at in range(0, len(data), WRITE_BYTES):
            part = data[at : at + WRITE_BYTES]
            if frames and self._before_frames:
                part, self._before_frames = self._before_frames + part, b""
            write = partial(self.connection.write, part)
            if len(data) > WRITE_BYTES:  # other streams come between the parts
                await self._writing.result_of(write)
            else:
                write()
            async with asyncio.timeout(self._stall_seconds):
                await self.connection.drain()
        if frames:
            self._delivered(frames)

    def _delivered(self, frames: Sequence[Frame]) -> None:
        if self._on_delivered is not None:
            start = self._start
            self._on_delivered(SentFrames(start.turn_id, start.message_id, self._number, frames))
