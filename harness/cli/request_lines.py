"""A line for each request that the mock has answered, on standard error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from streamproof.contracts.text import counted, one_line
from streamproof.mock_ai.control.json_views import status_of
from streamproof.mock_ai.journal.journal import ReplyEnding

if TYPE_CHECKING:
    from collections.abc import Mapping

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
        refusal = entry.refusal.body
        return one_line(f"{status}, {refusal.get('error', entry.ending)}{advice_of(refusal)}")
    what = entry.scenario or entry.endpoint or ReplyEnding.UNMATCHED
    writes = f"{counted(entry.written, 'write')} in {entry.ended_ms or entry.last_ms or 0:.0f} ms"
    return f"{what}, {status or 'no status'}, {writes}, {entry.ending or 'open'}"


def advice_of(refusal: Mapping[str, Any]) -> str:
    """Return which scenario a refused request most likely meant, or nearly got."""
    near = refusal.get("near")
    if not near:
        return ""
    first = near[0]
    if first["fields"]:
        return f"; the nearest is '{first['scenario']}': {first['why']}"
    return f"; did you mean '{first['scenario']}'?"
