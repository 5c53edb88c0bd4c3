"""The replies of the journal in numbers, for a list: sizes, times, states and faults.

Replies that share their bytes are read once. The bytes that are read have a limit, so the numbers
of the oldest replies may be unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streamproof.contracts.text import rounded_ms
from streamproof.mock_ai.control.faults import faults_json
from streamproof.mock_ai.control.json_views import (
    JsonObject,
    entry_json,
    state_json,
    title_of,
)
from streamproof.mock_ai.http1.reply_reader import ReplyReader

if TYPE_CHECKING:
    from streamproof.mock_ai.control.scope import Scope
    from streamproof.mock_ai.journal.journal import JournalEntry

MAX_READ_BYTES: Final = 4_194_304

_UNKNOWN: Final[JsonObject] = {"total_bytes": None, "total_events": None}


class Tally:
    """Counts the bytes and events of replies, up to a limit of bytes."""

    def __init__(self, max_bytes: int = MAX_READ_BYTES) -> None:
        self._left = max_bytes
        self._known: dict[tuple[int, int, str], JsonObject] = {}

    def show(self, entry: JournalEntry) -> JsonObject:
        """Return the numbers of bytes and events; null beyond the limit."""
        if entry.refusal is not None:
            return {"total_bytes": len(entry.refusal.data), "total_events": 0}
        key = (id(entry.actions), entry.written, entry.request.method)
        if key not in self._known:
            if self._left <= 0:
                return _UNKNOWN
            self._known[key] = self._read(entry)
        return self._known[key]

    def _read(self, entry: JournalEntry) -> JsonObject:
        read = ReplyReader(entry.request.method)
        for sent in entry.writes:
            read.feed(sent.data)
        self._left -= read.bytes
        return {"total_bytes": read.bytes, "total_events": read.events}


def overview_json(scope: Scope) -> JsonObject:
    """Return a row for every reply of the journal, oldest first."""
    tally = Tally()
    newest_first = [_show_row(entry, scope, tally) for entry in reversed([*scope.journal])]
    registry = scope.state.registry
    return {
        "errors": [error.render() for error in registry.errors],
        "entries": newest_first[::-1],
        "downstream": scope.state.runs.deliveries.reported,
        "chat_url": scope.state.chat_url,
    }


def _show_row(entry: JournalEntry, scope: Scope, tally: Tally) -> JsonObject:
    runs = scope.state.runs
    age_ms = elapsed_ms = None
    if entry.began_ms is not None:
        elapsed_ms = runs.clock.now_ms() - entry.began_ms
        if entry.last_ms is not None:
            age_ms = elapsed_ms - entry.last_ms
    return {
        **entry_json(entry),
        **state_json(runs.live(entry)),
        **tally.show(entry),
        "title": title_of(entry, scope.state.registry),
        "elapsed_ms": rounded_ms(elapsed_ms),
        "age_ms": rounded_ms(age_ms),
        "faults": faults_json(entry, scope.state.registry),
    }
