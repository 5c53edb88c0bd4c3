"""The report for people: a line per case, then each failure with its reason and its timeline."""

from collections.abc import Iterator

from streamproof.contracts.text import counted
from streamproof.harness.console import Console
from streamproof.harness.reports.result import (
    CheckOutcome,
    CheckState,
    Finding,
    RunResult,
    VerifiedCase,
)
from streamproof.harness.reports.timeline import timeline_lines

INDENT = "    "


def print_report(result: RunResult, console: Console) -> None:
    """Print the whole result: the cases, then the failures, then the counts."""
    for case in result.cases:
        console.line(f"{case.state:<8}{_named(case)}", case.state)
    print_failures(result, console)
    console.line()
    console.line(summary(result), CheckState.BROKEN if result.broken else CheckState.HELD)


def print_failures(result: RunResult, console: Console) -> None:
    """Print every case with a broken check or a warning."""
    for case in result.cases:
        if case.failed:
            _print_failure(case, console)


def summary(result: RunResult) -> str:
    """Return one line with the number of cases, and of checks by their state."""
    checks = sum(len(case.outcomes) for case in result.cases)
    states = (f"{result.count(state)} {state}" for state in CheckState if result.count(state))
    counts = f"{counted(len(result.cases), 'case')}, {counted(checks, 'check')}"
    return f"{result.subject} {result.target}: {counts}: {', '.join(states)}"


def _print_failure(case: VerifiedCase, console: Console) -> None:
    console.line()
    console.line(f"{case.state}: {_named(case)}", case.state)
    console.line(f"{INDENT}{case.title}", "dim")
    for outcome in case.failed:
        for line in failure_lines(outcome):
            console.line(INDENT + line)
    for line in timeline_lines(case.timeline):
        console.line(INDENT + line, "dim")
    if case.replay:
        console.line(f"{INDENT}again: {case.replay}")


def failure_lines(outcome: CheckOutcome) -> Iterator[str]:
    """Yield the lines of a failed check: its rule, and each finding with expected and actual."""
    yield f"{outcome.check}: {outcome.rule}"
    for finding in outcome.findings:
        yield f"  {finding.message}{_place(finding)}"
        if finding.expected is not None:
            yield f"    expected  {finding.expected}"
        if finding.actual is not None:
            yield f"    actual    {finding.actual}"


def _place(finding: Finding) -> str:
    return f" (at {finding.at_ms:.1f} ms)" if finding.at_ms else ""


def _named(case: VerifiedCase) -> str:
    return f"{case.group}/{case.name}" if case.group else case.name
