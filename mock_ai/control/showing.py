"""What the control API shows, as JSON: requests, writes, streams, scenarios, and their errors."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from contracts.amounts import rounded_ms
from contracts.messages import Content, End, Other, RawText, Sources, read_message

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from contracts.source import SourceError
    from contracts.sse import Event
    from mock_ai.answering.downstream import Sighting
    from mock_ai.language.scenario import Scenario
    from mock_ai.library.shelf import Shelf
    from mock_ai.playing.journal import Entry, Sent
    from mock_ai.playing.live import Live

Shown: TypeAlias = dict[str, Any]

_KINDS: Final[Mapping[type, str]] = {
    Content: "content",
    Sources: "sources",
    End: "end",
    Other: "other",
    RawText: "raw",
}


def show_bytes(data: bytes) -> Shown:
    """Show bytes exactly, and as text with U+FFFD for what is none."""
    return {
        "base64": base64.b64encode(data).decode(),
        "text": data.decode("utf-8", "replace"),
    }


def show_write(sent: Sent) -> Shown:
    """Show one write, with the framing of HTTP."""
    return {**show_times(sent), "size": len(sent.data), **show_bytes(sent.data)}


def show_times(sent: Sent) -> Shown:
    """Show when a write was due, and when it left."""
    return {"planned_ms": rounded_ms(sent.planned_ms), "actual_ms": rounded_ms(sent.actual_ms)}


def show_request(entry: Entry) -> Shown:
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


def show_entry(entry: Entry) -> Shown:
    """Show a request and what became of it, without bytes."""
    return {
        **show_request(entry),
        "writes": entry.written,
        "ending": entry.ending,
        "scripted": entry.scripted,
        "ended_ms": rounded_ms(entry.ended_ms),
    }


def show_whole_entry(entry: Entry) -> Shown:
    """Show a request and its reply with all bytes."""
    return {
        **show_entry(entry),
        "headers": [list(header) for header in entry.asked.headers],
        "body": show_bytes(entry.asked.body),
        "sent": [show_write(sent) for sent in entry.writes],
    }


def show_stream(live: Live) -> Shown:
    """Show a stream that is being performed."""
    return {**show_entry(live.entry), **show_state(live)}


def show_state(live: Live | None) -> Shown:
    """Show what a stream does; nothing any more, where it is none."""
    if live is None:
        return {"state": None, "waits_for": None}
    return {"state": live.state, "waits_for": live.waits_for}


def show_event(event: Event) -> Shown:
    """Show a decoded event, and what kind of message it is."""
    return {**event._asdict(), "kind": _KINDS[type(read_message(event.data))]}


def show_sighting(seen: Sighting, since_ms: float = 0) -> Shown:
    """Show a frame that was seen downstream, by the mock's clock or since a time on it."""
    at_ms = rounded_ms(seen.at_ms - since_ms)
    return {"at_ms": at_ms, "connection": seen.connection, **seen.frame._asdict()}


def show_scenario(scenario: Scenario, shelf: Shelf) -> Shown:
    """Show a scenario without its text."""
    return {
        "name": scenario.name,
        "title": scenario.title,
        "about": scenario.about,
        "seen_in": list(scenario.seen_in),
        "replies": len(scenario.replies),
        "origin": "file" if shelf.text(scenario.name) is None else "put",
        "file": None if scenario.path is None else str(scenario.path),
    }


def show_errors(errors: Iterable[SourceError]) -> list[Shown]:
    """Show what is wrong with scenario files, also drawn with a caret."""
    return [{**error.as_json(), "rendered": error.render()} for error in errors]
