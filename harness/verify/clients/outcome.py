"""What a client made of a reply: its report, or what it printed and its exit code.

A report is one line of JSON on standard output, such as
`{"text": "Hello", "finished": true, "error": null}`. The last one counts.
"""

import json
from dataclasses import dataclass
from typing import Final

from streamproof.contracts.messages import storable

FINISHED: Final = "finished"
"""The key that makes a line a report."""


@dataclass(frozen=True, slots=True)
class ClientReport:
    """What a client says about one answer."""

    finished: bool
    """Whether it takes the answer for a complete one."""
    text: str = ""
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ClientOutcome:
    """The answer as a client has it, and how the client ended."""

    finished: bool
    text: str
    error: str | None = None
    reported: bool = False
    """Whether it printed a report; otherwise `text` is all that it printed."""
    ended: bool = True
    """Whether it ended, or reported, within the time limit."""

    def has(self, text: str) -> bool:
        """Tell whether the answer is this text; without a report, whether it was printed."""
        got, wanted = storable(self.text), storable(text)
        return got == wanted if self.reported else wanted in got

    def begins(self, text: str) -> bool:
        """Tell whether the answer is the beginning of this text."""
        return storable(text).startswith(storable(self.text))

    def lacks_the_end_of(self, text: str, last_piece: str) -> bool:
        """Tell whether the answer is the beginning of this text, without its last piece."""
        if self.has(text):
            return False
        if self.reported:
            return self.begins(text)
        return text.removesuffix(last_piece) in self.text


def report_in(line: str) -> ClientReport | None:
    """Return the report that a line of standard output is, or None."""
    if not line.lstrip().startswith("{"):
        return None
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):  # not JSON, or too deep for a report
        return None
    if not isinstance(fields, dict) or not isinstance(fields.get(FINISHED), bool):
        return None
    error = fields.get("error")
    return ClientReport(
        fields[FINISHED], str(fields.get("text") or ""), None if error is None else str(error)
    )


def last_report(printed: str) -> ClientReport | None:
    """Return the last report of an output, or None."""
    lines = reversed(printed.split("\n"))
    return next((report for line in lines if (report := report_in(line)) is not None), None)


def outcome_of(printed: str, exit_code: int | None, complained: str = "") -> ClientOutcome:
    """Return the outcome of a program; without an exit code, it did not end within the limit."""
    report = last_report(printed)
    if report is not None:
        return ClientOutcome(report.finished, report.text, report.error, reported=True)
    if exit_code is None:
        return ClientOutcome(finished=False, text=printed, ended=False)
    if exit_code == 0:
        return ClientOutcome(finished=True, text=printed)
    last = complained.strip().rpartition("\n")[2]
    error = f"exit code {exit_code}{f': {last}' if last else ''}"
    return ClientOutcome(finished=False, text=printed, error=error)
