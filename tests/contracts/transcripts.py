"""Streams of events for the checker of contracts, and what its reports name."""

from __future__ import annotations

import json
from typing import Any

from streamproof.contracts.contract import builtin_contract
from streamproof.contracts.messages import (
    END_FRAME_DATA,
    FAILED,
    START_FRAME_DATA,
    error_frame_data,
)
from streamproof.contracts.sse import Event
from streamproof.contracts.transcript import Ending, TimedEvent, Transcript
from streamproof.contracts.verdict import Report

AI_SERVICE = builtin_contract("ai-service")
FRONTEND = builtin_contract("frontend")
SOURCE = {"id": "doc-123", "title": "HR Policy", "content": "Employee handbook section..."}
HEADERS = {"content-type": "text/event-stream; charset=utf-8"}


def content(text: Any = "a", name: str = "message") -> Event:
    return Event(name, json.dumps({"type": "content", "content": text}))


SOURCES = Event("sources", json.dumps({"type": "sources", "sources": [SOURCE]}))
END = Event("end", '{"type": "end"}')


def stream(
    *events: Event, ending: Ending = Ending.CLOSED, step_ms: float = 10, **fields: Any
) -> Transcript:
    """Return a transcript with an event every `step_ms`."""
    timed = tuple(
        TimedEvent(number * step_ms, event) for number, event in enumerate(events, start=1)
    )
    ended_ms = step_ms * (len(events) + 1)
    return Transcript(
        **{
            "status": 200,
            "headers": HEADERS,
            "events": timed,
            "ending": ending,
            "ended_ms": ended_ms,
            **fields,
        }
    )


def frames(*events: tuple[str, str] | Event, turn: str = "t", first: int = 0) -> tuple[Event, ...]:
    """Return frames with IDs that count from `first`."""
    return tuple(Event(e[0], e[1], f"{turn}:{n}") for n, e in enumerate(events, start=first))


START = ("message", START_FRAME_DATA)
DONE = ("end", END_FRAME_DATA)
FAILURE = ("error", error_frame_data(FAILED))


def broken(report: Report) -> list[str]:
    return [violation.check for violation in report.violations]


def warned(report: Report) -> list[str]:
    return [violation.check for violation in report.warnings]
