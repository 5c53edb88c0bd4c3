"""The check that the AI service's stream gets the verdict that the scenario expects."""

from collections.abc import Iterator
from typing import Protocol

from streamproof.contracts.verdict import Report
from streamproof.harness.checking.check import Check
from streamproof.harness.reports.result import Finding
from streamproof.mock_ai.scenario.model import Scenario


class HasUpstreamReport(Protocol):
    """A scenario with the result of the AI service's contract."""

    @property
    def scenario(self) -> Scenario:
        """The scenario."""

    @property
    def upstream(self) -> Report:
        """The report on the reply that a relay passes on."""


def find_other_verdict(played: HasUpstreamReport) -> Iterator[Finding]:
    """Compare the verdict with the one that the scenario expects."""
    expect, report = played.scenario.expect, played.upstream
    if expect is not None and expect.verdict != report.verdict:
        why = report.violations[0].message if report.violations else "the stream keeps its contract"
        yield Finding(f"another verdict: {why}", expect.verdict, report.verdict)


CHECKS: tuple[Check[HasUpstreamReport], ...] = (
    Check(
        "scenario.verdict",
        "The AI service's stream gets the verdict that the scenario expects.",
        "`verify relay` computes this verdict from the scenario file, so a failure means that the"
        " file is wrong, not the relay. `verify ai` takes the verdict on the real stream, so a"
        " failure means that the service plays the scenario in another way.",
        find_other_verdict,
        applies=lambda played: played.scenario.expect is not None,
    ),
)
