"""Live streams over the control API: list them, and steer one of them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from streamproof.mock_ai.control.json_views import JsonObject, stream_json
from streamproof.mock_ai.control.parse_request import read_key, yaml_of_json
from streamproof.mock_ai.errors import InvalidRequest, InvalidScenario
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.encoded_step import EncodedStep
from streamproof.mock_ai.planning.pushed_steps import PushedSteps

if TYPE_CHECKING:
    from aiohttp import web

    from streamproof.mock_ai.control.scope import Scope
    from streamproof.mock_ai.playing.live import LiveStream
    from streamproof.mock_ai.scenario.model import Reply

_MAX_READ_BYTES: Final = 16_384
"""How much of a stream the event loop reads again at once; a thread reads more than that."""


async def list_all(_request: web.Request, scope: Scope) -> JsonObject:
    """List the live streams, oldest first."""
    return {"streams": [stream_json(live) for live in scope.streams]}


async def release(request: web.Request, scope: Scope) -> JsonObject:
    """Release a held stream."""
    live = _stream(request, scope)
    live.release()
    return stream_json(live)


async def step(request: web.Request, scope: Scope) -> JsonObject:
    """Make the next write now, or end the hold."""
    live = _stream(request, scope)
    live.step()
    return stream_json(live)


async def pause(request: web.Request, scope: Scope) -> JsonObject:
    """Pause a stream until it is resumed."""
    live = _stream(request, scope)
    live.pause()
    return stream_json(live)


async def resume(request: web.Request, scope: Scope) -> JsonObject:
    """Resume a paused stream."""
    live = _stream(request, scope)
    live.resume()
    return stream_json(live)


async def drop(request: web.Request, scope: Scope) -> None:
    """Close the connection of a stream now, by FIN or by RST."""
    live = _stream(request, scope)
    by = await read_key(request, "by", lambda value: value in ("fin", "rst"), "fin or rst")
    live.drop(reset=by == "rst")


async def push(request: web.Request, scope: Scope) -> JsonObject:
    """Write steps of the scenario format into a stream, as soon as it is between two events."""
    live = _stream(request, scope)
    want = "a list of steps, as in a scenario file"
    steps = await read_key(request, "steps", lambda value: isinstance(value, list), want)
    pushed = _load(steps)
    entry = live.entry
    worded = PushedSteps(pushed, entry.reply or replace(pushed, steps=()), entry.context)
    while worded.unread_bytes(planned := live.planned_before_push()) > _MAX_READ_BYTES:
        await asyncio.to_thread(worded.follow, planned)  # the stream goes on meanwhile
    worded.follow(planned)
    live.push(_bytes_of(worded))
    return stream_json(live)


def _stream(request: web.Request, scope: Scope) -> LiveStream:
    return scope.stream(int(request.match_info["number"]))


def _load(steps: object) -> Reply:
    """Return a reply of pushed steps; raise `ScenarioErrors`."""
    text = yaml_of_json({"name": "pushed", "title": "Pushed", "steps": steps})
    return load_scenario(text).reply


def _bytes_of(worded: PushedSteps) -> bytes:
    """Return the bytes that pushed steps send; raise `InvalidRequest`."""
    try:
        items = worded.encode()
    except InvalidScenario as error:
        raise InvalidRequest(str(error)) from error
    encoded = [item for item in items if isinstance(item, EncodedStep)]
    if len(encoded) < len(items):
        raise InvalidRequest("steps: pushed steps cannot contain a wait or a hold")
    data = b"".join(item.data for item in encoded)
    if not data:
        raise InvalidRequest("steps: wanted at least one step that sends bytes")
    return data
