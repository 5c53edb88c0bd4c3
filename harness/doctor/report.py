"""The report of `doctor`: as text, or as one JSON document."""

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence

from streamproof.harness.checking.check import run_checks
from streamproof.harness.console import Console
from streamproof.harness.doctor.advice import changes_for
from streamproof.harness.doctor.catalogue import CHECKS, not_judged
from streamproof.harness.doctor.http_version import HttpVersion
from streamproof.harness.doctor.observation import STREAMS_AT_ONCE, StreamObservation
from streamproof.harness.reports.json_report import to_document
from streamproof.harness.reports.result import (
    CheckOutcome,
    CheckState,
    Finding,
    RunResult,
    VerifiedCase,
)
from streamproof.harness.reports.text_report import summary

WIDTH = 96
LABEL = 14
BROWSER_CONNECTIONS = STREAMS_AT_ONCE - 1


def result_of(seen: StreamObservation) -> RunResult:
    """Run every check on what was observed."""
    call = seen.call
    case = VerifiedCase(
        name=f"{call.method} {call.url}",
        title="The stream as the page receives it.",
        outcomes=run_checks(CHECKS, seen),
        facts=_facts(seen),
    )
    return RunResult("doctor", call.url, (case,))


def _facts(seen: StreamObservation) -> dict[str, str]:
    return {
        "events": f"{len(seen.transcript.events)} in {seen.transcript.ended_ms:.0f} ms",
        "httpVersion": str(seen.http_version),
        "proxies": ", ".join(seen.proxies) or "none",
        "probeBackend": str(seen.probe.backend) if seen.probe else "none",
    }


def to_json(result: RunResult, proxies: Sequence[str]) -> str:
    """Return the JSON report, with `why` and `change` for each failed check."""
    document = to_document(result)
    (case,) = result.cases
    document["notJudged"] = not_judged(case.outcomes)
    document["advice"] = {
        outcome.check: {"why": _why(outcome.check), "change": _changes(outcome.check, proxies)}
        for outcome in case.failed
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def print_report(result: RunResult, proxies: Sequence[str], console: Console) -> None:
    """Print a line per check, then each finding with what to change, then the counts."""
    (case,) = result.cases
    console.line(case.name, "title")
    for line in _about(case.facts):
        console.line(line, "dim")
    console.line()
    for outcome in case.outcomes:
        console.line(_line(outcome), outcome.state)
    for line in _not_judged_lines(not_judged(case.outcomes)):
        console.line(line, "dim")
    for outcome in case.failed:
        _print_findings(outcome, proxies, console)
    console.line()
    console.line(summary(result), CheckState.BROKEN if result.broken else CheckState.HELD)


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


def _line(outcome: CheckOutcome) -> str:
    reason = f" (because of {outcome.because})" if outcome.because else ""
    return f"{outcome.state:<9}{outcome.check:<24}{outcome.rule}{reason}"


def _not_judged_lines(reasons: Mapping[str, str]) -> Iterator[str]:
    """List the checks that did not run, grouped by the reason."""
    for reason in dict.fromkeys(reasons.values()):
        checks = (check for check, why in reasons.items() if why == reason)
        yield f"{'-':<9}{', '.join(checks)}"
        yield f"{'':<9}not checked: {reason}"


def _print_findings(outcome: CheckOutcome, proxies: Sequence[str], console: Console) -> None:
    console.line()
    console.line(f"{outcome.state}: {outcome.check}", outcome.state)
    for finding in outcome.findings:
        for line in _finding_lines(finding):
            console.line(line)
    console.line(_labelled("why", _why(outcome.check)))
    for change in _changes(outcome.check, proxies):
        console.line(_labelled("change", change, wrap=False))


def _finding_lines(finding: Finding) -> Iterator[str]:
    yield _labelled("seen", f"{finding.message}: {finding.actual}")
    yield _labelled("expected", finding.expected or "")


def _labelled(label: str, text: str, *, wrap: bool = True) -> str:
    """Return a label with its text; without `wrap` the text stays on one line, for copying."""
    start = f"    {label}".ljust(LABEL)
    if not wrap:
        return start + text
    return textwrap.fill(text, WIDTH, initial_indent=start, subsequent_indent=" " * LABEL)


def _why(check: str) -> str:
    return _CHECKS[check].why


def _changes(check: str, proxies: Sequence[str]) -> list[str]:
    return [f"{one.where}: {one.what}" for one in changes_for(_CHECKS[check].changes, proxies)]


_CHECKS = {check.id: check for check in CHECKS}
