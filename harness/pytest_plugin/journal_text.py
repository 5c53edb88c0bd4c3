"""The journal of the mock as a section of the report on a failed test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from streamproof.contracts.text import counted, one_line
from streamproof.harness.cli.request_lines import line_of

if TYPE_CHECKING:
    from streamproof.mock_ai import JournalEntry, ThreadedMock

MOST_REQUESTS: Final = 20
MOST_EVENTS: Final = 20
SHOWN_CHARACTERS: Final = 160


def journal_section(mock: ThreadedMock) -> tuple[str, str]:
    """Return the title and the text of the section."""
    journal = mock.journal
    lines = [line for entry in journal[-MOST_REQUESTS:] for line in _lines(entry)]
    if not journal:
        lines = [f"the mock at {mock.url} got no request"]
    elif len(journal) > MOST_REQUESTS:
        lines.insert(0, f"({counted(len(journal) - MOST_REQUESTS, 'earlier request')})")
    return "streamproof: the journal of the mock", "\n".join(lines)


def _lines(entry: JournalEntry) -> Iterator[str]:
    yield line_of(entry)
    question = entry.request.question.question
    if question:
        yield f"    question: {_short(question)}"
    events = entry.events
    for number, event in enumerate(events[:MOST_EVENTS], start=1):
        yield f"    sent #{number} {event.event} {_short(event.data)}"
    if len(events) > MOST_EVENTS:
        yield f"    … {counted(len(events) - MOST_EVENTS, 'more event')}"


def _short(text: str) -> str:
    shown = one_line(text[:SHOWN_CHARACTERS])
    return shown if len(text) <= SHOWN_CHARACTERS else f"{shown}…"
