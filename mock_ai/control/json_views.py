"""What the control API shows, as JSON: requests, writes, streams, scenarios, and their errors."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from streamproof.contracts.messages import Content, End, Other, RawText, Sources, read_message
from streamproof.contracts.text import rounded_ms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from streamproof.contracts.source.document import SourceError
    from streamproof.contracts.sse import Event
    from streamproof.mock_ai.journal.deliveries import Delivery
    from streamproof.mock_ai.journal.journal import JournalEntry, SentWrite
    from streamproof.mock_ai.library.registry import ScenarioRegistry
    from streamproof.mock_ai.playing.live import LiveStream
    from streamproof.mock_ai.scenario.model import Scenario

JsonObject: TypeAlias = dict[str, Any]

_KINDS: Final[Mapping[type, str]] = {
    Content: "content",
    Sources: "sources",
    End: "end",
    Other: "other",
    RawText: "raw",
}


def bytes_json(data: bytes) -> JsonObject:
    """Show bytes exactly, and as text with U+FFFD for what is none."""
    return {
        "base64": base64.b64encode(data).decode(),
        "text": data.decode("utf-8", "replace"),
    }


def write_json(sent: SentWrite) -> JsonObject:
    """Show one write, with the framing of HTTP."""
    return {**times_json(sent), "size": len(sent.data), **bytes_json(sent.data)}


def times_json(sent: SentWrite) -> JsonObject:
    """Show when a write was due, and when it left."""
    return {"planned_ms": rounded_ms(sent.planned_ms), "actual_ms": rounded_ms(sent.actual_ms)}


def request_json(entry: JournalEntry) -> JsonObject:
    """Show a request, and what answers it."""
    question = entry.asked.question
    return {
        "number": entry.number,
        "run": entry.run,
        "method": entry.asked.method,
        "path": entry.asked.path,
        "question": question.question,
        "message_id": question.message_id,
        "scenario": entry.scenario,
        "attempt": entry.attempt,
        "request": entry.request,
        "speed": entry.speed,
    }


def entry_json(entry: JournalEntry) -> JsonObject:
    """Show a request and what became of it, without bytes."""
    return {
        **request_json(entry),
        "writes": entry.written,
        "ending": entry.ending,
        "scripted": entry.scripted,
        "ended_ms": rounded_ms(entry.ended_ms),
    }


def whole_entry_json(entry: JournalEntry) -> JsonObject:
    """Show a request and its reply with all bytes."""
    return {
        **entry_json(entry),
        "headers": [list(header) for header in entry.asked.headers],
        "body": bytes_json(entry.asked.body),
        "sent": [write_json(sent) for sent in entry.writes],
    }


def stream_json(live: LiveStream) -> JsonObject:
    """Show a stream that is being performed."""
    return {**entry_json(live.entry), **state_json(live)}


def state_json(live: LiveStream | None) -> JsonObject:
    """Show what a stream does; nothing any more, where it is none."""
    if live is None:
        return {"state": None, "waits_for": None}
    return {"state": live.state, "waits_for": live.waits_for}


def event_json(event: Event) -> JsonObject:
    """Show a decoded event, and what kind of message it is."""
    return {**event._asdict(), "kind": _KINDS[type(read_message(event.data))]}


def delivery_json(seen: Delivery, since_ms: float = 0) -> JsonObject:
    """Show a frame that was seen downstream, by the mock's clock or since a time on it."""
    at_ms = rounded_ms(seen.at_ms - since_ms)
    return {"at_ms": at_ms, "connection": seen.connection, **seen.frame._asdict()}


def scenario_json(scenario: Scenario, registry: ScenarioRegistry) -> JsonObject:
    """Show a scenario without its text."""
    return {
        "name": scenario.name,
        "title": scenario.title,
        "about": scenario.about,
        "seen_in": list(scenario.seen_in),
        "replies": len(scenario.replies),
        "origin": "file" if registry.text(scenario.name) is None else "put",
        "file": None if scenario.path is None else str(scenario.path),
    }


def errors_json(errors: Iterable[SourceError]) -> list[JsonObject]:
    """Show what is wrong with scenario files, also drawn with a caret."""
    return [{**error.as_json(), "rendered": error.render()} for error in errors]
