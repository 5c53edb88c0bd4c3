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


async def send_turn(
    request: web.Request, start: ResumePoint | None, relay: Relay
) -> web.StreamResponse:
    """Send the frames of a turn to the last one; the status is 204 if there is nothing to send."""
    if start is None:
        return web.Response(status=204)
    response = web.StreamResponse(headers=STREAM_HEADERS)
    try:
        await response.prepare(request)
        await _send_frames(response, start, relay)
        await response.write_eof()
    except ConnectionResetError:
        _logger.debug("turn %s: the browser left", start.turn_id)
    except (TimeoutError, StorageError) as error:
        # Without a clean end of the body, the browser knows that it must reconnect.
        _logger.info("turn %s: the browser connection is closed: %r", start.turn_id, error)
        if request.transport is not None:
            request.transport.abort()
    return response


async def _send_frames(response: web.StreamResponse, start: ResumePoint, relay: Relay) -> None:
    settings, on_delivered = relay.settings, relay.dependencies.on_delivered
    connection = relay.connection_numbers.next(start.turn_id)
    retry_ms: int | None = settings.retry_ms
    silence = settings.keep_alive_seconds
    async with aclosing(relay.log.follow(start.turn_id, start.after, silence)) as batches:
        async for frames in batches:
            data = _encoded(frames, start.turn_id, retry_ms)
            retry_ms = None if frames else retry_ms
            for at in range(0, len(data), WRITE_BYTES):
                async with asyncio.timeout(settings.write_stall_seconds):
                    await response.write(data[at : at + WRITE_BYTES])
            if frames and on_delivered is not None:
                on_delivered(SentFrames(start.turn_id, start.message_id, connection, frames))


def _encoded(frames: list[Frame], turn_id: str, retry_ms: int | None) -> bytes:
    """Return the bytes of frames that are sent together; a comment if there are none.

    `retry` is a line of the first frame: some clients fail on a block that has only `retry`.
    """
    if not frames:
        return encode_comment("keep-alive")
    first, *others = frames
    return b"".join(
        [
            encode(first.data, first.event, frame_id(turn_id, first.n), retry_ms),
            *(encode(other.data, other.event, frame_id(turn_id, other.n)) for other in others),
        ]
    )
