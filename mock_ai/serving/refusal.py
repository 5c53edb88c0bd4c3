"""Refusals: why no scenario answers a request, as JSON, and as the end of its journal entry.

The client gets the error as its provider words it; the journal keeps the mock's own words.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from streamproof.mock_ai.actions import Finish, Send, Start
from streamproof.mock_ai.actions.head import Framing
from streamproof.mock_ai.actions.headers import JSON_HEADERS, reason_phrase, with_length
from streamproof.mock_ai.dialects.output import ProviderError
from streamproof.mock_ai.dialects.provider_headers import provider_headers
from streamproof.mock_ai.endpoints import endpoints_at
from streamproof.mock_ai.errors import InvalidRequest
from streamproof.mock_ai.http1.writer import ScheduledWrite, framing_of, lay_out
from streamproof.mock_ai.journal.journal import JournalEntry, Refusal, ReplyEnding
from streamproof.mock_ai.request.context import RequestContext
from streamproof.mock_ai.request.dialect import fitting_dialect
from streamproof.mock_ai.request.providers import is_provider_path
from streamproof.mock_ai.request.question import NO_QUESTION
from streamproof.mock_ai.request.received import allowed_methods
from streamproof.mock_ai.request.target import CHAT_PATH
from streamproof.mock_ai.serving.reply_head import with_head
from streamproof.mock_ai.serving.runs import NO_RUN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamproof.contracts.origins import Origins
    from streamproof.mock_ai.actions.head import Headers
    from streamproof.mock_ai.dialects.dialect import Dialect
    from streamproof.mock_ai.playing.wire import Wire
    from streamproof.mock_ai.request.received import ReceivedRequest
    from streamproof.mock_ai.serving.matching import Unmatched
    from streamproof.mock_ai.serving.runs import Run
    from streamproof.mock_ai.serving.state import MockState

_LOG: Final = logging.getLogger("streamproof.mock_ai")

_NOT_ALLOWED: Final = 405
_INTERNAL_ERROR: Final = 500
_BAD_GATEWAY: Final = 502


@dataclass(frozen=True, slots=True)
class JsonReply:
    """The reason why there is no stream, as JSON; `data` is the whole reply."""

    status: int
    data: bytes
    reusable: bool

    async def send(self, wire: Wire) -> None:
        """Write it, and wait until the kernel has it."""
        wire.write(self.data)
        if wire.full:
            await wire.drain()


def refuse_invalid(request: ReceivedRequest, state: MockState, error: InvalidRequest) -> JsonReply:
    """Refuse an invalid request; note it, so that it does not look as if it never came."""
    run = state.runs[request.run or NO_RUN]
    request.question = NO_QUESTION
    context = RequestContext(request, NO_QUESTION, request_number=0, message_attempt=0)
    received_ms = state.runs.clock.now_ms()
    entry = run.journal.add(JournalEntry(context, run=run.id, received_ms=received_ms))
    body = {"error": str(error)}
    return _refuse(entry, run, state, ReplyEnding.REFUSED, error.status, body)


def refuse_unmatched(
    found: Unmatched, entry: JournalEntry, run: Run, state: MockState
) -> JsonReply:
    """Refuse a request that no scenario answers."""
    if state.on_unmatched is not None:
        state.on_unmatched(found)
    allowed, method = _allowed_methods(entry.request.path), entry.request.method
    status = _NOT_ALLOWED if allowed and method not in allowed else 404
    return _refuse(entry, run, state, ReplyEnding.UNMATCHED, status, found.as_json())


def refuse_unplayable(entry: JournalEntry, run: Run, state: MockState, why: str) -> JsonReply:
    """Refuse a request for which its scenario cannot be played."""
    body = {"error": why}
    return _refuse(entry, run, state, ReplyEnding.UNPLAYABLE, InvalidRequest.status, body)


def refuse_broken(entry: JournalEntry, run: Run, state: MockState, error: Exception) -> JsonReply:
    """Refuse a request because of an error of the mock itself, which the log shows."""
    what = f"request {entry.number} ({entry.scenario or entry.endpoint})"
    _LOG.error("%s: internal error", what, exc_info=error)
    body = {"error": f"internal error of the mock: {type(error).__name__}; its log has more"}
    return _refuse(entry, run, state, ReplyEnding.UNPLAYABLE, _INTERNAL_ERROR, body)


def refuse_unreachable(entry: JournalEntry, run: Run, state: MockState, why: str) -> JsonReply:
    """Refuse a request that no scenario answers, because its service cannot be reached."""
    return _refuse(entry, run, state, ReplyEnding.UNMATCHED, _BAD_GATEWAY, {"error": why})


def _refuse(
    entry: JournalEntry,
    run: Run,
    state: MockState,
    ending: ReplyEnding,
    status: int,
    body: Mapping[str, object],
) -> JsonReply:
    request = entry.request
    dialect = fitting_dialect(request)
    worded = body if dialect is None else _in_dialect(dialect, status, body)
    reply = _json_reply(request, status, worded, dialect, state.origins)
    entry.refusal = Refusal(status, body, reply.data, run.group.scheduler.clock.now_ms())
    run.journal.end(entry, ending)
    return reply


def _in_dialect(
    dialect: type[Dialect], status: int, body: Mapping[str, object]
) -> Mapping[str, object]:
    """Return an error in the words of a provider, with the near scenarios."""
    near: Any = body.get("near", ())
    names = ", ".join(miss["scenario"] for miss in near)
    message = f"{body['error']}{f'; the nearest are: {names}' if names else ''}"
    return {**dialect.error_body(ProviderError(status, message)), "near": [*near]}


def _json_reply(
    request: ReceivedRequest,
    status: int,
    value: Mapping[str, object],
    dialect: type[Dialect] | None,
    origins: Origins,
) -> JsonReply:
    body = json.dumps(value).encode()
    more = {} if dialect is None else provider_headers(dialect.provider, status)
    headers: Headers = with_length((*JSON_HEADERS.items(), *more.items()), len(body))
    if status == _NOT_ALLOWED:
        headers = (*headers, ("Allow", ", ".join(_allowed_methods(request.path))))
    start = Start(status, reason_phrase(status), headers, framing=Framing.LENGTH)
    framing = framing_of(start, method=request.method, http_1_0=request.http_1_0)
    script = lay_out((start, Send(body), Finish()), framing)
    actions = with_head(script, request, origins)
    data = b"".join(action.data for action in actions if isinstance(action, ScheduledWrite))
    return JsonReply(status, data, request.keep_alive)


def _allowed_methods(path: str) -> tuple[str, ...]:
    """Return the methods that a path is for; none if it is for any."""
    if path == CHAT_PATH or is_provider_path(path):
        return allowed_methods(path)
    return tuple(dict.fromkeys(method for one in endpoints_at(path) for method in one.methods))
