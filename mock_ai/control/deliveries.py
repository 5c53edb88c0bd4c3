"""Reports of deliveries: the frames that a relay behind the mock sent to its browsers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from streamproof.contracts.errors import NotJson
from streamproof.contracts.json_text import strict_json
from streamproof.mock_ai.control.parse_request import is_text, read_text
from streamproof.mock_ai.errors import InvalidRequest
from streamproof.mock_ai.journal.deliveries import DeliveredFrame
from streamproof.mock_ai.scenario.steps import with_whole_numbers

if TYPE_CHECKING:
    from aiohttp import web

    from streamproof.mock_ai.control.scope import Scope

_MOST: Final = 1_000_000_000
_WANTED: Final = (
    "wanted message_id (text), frames (a list of objects with event, data and id, all text), and "
    "optionally connection (from 1) and ago_ms"
)


async def report(request: web.Request, scope: Scope) -> None:
    """Note frames of one message that were delivered together, `ago_ms` milliseconds ago."""
    try:
        body = with_whole_numbers(strict_json(await read_text(request)))
    except NotJson as error:
        raise InvalidRequest(f"the body is not JSON: {error}") from error
    except RecursionError as error:
        raise InvalidRequest("the body is nested too deeply") from error
    match body:
        case {"message_id": str(message_id), "frames": list(frames), **more} if message_id:
            connection: Any = more.pop("connection", 1)
            ago_ms: Any = more.pop("ago_ms", 0)
        case _:
            raise InvalidRequest(_WANTED)
    timed = _is_number(connection, int) and connection > 0 and _is_number(ago_ms, int | float)
    if more or not timed or not all(map(_is_frame, frames)):
        raise InvalidRequest(_WANTED)
    seen = [DeliveredFrame(one["event"], one["data"], one.get("id", "")) for one in frames]
    scope.state.runs.deliveries.report(message_id, seen, connection, ago_ms)


def _is_frame(value: Any) -> bool:  # noqa: ANN401  # any JSON value
    keys = {"event", "data"}
    return (
        isinstance(value, dict)
        and keys <= set(value) <= {*keys, "id"}
        and all(isinstance(text, str) for text in value.values())
        and is_text(value["event"])
    )


def _is_number(value: Any, kind: Any) -> bool:  # noqa: ANN401  # any JSON value, any class
    return isinstance(value, kind) and not isinstance(value, bool) and 0 <= value <= _MOST
