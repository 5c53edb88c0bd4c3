"""Sends the frames of a turn to one browser, to the last frame.

A stream only reads the log. A browser that leaves, or reads nothing for too long, ends its own
stream and nothing else.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

from aiohttp import web

from streamproof.contracts.sse import encode, encode_comment
from streamproof.relay.delivery import SentFrames
from streamproof.relay.frames import frame_id
from streamproof.relay.lifetime import at_most
from streamproof.relay.storage.errors import StorageError

if TYPE_CHECKING:
    from streamproof.relay.frames import Frame
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
    *,
    heartbeat: bytes = COMMENT,
    seconds: float | None = None,
) -> web.StreamResponse:
    """Send the frames of a turn to the last one, or for at most `seconds`."""
    response = web.StreamResponse(headers=STREAM_HEADERS)
    try:
        await response.prepare(request)
        async with at_most(seconds):
            await _send_frames(response, start, relay, heartbeat)
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
    response: web.StreamResponse, start: ResumePoint, relay: Relay, heartbeat: bytes
) -> None:
    settings, on_delivered = relay.settings, relay.dependencies.on_delivered
    connection = relay.connection_numbers.next(start.turn_id)
    retry_ms: int | None = settings.retry_ms
    silence = settings.keep_alive_seconds
    async with aclosing(relay.log.follow(start.turn_id, start.after, silence)) as batches:
        async for frames in batches:
            data = _encoded(frames, start.turn_id, retry_ms) if frames else heartbeat
            retry_ms = None if frames else retry_ms
            for at in range(0, len(data), WRITE_BYTES):
                async with asyncio.timeout(settings.write_stall_seconds):
                    await response.write(data[at : at + WRITE_BYTES])
            if frames and on_delivered is not None:
                on_delivered(SentFrames(start.turn_id, start.message_id, connection, frames))


def _encoded(frames: list[Frame], turn_id: str, retry_ms: int | None) -> bytes:
    """Return the bytes of frames that are sent together.

    `retry` is a line of the first frame: some clients fail on a block that has only `retry`.
    """
    first, *others = frames
    return b"".join(
        [
            encode(first.data, first.event, frame_id(turn_id, first.n), retry_ms),
            *(encode(other.data, other.event, frame_id(turn_id, other.n)) for other in others),
        ]
    )
