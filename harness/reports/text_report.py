"""The report for people: what could deceive, a line per case, then each cause once, the counts."""

import textwrap
from collections.abc import Iterator

from streamproof.contracts.text import counted, first_names, one_line
from streamproof.harness.console import Console
from streamproof.harness.reports.causes import CauseGroup, causes_of, grouped
from streamproof.harness.reports.result import (
    CheckOutcome,
    CheckState,
    Finding,
    RunResult,
    VerifiedCase,
)
from streamproof.harness.reports.summary import (
    arithmetic,
    doubts,
    excuses,
    summary,
)
from streamproof.harness.reports.timeline import timeline_lines

INDENT = "    "
WIDTH = 96
LINE_CHARACTERS = 160
"""Of a finding in one line."""


def print_report(result: RunResult, console: Console) -> None:
    """Print the whole result: doubts, the cases, the causes of failures, then the counts."""
    print_doubts(result, console)
    for case in result.cases:
        console.line(f"{case.state:<7} {case.path}", case.state)
    print_failures(result, console)
    print_end(result, console)


def print_doubts(result: RunResult, console: Console) -> None:
    """Print what could make a pass meaningless, with an empty line after it."""
    lines = list(doubts(result))
    for line in lines:
        console.line(f"warning: {line}", CheckState.WARNING)
    if lines:
        console.line()


def print_failures(result: RunResult, console: Console) -> None:
    """Print every cause of a broken check or a warning once, then what the list excuses."""
    shown: set[str] = set()
    for group in grouped(causes_of(result)):
        _print_group(group, console, with_timeline=group.cases[0].path not in shown)
        shown.add(group.cases[0].path)
    _print_excused(result, console)


def case_lines(case: VerifiedCase) -> Iterator[str]:
    """Yield the lines of a failed case without the ways of a terminal, for other tools."""
    yield f"{case.state}: {case.path}"
    yield f"{INDENT}{case.title}"
    found = (outcome for outcome in case.outcomes if outcome.findings)
    failures = (line for outcome in found for line in failure_lines(outcome))
    for line in (*failures, *timeline_lines(case.timeline)):
        yield INDENT + line


def failure_line(case: VerifiedCase) -> str:
    """Return a failed case in one line, for a run that goes on; nothing for any other case."""
    if case.state not in (CheckState.BROKEN, CheckState.UNJUDGED):
        return ""
    first, *others = (one for one in case.failed if one.state is case.state)
    more = f", and {counted(len(others), 'more check')}" if others else ""
    found = one_line(first.findings[0].message[:LINE_CHARACTERS])
    return f"{case.state}: {case.path}: {first.check}: {found}{more}"


def print_end(result: RunResult, console: Console) -> None:
    """Print what was declared, run and skipped, then the counts."""
    console.line()
    for line in arithmetic(result):
        console.line(line, "dim")
    console.line(summary(result), CheckState.HELD if result.held else CheckState.BROKEN)


def failure_lines(outcome: CheckOutcome) -> Iterator[str]:
    """Yield the lines of a failed check: its rule, and each finding with expected and actual."""
    yield f"{outcome.check}: {outcome.rule}"
    for finding in outcome.findings:
        yield f"  {finding.message}{_place(finding)}"
        if finding.expected is not None:
            yield f"    expected  {finding.expected}"
        if finding.actual is not None:
            yield f"    actual    {finding.actual}"


def _print_group(group: CauseGroup, console: Console, *, with_timeline: bool) -> None:
    first = group.cases[0]
    console.line()
    for line, style in _heading(group):
        console.line(line, style)
    for cause in group.causes:
        for line in failure_lines(cause.outcome):
            console.line(INDENT + line)
    for line in timeline_lines(first.timeline) if with_timeline else ():
        console.line(INDENT + line, "dim")
    if first.replay:
        console.line(f"{INDENT}again: {first.replay}")


def _heading(group: CauseGroup) -> Iterator[tuple[str, str]]:
    first, *others = group.cases
    if not others:
        yield f"{group.state}: {first.path}", group.state
        yield f"{INDENT}{first.title}", "dim"
        return
    yield f"{group.state} in {counted(len(group.cases), 'case')}:", group.state
    names = first_names(case.path for case in group.cases)
    yield from ((line, "dim") for line in _wrapped(names))
    yield f"{INDENT}The first is {first.path}: {first.title}", "dim"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=INDENT, subsequent_indent=INDENT, break_on_hyphens=False
    )


def _print_excused(result: RunResult, console: Console) -> None:
    """Print each reason of the list of known failures, with the checks that it excuses."""
    for excuse in excuses(result):
        number = counted(len(excuse.checks), "check")
        issue = f" ({excuse.issue})" if excuse.issue else ""
        console.line()
        console.line(f"{excuse.state}: {number}: {excuse.reason}{issue}", excuse.state)
        for line in _wrapped(first_names(excuse.checks)):
            console.line(line, "dim")


def _place(finding: Finding) -> str:
    return f" (at {finding.at_ms:.1f} ms)" if finding.at_ms else ""
