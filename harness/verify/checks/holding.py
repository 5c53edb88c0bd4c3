"""While the AI service is silent, the browser already has all that it said before."""

from collections.abc import Iterator

from streamproof.contracts.text import counted
from streamproof.harness.checking.check import Check
from streamproof.harness.reports.result import Finding
from streamproof.harness.verify.observation import Observation


def find_held_back(observed: Observation) -> Iterator[Finding]:
    """Say at which hold frames were missing."""
    for held in observed.held_back:
        yield Finding(
            f"at hold {held.hold} of the AI service frame {held.seen + 1} of {held.due} is missing",
            expected=f"{counted(held.due, 'frame')} at the browser while the AI service waits",
            actual=f"{held.seen}",
            event_number=held.seen + 1,
        )


CHECKS = (
    Check(
        "streaming.holds",
        "the browser has all that the AI service sent before a hold while it waits",
        find_held_back,
        applies=lambda observed: observed.holds > 0,
    ),
)
