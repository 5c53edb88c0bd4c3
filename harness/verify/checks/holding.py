"""The check that the browser has every frame that was sent before the AI service paused."""

from collections.abc import Iterator

from streamproof.contracts.text import counted
from streamproof.harness.checking.check import Check
from streamproof.harness.reports.result import Finding
from streamproof.harness.verify.observation import Observation


def find_held_back(observed: Observation) -> Iterator[Finding]:
    """Find the holds at which frames were missing."""
    for held in observed.held_back:
        yield Finding(
            f"hold {held.hold} of the AI service: {held.unit} {held.seen + 1} of {held.due} is"
            " missing",
            expected=f"{counted(held.due, held.unit)} at the browser while the AI service waits",
            actual=counted(held.seen, held.unit),
            event_number=held.seen + 1,
        )


CHECKS = (
    Check(
        "streaming.holds",
        "While the AI service waits at a hold, the browser gets everything that was sent before.",
        "At `hold: until-released` the AI service waits until the browser has seen every event sent"
        " before, or until 10 s have passed. The browser did not get them. The relay collects"
        " events, or keeps back the last one, instead of passing each on at once.",
        find_held_back,
        timed=True,
        applies=lambda observed: observed.holds > 0,
    ),
)
