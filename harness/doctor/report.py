"""The result of `doctor`, and its report as text."""

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import replace

from streamproof.harness.checking.check import run_checks
from streamproof.harness.console import Console
from streamproof.harness.doctor.advice import changes_for
from streamproof.harness.doctor.catalogue import CHECKS, not_judged
from streamproof.harness.doctor.head_checks import NO_STREAM, status_of
from streamproof.harness.doctor.http_version import HttpVersion
from streamproof.harness.doctor.observation import STREAMS_AT_ONCE, StreamObservation
from streamproof.harness.http.curl import curl_command
from streamproof.harness.masking import masked_url
from streamproof.harness.reports.marks import call_marks
from streamproof.harness.reports.result import (
    CheckOutcome,
    CheckState,
    Finding,
    Leg,
    RunResult,
    VerifiedCase,
)
from streamproof.harness.reports.text_report import print_end, print_failures

WIDTH = 96
LABEL = 14
BROWSER_CONNECTIONS = STREAMS_AT_ONCE - 1


def result_of(seen: StreamObservation) -> RunResult:
    """Run every check on what was observed."""
    call, url = seen.call, masked_url(seen.call.url)
    outcomes = tuple(
        replace(outcome, changes=_changes(outcome.check, seen))
        for outcome in run_checks(CHECKS, seen)
    )
    case = VerifiedCase(
        name=f"{call.method} {url}",
        title="The stream as the page receives it.",
        outcomes=outcomes,
        facts=_facts(seen),
        timeline=tuple(call_marks(call, seen.reading, Leg.BROWSER)),
        events=len(seen.transcript.events),
        curl=curl_command(call),
    )
    return RunResult("doctor", url, (case,), not_judged=not_judged(outcomes))


def _facts(seen: StreamObservation) -> dict[str, str]:
    return {
        "events": f"{len(seen.transcript.events)} in {seen.transcript.ended_ms:.0f} ms",
        "httpVersion": str(seen.http_version),
        "proxies": ", ".join(seen.proxies) or "none",
        "probeBackend": str(seen.probe.backend) if seen.probe else "none",
    }


def print_report(result: RunResult, console: Console, seen: StreamObservation) -> None:
    """Print a line per check, then each finding with what to change, then the counts."""
    case, *others = result.cases
    console.line(case.name, "title")
    if seen.is_answered:
        _print_checks(case, console)
    else:
        console.line(f"  {NO_STREAM}: {status_of(seen)}; nothing else can be checked", "broken")
    for outcome in case.failed:
        _print_findings(outcome, console)
    print_failures(replace(result, cases=tuple(others)), console)
    print_end(result, console)


def _print_checks(case: VerifiedCase, console: Console) -> None:
    for line in _about(case.facts):
        console.line(line, "dim")
    console.line()
    for outcome in case.outcomes:
        if outcome.state is not CheckState.SKIPPED:
            console.line(f"{outcome.state:<9}{outcome.check:<24}{outcome.rule}", outcome.state)
    for line in _omitted_lines(case.outcomes):
        console.line(line, "dim")


def _about(facts: Mapping[str, str]) -> Iterator[str]:
    yield (
        f"  events: {facts['events']}; proxies detected: {facts['proxies']};"
        f" probe backend: {facts['probeBackend']}"
    )
    if facts["httpVersion"] == HttpVersion.ONE:
        yield (
            f"  {HttpVersion.ONE}: a browser opens at most {BROWSER_CONNECTIONS} connections"
            " to this host, and each open stream takes one"
        )


def _omitted_lines(outcomes: tuple[CheckOutcome, ...]) -> Iterator[str]:
    """List the checks that were skipped or did not run, grouped by the reason."""
    skipped = {one.check: one.skipped_because for one in outcomes if one.skipped_because}
    not_run = {check: f"not checked: {why}" for check, why in not_judged(outcomes).items()}
    for word, reasons in (("skipped", skipped), ("-", not_run)):
        for reason in dict.fromkeys(reasons.values()):
            checks = ", ".join(check for check, why in reasons.items() if why == reason)
            yield _wrapped(f"{word:<9}", checks)
            yield f"{'':<9}{reason}"


def _print_findings(outcome: CheckOutcome, console: Console) -> None:
    console.line()
    console.line(f"{outcome.state}: {outcome.check}", outcome.state)
    for finding in outcome.findings:
        for line in _finding_lines(finding):
            console.line(line)
    console.line(_labelled("why", outcome.why))
    for change in outcome.changes:
        console.line(_labelled("change", change, wrap=False))


def _finding_lines(finding: Finding) -> Iterator[str]:
    yield _labelled("seen", f"{finding.message}: {finding.actual}")
    yield _labelled("expected", finding.expected or "")


def _labelled(label: str, text: str, *, wrap: bool = True) -> str:
    """Return a label with its text; without `wrap` the text stays on one line, for copying."""
    start = f"    {label}".ljust(LABEL)
    return _wrapped(start, text) if wrap else start + text


def _wrapped(start: str, text: str) -> str:
    """Return a text after its start, with further lines indented to the same column."""
    indent = " " * len(start)
    return textwrap.fill(
        text, WIDTH, initial_indent=start, subsequent_indent=indent, break_on_hyphens=False
    )


def _changes(check: str, seen: StreamObservation) -> tuple[str, ...]:
    changes = changes_for(_CHECKS[check].changes, seen.proxies, seen.transcript.status)
    return tuple(map(str, changes))


_CHECKS = {check.id: check for check in CHECKS}
