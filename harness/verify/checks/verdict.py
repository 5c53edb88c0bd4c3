"""The AI service's own leg gets the verdict that the scenario expects.

With a mock that is right, a failure says that the expectation is wrong.
"""

from collections.abc import Iterator
from typing import Protocol

from streamproof.contracts.verdict import Report
from streamproof.harness.checking.check import Check
from streamproof.harness.reports.result import Finding
from streamproof.mock_ai.scenario.model import Scenario


class HasUpstreamReport(Protocol):
    """A scenario with what the AI service's contract says about it."""

    @property
    def scenario(self) -> Scenario:
        """The scenario."""

    @property
    def upstream(self) -> Report:
        """The verdict on the reply that a relay passes on."""


def find_other_verdict(played: HasUpstreamReport) -> Iterator[Finding]:
    """Compare the verdict with the one that the scenario expects."""
    expect, report = played.scenario.expect, played.upstream
    if expect is not None and expect.verdict != report.verdict:
        why = report.violations[0].message if report.violations else "nothing is wrong with it"
        yield Finding(f"the verdict is another one: {why}", expect.verdict, report.verdict)


CHECKS: tuple[Check[HasUpstreamReport], ...] = (
    Check(
        "scenario.verdict",
        "the AI service's stream gets the verdict that the scenario expects",
        find_other_verdict,
        applies=lambda played: played.scenario.expect is not None,
    ),
)
