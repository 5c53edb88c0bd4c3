"""Adds to a stream that stays open how the reply of the AI service had ended by then."""

from collections.abc import Iterator
from dataclasses import replace

from streamproof.harness.checking.check import Check
from streamproof.harness.reports.result import Finding
from streamproof.harness.verify.observation import Observation

STALL = ".stall"
"""The end of the IDs of the checks that find such a stream."""


def with_reason(check: Check[Observation]) -> Check[Observation]:
    """Return a check whose findings say what the AI service did; any other check as it is."""
    if not check.id.endswith(STALL):
        return check

    def find(observed: Observation) -> Iterator[Finding]:
        for finding in check.find(observed):
            yield replace(finding, message=f"{finding.message}; {_reason(observed)}")

    return replace(check, find=find)


def _reason(observed: Observation) -> str:
    """Return what the AI service had done when the reader gave up."""
    if not observed.requests:
        return "the AI service was not asked"
    last, reading = observed.requests[-1], observed.reading
    since_ms = reading.started * 1000
    if last.ended_ms is None or last.ended_ms > since_ms + reading.transcript.ended_ms:
        return "the AI service was still sending its reply"
    after = f"{last.ended_ms - since_ms:.0f} ms"
    return f"the reply of the AI service was over after {after} ({last.ending})"
