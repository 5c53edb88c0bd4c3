"""The head of a reply: status line, headers, framing, and the interim replies before it.

The framing comes from `content_length`, `chunked` and `protocol`. Headers that a scenario sets are
sent as they are, also those about framing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from streamproof.mock_ai.actions import Action, Send, Start
from streamproof.mock_ai.actions.head import Framing, InterimReply
from streamproof.mock_ai.actions.headers import (
    header_lines,
    reason_phrase,
)
from streamproof.mock_ai.errors import InvalidScenario, refused_at
from streamproof.mock_ai.http1.syntax import allows_content
from streamproof.mock_ai.planning.gzip import CONTENT_CODING

if TYPE_CHECKING:
    from streamproof.mock_ai.actions.head import Headers
    from streamproof.mock_ai.scenario.model import Reply


def plan_head(reply: Reply, defaults: Mapping[str, str], body: Iterable[Action]) -> Start:
    """Return the start of a reply; raises `InvalidScenario` with the path of a wrong value.

    `defaults` are the headers of its dialect, for a reply that can have content.
    """
    with refused_at("reason"):
        start = Start(
            reply.status,
            _reason(reply.status, reply.reason),
            http_1_0=reply.http_1_0,
            framing=_framing(reply),
            omitted_headers=frozenset(
                name.lower() for name, v in reply.headers.items() if v is None
            ),
        )
    with refused_at("chunk_extension"):
        if reply.chunk_extension:
            _check_chunks(start)
        start = replace(start, chunk_extension=reply.chunk_extension)
    with refused_at("trailers"):
        if reply.trailers:
            _check_chunks(start)
        start = replace(start, trailers=header_lines({}, reply.trailers))
    start = replace(start, interim=tuple(_interim_replies(reply)))
    with refused_at("headers"):
        return replace(start, headers=_headers(reply, defaults, body))


def _reason(status: int, given: str | None) -> str:
    return reason_phrase(status) if given is None else given


def _framing(reply: Reply) -> Framing:
    if not reply.chunked:
        return Framing.CLOSE
    return Framing.CHUNKED if reply.content_length is None else Framing.LENGTH


def _check_chunks(start: Start) -> None:
    if not start.chunked:
        raise ValueError("needs a body in chunks; remove `content_length`, `chunked`, `protocol`")


def _interim_replies(reply: Reply) -> Iterator[InterimReply]:
    for number, interim in enumerate(reply.interim):
        with refused_at("interim", number):
            if reply.http_1_0:
                raise ValueError("needs HTTP/1.1; remove `protocol`")
            reason = _reason(interim.status, interim.reason)
            headers = header_lines({}, interim.headers)
            yield InterimReply(interim.status, reason, headers, interim.wait_ms)


def _headers(reply: Reply, defaults: Mapping[str, str], body: Iterable[Action]) -> Headers:
    """Return the default headers and those of the scenario."""
    headers: dict[str, str] = {}
    if allows_content(reply.status):
        headers.update(defaults)
    if reply.gzip is not None:
        headers.update([CONTENT_CODING])
    if reply.content_length is not None:
        if not reply.chunked:
            message = "a body with `content_length` cannot end with the connection"
            raise InvalidScenario(("chunked",), f"{message}; remove `chunked: false`")
        right = sum(len(action.data) for action in body if isinstance(action, Send))
        wanted = right if reply.content_length == "right" else reply.content_length
        headers["Content-Length"] = str(wanted)
    if reply.trailers:
        headers["Trailer"] = ", ".join(reply.trailers)
    if reply.close:
        headers["Connection"] = "close"
    return header_lines(headers, reply.headers)
