"""The latest replies in numbers, for a list of them: how much came, when, and what is wrong.

Replies that share their bytes are read once, and of what is left only so much: the numbers of the
oldest are then not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from contracts.amounts import rounded_ms
from mock_ai.control.faults import show_faults
from mock_ai.control.reading_back import ReadBack
from mock_ai.control.showing import Shown, show_entry, show_state

if TYPE_CHECKING:
    from mock_ai.control.scope import Scope
    from mock_ai.playing.journal import Entry

MAX_READ_BYTES: Final = 4_194_304

_NOT_KNOWN: Final[Shown] = {"total_bytes": None, "total_events": None}


class Tally:
    """Counts what came of replies, within a budget."""

    def __init__(self, max_bytes: int = MAX_READ_BYTES) -> None:
        self._left = max_bytes
        self._known: dict[tuple[int, int, str], Shown] = {}

    def show(self, entry: Entry) -> Shown:
        """Show how many bytes and events came, or that it is not known."""
        key = (id(entry.cues), entry.written, entry.asked.method)
        if key not in self._known:
            if self._left <= 0:
                return _NOT_KNOWN
            self._known[key] = self._read(entry)
        return self._known[key]

    def _read(self, entry: Entry) -> Shown:
        read = ReadBack(entry.asked.method)
        for sent in entry.writes:
            read.take(sent.data)
        self._left -= read.bytes
        return {"total_bytes": read.bytes, "total_events": read.events}


def show_overview(scope: Scope) -> Shown:
    """Show every reply of the journal, oldest first."""
    tally = Tally()
    newest_first = [_show_row(entry, scope, tally) for entry in reversed([*scope.journal])]
    return {"entries": newest_first[::-1], "downstream": scope.house.runs.downstream.reported}


def _show_row(entry: Entry, scope: Scope, tally: Tally) -> Shown:
    runs = scope.house.runs
    age_ms = None
    if entry.began_ms is not None and entry.last_ms is not None:
        age_ms = rounded_ms(runs.clock.now_ms() - entry.began_ms - entry.last_ms)
    return {
        **show_entry(entry),
        **show_state(runs.live(entry)),
        **tally.show(entry),
        "age_ms": age_ms,
        "faults": show_faults(entry, scope.house.shelf),
    }
