"""The plan of a reply: its steps as actions with the pace between them, then its faults.

Everything about bytes and times is decided here, before a socket is touched; the same reply gives
the same plan on every machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from streamproof.contracts.sse import BOM, NO_LIMIT, Decoder
from streamproof.mock_ai.actions import Action, Finish, Hold, Send, Start, Until
from streamproof.mock_ai.actions.counting import EventCounter
from streamproof.mock_ai.actions.headers import (
    JSON_HEADERS,
    header_lines,
    reason_phrase,
    stream_headers,
)
from streamproof.mock_ai.actions.limits import limited
from streamproof.mock_ai.errors import InvalidScenario, NeverReached, refused_at
from streamproof.mock_ai.http1.syntax import allows_content
from streamproof.mock_ai.planning.encode_steps import EncodedStep, Part, parts_of
from streamproof.mock_ai.planning.gzip import CONTENT_CODING, gzipped
from streamproof.mock_ai.planning.pacing import paced

if TYPE_CHECKING:
    from streamproof.mock_ai.faults import Fault
    from streamproof.mock_ai.request.context import RequestContext
    from streamproof.mock_ai.scenario.model import Reply


def plan(reply: Reply, context: RequestContext | None = None) -> tuple[Action, ...]:
    """Compile a reply; raises `InvalidScenario` with the path to what cannot be planned.

    The `context` of a request matters only to a reply with variables or with `resume`. Without a
    context the variables have the values of a sample request.
    """
    actions: Iterable[Action] = _written(reply, context)
    for index, fault in enumerate(reply.faults):
        with refused_at("faults", index, fault.kind):
            actions = _struck(fault, actions, resumed=reply.resume and context is not None)
    return tuple(actions)


def _struck(fault: Fault, actions: Iterable[Action], *, resumed: bool) -> Iterable[Action]:
    """Apply a fault; the rest of a reply need not have its place."""
    try:
        return list(limited(fault.apply(actions)))
    except NeverReached:
        if resumed:
            return actions
        raise


def planned_body(actions: Iterable[Action]) -> bytes:
    """Return the bytes of the body that leave, up to what waits for the client to leave."""
    return b"".join(planned_chunks(actions))


def planned_chunks(actions: Iterable[Action]) -> Iterator[bytes]:
    """Yield the same bytes chunk by chunk, without a copy of what repeats itself."""
    for action in actions:
        if action == Hold(Until.CLIENT_LEAVES):
            return
        if isinstance(action, Send):
            yield action.data


def _written(reply: Reply, context: RequestContext | None) -> list[Action]:
    parts = list(parts_of(reply, context))
    if reply.resume and context is not None:
        parts = _after_event(context.value("last_event_id"), parts)
    if reply.bom:
        parts = _after_bom(parts)
    body: list[Action] = _with_ends(paced(parts, reply.pace))
    if reply.gzip is not None:
        body = list(gzipped(body, reply.gzip))
    if body and not allows_content(reply.status):
        message = f"a reply with status {reply.status} has no body; remove its steps"
        raise InvalidScenario(("steps",), message)
    return [_start(reply, body), *body, Finish()]


def _start(reply: Reply, body: Iterable[Action]) -> Start:
    reason = reason_phrase(reply.status) if reply.reason is None else reply.reason
    with refused_at("reason"):
        start = Start(
            reply.status,
            reason,
            http_1_0=reply.http_1_0,
            until_closed=not reply.chunked,
            omitted_headers=frozenset(
                name.lower() for name, v in reply.headers.items() if v is None
            ),
        )
    with refused_at("headers"):
        return replace(start, headers=header_lines(_defaults(reply, body), reply.headers))


def _defaults(reply: Reply, body: Iterable[Action]) -> Mapping[str, str]:
    headers = _type_headers(reply) if allows_content(reply.status) else {}
    if reply.gzip is not None:
        headers.update([CONTENT_CODING])
    if reply.content_length is not None:
        if not reply.chunked:
            raise InvalidScenario(
                ("chunked",), "a body with a length does not end with the connection"
            )
        right = sum(len(action.data) for action in body if isinstance(action, Send))
        wanted = right if reply.content_length == "right" else reply.content_length
        headers["Content-Length"] = str(wanted)
    if reply.close:
        headers["Connection"] = "close"
    return headers


def _type_headers(reply: Reply) -> dict[str, str]:
    return dict(stream_headers(reply.charset) if reply.status == 200 else JSON_HEADERS)


def _after_event(last_event_id: object, parts: list[Part]) -> list[Part]:
    """Leave out what a client has that names the id which it got last; an unknown one has nothing.

    HTML, section 9.2.4.
    """
    decoder = Decoder(max_event_bytes=NO_LIMIT, max_line_bytes=NO_LIMIT)
    for index, part in enumerate(parts):
        if not isinstance(part, EncodedStep):
            continue
        offset = 0
        for line in part.data.splitlines(keepends=True):
            decoder.feed(line)
            offset += len(line)
            if decoder.last_event_id == last_event_id != "":
                rest = part._replace(data=part.data[offset:])
                return [*([rest] if rest.data else []), *parts[index + 1 :]]
    return parts


def _after_bom(parts: list[Part]) -> list[Part]:
    """Put a byte order mark into the first chunk."""
    for index, part in enumerate(parts):
        if isinstance(part, EncodedStep):
            return [*parts[:index], part._replace(data=BOM + part.data), *parts[index + 1 :]]
    return [*parts, EncodedStep(BOM)]


def _with_ends(parts: Iterable[Part]) -> list[Action]:
    """Count the events as a reader of the whole stream does: raw bytes may finish any of them."""
    counter = EventCounter()
    return [_sent(part, counter) if isinstance(part, EncodedStep) else part for part in parts]


def _sent(piece: EncodedStep, counter: EventCounter) -> Send:
    send = counter.send(piece.data)
    return replace(send, continues=True) if piece.continues else send
