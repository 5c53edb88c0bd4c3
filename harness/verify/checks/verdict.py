"""The check that the AI service's stream gets the verdict that belongs to the scenario."""

from collections.abc import Iterator
from typing import Protocol

from streamproof.contracts.verdict import Report
from streamproof.harness.checking.check import Check
from streamproof.harness.reports.result import Finding


class HasVerdict(Protocol):
    """A scenario that was played, with the result of a contract on the AI service's stream."""

    @property
    def upstream(self) -> Report:
        """The report on the stream."""

    @property
    def expected_verdict(self) -> str | None:
        """The verdict that the scenario should lead to; None if nothing says which."""


def find_other_verdict(played: HasVerdict) -> Iterator[Finding]:
    """Compare the verdict with the expected one."""
    report = played.upstream
    if played.expected_verdict != report.verdict:
        why = report.violations[0].message if report.violations else "the stream keeps its contract"
        yield Finding(f"another verdict: {why}", played.expected_verdict, report.verdict)


CHECKS: tuple[Check[HasVerdict], ...] = (
    Check(
        "scenario.verdict",
        "The AI service's stream gets the verdict that the scenario expects.",
        "`verify relay` computes this verdict from the scenario file, so a failure means that the"
        " file is wrong, not the relay. `verify ai` takes the verdict on the real stream, so a"
        " failure means that the service plays the scenario in another way. With `--dialect`, it"
        " expects the verdict of that contract on what the file says for the dialect.",
        find_other_verdict,
        applies=lambda played: played.expected_verdict is not None,
    ),
)
