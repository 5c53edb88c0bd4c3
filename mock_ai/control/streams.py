"""Live streams over the control API: listed, and steered one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamproof.mock_ai.control.json_views import JsonObject, stream_json
from streamproof.mock_ai.control.parse_request import read_key, read_pushed

if TYPE_CHECKING:
    from aiohttp import web

    from streamproof.mock_ai.control.scope import Scope
    from streamproof.mock_ai.playing.live import LiveStream


async def list_all(_request: web.Request, scope: Scope) -> JsonObject:
    """List the streams that are open, oldest first."""
    return {"streams": [stream_json(live) for live in scope.streams]}


async def release(request: web.Request, scope: Scope) -> JsonObject:
    """Let a held stream go on."""
    live = _stream(request, scope)
    live.release()
    return stream_json(live)


async def step(request: web.Request, scope: Scope) -> JsonObject:
    """Let come at once what comes next."""
    live = _stream(request, scope)
    live.step()
    return stream_json(live)


async def pause(request: web.Request, scope: Scope) -> JsonObject:
    """Write nothing more until the stream is resumed."""
    live = _stream(request, scope)
    live.pause()
    return stream_json(live)


async def resume(request: web.Request, scope: Scope) -> JsonObject:
    """Go on where the stream was paused."""
    live = _stream(request, scope)
    live.resume()
    return stream_json(live)


async def drop(request: web.Request, scope: Scope) -> None:
    """Hang up now, by FIN or by RST."""
    live = _stream(request, scope)
    by = await read_key(request, "by", lambda value: value in ("fin", "rst"), "fin or rst")
    live.drop(reset=by == "rst")


async def push(request: web.Request, scope: Scope) -> JsonObject:
    """Write steps of the scenario format into a stream, as soon as it is between two blocks."""
    live = _stream(request, scope)
    want = "steps as a scenario file has them"
    steps = await read_key(request, "steps", lambda value: isinstance(value, list), want)
    live.push(read_pushed(steps))
    return stream_json(live)


def _stream(request: web.Request, scope: Scope) -> LiveStream:
    return scope.stream(int(request.match_info["number"]))
