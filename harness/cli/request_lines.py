"""A line for each request that the mock has answered, on standard error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamproof.contracts.text import counted, one_line
from streamproof.mock_ai.control.json_views import status_of
from streamproof.mock_ai.journal.journal import ReplyEnding

if TYPE_CHECKING:
    from streamproof.harness.console import Console
    from streamproof.mock_ai.journal.journal import JournalEntry

LONGEST_TARGET = 100


class RequestLines:
    """An observer of the journal; it prints a line when a reply ends.

    With `only_unmatched` it prints only requests that no scenario answered.
    """

    def __init__(self, console: Console, *, only_unmatched: bool = False) -> None:
        self._console = console
        self.only_unmatched = only_unmatched
        self.unmatched = 0
        """How many requests no scenario answered."""

    def began(self, entry: JournalEntry) -> None:
        """Do nothing: the line has the end of the reply."""

    def wrote(self, entry: JournalEntry, writes: int) -> None:
        """Do nothing."""

    def state_changed(self, entry: JournalEntry) -> None:
        """Do nothing."""

    def ended(self, entry: JournalEntry) -> None:
        """Print the line."""
        unmatched = entry.ending is ReplyEnding.UNMATCHED
        self.unmatched += unmatched
        if unmatched or not self.only_unmatched:
            self._console.line(line_of(entry), None if entry.scripted else "warning")


def line_of(entry: JournalEntry) -> str:
    """Return the request, what answered it, and how the reply ended."""
    target = entry.request.target
    shown = target if len(target) <= LONGEST_TARGET else f"{target[:LONGEST_TARGET]}…"
    request = one_line(f"#{entry.number} {entry.request.method} {shown}")
    return f"{request}: {_answer(entry)}"


def _answer(entry: JournalEntry) -> str:
    status = status_of(entry)
    if entry.refusal is not None:
        error = one_line(str(entry.refusal.body.get("error", entry.ending)))
        return f"{status}, {error}{_advice(entry.refusal.body.get('near'))}"
    what = entry.scenario or entry.endpoint or ReplyEnding.UNMATCHED
    writes = f"{counted(entry.written, 'write')} in {entry.ended_ms or entry.last_ms or 0:.0f} ms"
    return f"{what}, {status or 'no status'}, {writes}, {entry.ending or 'open'}"


def _advice(near: object) -> str:
    """Return the scenario that a request most likely meant."""
    first = near[0] if isinstance(near, list | tuple) and near else None
    return f"; did you mean '{first['scenario']}'?" if isinstance(first, dict) else ""
