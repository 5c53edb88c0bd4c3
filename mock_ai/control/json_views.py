"""The JSON of the control API: requests, writes, streams, scenarios and errors."""

from __future__ import annotations

import base64
import re
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from streamproof.contracts.messages import Content, End, Other, RawText, Sources, read_message
from streamproof.contracts.text import rounded_ms
from streamproof.mock_ai.endpoints import TITLES
from streamproof.mock_ai.http1.writer import ScheduledWrite

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from streamproof.contracts.source.errors import SourceError
    from streamproof.contracts.sse import Event
    from streamproof.mock_ai.journal.deliveries import Delivery
    from streamproof.mock_ai.journal.journal import JournalEntry, SentWrite
    from streamproof.mock_ai.library.registry import ScenarioRegistry
    from streamproof.mock_ai.playing.live import LiveStream
    from streamproof.mock_ai.scenario.summary import ScenarioSummary

JsonObject: TypeAlias = dict[str, Any]

_KINDS: Final[Mapping[type, str]] = {
    Content: "content",
    Sources: "sources",
    End: "end",
    Other: "other",
    RawText: "raw",
}
_STATUS_LINE: Final = re.compile(rb"HTTP/1\.[01] ([0-9]{3})")
_STATUS_LINE_BYTES: Final = 12


def bytes_json(data: bytes) -> JsonObject:
    """Return bytes as base64, and as text with U+FFFD for bytes that are not UTF-8."""
    return {
        "base64": base64.b64encode(data).decode(),
        "text": data.decode("utf-8", "replace"),
    }


def write_json(sent: SentWrite) -> JsonObject:
    """Return a write with all bytes, including HTTP framing."""
    return {**times_json(sent), "size": len(sent.data), **bytes_json(sent.data)}


def times_json(sent: SentWrite) -> JsonObject:
    """Return the planned and the actual time of a write, in ms from the start of the reply."""
    return {"planned_ms": rounded_ms(sent.planned_ms), "actual_ms": rounded_ms(sent.actual_ms)}


def request_json(entry: JournalEntry) -> JsonObject:
    """Return a request and the scenario that answers it."""
    question = entry.request.question
    return {
        "number": entry.number,
        "run": entry.run,
        "method": entry.request.method,
        "path": entry.request.target,
        "question": question.question,
        "message_id": question.message_id,
        "scenario": entry.scenario,
        "endpoint": entry.endpoint,
        "attempt": entry.attempt,
        "request": entry.context.request_number,
        "speed": entry.speed,
    }


def entry_json(entry: JournalEntry) -> JsonObject:
    """Return a request and the result of its reply, without bytes."""
    return {
        **request_json(entry),
        "status": status_of(entry),
        "writes": entry.written,
        "ending": entry.ending,
        "scripted": entry.scripted,
        "ended_ms": rounded_ms(entry.ended_ms),
    }


def status_of(entry: JournalEntry) -> int | None:
    """Return the HTTP status of a reply; None until it is written."""
    if entry.refusal is not None:
        return entry.refusal.status
    start = b""
    writes = (action.data for action in entry.actions if isinstance(action, ScheduledWrite))
    for data in islice(writes, entry.written):
        start += data[:_STATUS_LINE_BYTES]
        if len(start) >= _STATUS_LINE_BYTES:
            break
    found = _STATUS_LINE.match(start)
    return int(found[1]) if found else None


def title_of(entry: JournalEntry, registry: ScenarioRegistry) -> str | None:
    """Return the title of the scenario in its current version, or of the endpoint; else None."""
    scenario = registry.scenarios.get(entry.scenario or "")
    return TITLES.get(entry.endpoint or "") if scenario is None else scenario.title


def whole_entry_json(entry: JournalEntry) -> JsonObject:
    """Return a request and its reply with all bytes."""
    return {
        **entry_json(entry),
        "headers": [list(header) for header in entry.request.headers],
        "body": bytes_json(entry.request.body),
        "sent": [write_json(sent) for sent in entry.writes],
    }


def stream_json(live: LiveStream) -> JsonObject:
    """Return a live stream: its entry and its state."""
    return {**entry_json(live.entry), **state_json(live)}


def state_json(live: LiveStream | None) -> JsonObject:
    """Return the state of a stream; both values are null after its end."""
    if live is None:
        return {"state": None, "waits_for": None}
    return {"state": live.state, "waits_for": live.waits_for}


def event_json(event: Event) -> JsonObject:
    """Return a decoded event with the kind of its message."""
    return {**event._asdict(), "kind": _KINDS[type(read_message(event.data))]}


def delivery_json(delivery: Delivery) -> JsonObject:
    """Return a delivered frame; its time counts from `since_ms` of the mock's clock."""
    at_ms = rounded_ms(delivery.at_ms)
    return {"at_ms": at_ms, "connection": delivery.connection, **delivery.frame._asdict()}


def scenario_json(scenario: ScenarioSummary, registry: ScenarioRegistry) -> JsonObject:
    """Return a scenario without its text."""
    return {
        "name": scenario.name,
        "title": scenario.title,
        "about": scenario.about,
        "seen_in": list(scenario.seen_in),
        "replies": scenario.reply_count,
        "origin": "file" if registry.text(scenario.name) is None else "put",
        "file": None if scenario.path is None else str(scenario.path),
    }


def errors_json(errors: Iterable[SourceError]) -> list[JsonObject]:
    """Return errors of scenario files, with the marked source line as `rendered`."""
    return [{**error.as_json(), "rendered": error.render()} for error in errors]
