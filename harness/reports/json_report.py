"""The report for programs: one JSON document with stable keys."""

from streamproof.contracts.text import json_for_terminals, rounded_ms
from streamproof.harness.reports.result import (
    CheckOutcome,
    CheckState,
    Finding,
    RunResult,
    TimelineMark,
    VerifiedCase,
)

VERSION = 1


def to_document(result: RunResult) -> dict[str, object]:
    """Return the document; `version` changes when a key is changed or removed."""
    return {
        "version": VERSION,
        "subject": result.subject,
        "target": result.target,
        "held": not result.broken and bool(result.cases),
        "exitCode": int(result.exit_code),
        "counts": {str(state): result.count(state) for state in CheckState},
        "cases": [_case(case) for case in result.cases],
    }


def to_json(result: RunResult) -> str:
    """Return the document as text."""
    return json_for_terminals(to_document(result), indent=2)


def _case(case: VerifiedCase) -> dict[str, object]:
    return {
        "name": case.name,
        "group": case.group,
        "title": case.title,
        "file": case.file,
        "state": str(case.state),
        "skipped": case.skipped,
        "capabilities": list(case.capabilities),
        "facts": case.facts,
        "replay": case.replay,
        "checks": [_outcome(outcome) for outcome in case.outcomes],
        "timeline": [_mark(mark) for mark in case.timeline],
    }


def _outcome(outcome: CheckOutcome) -> dict[str, object]:
    return {
        "id": outcome.check,
        "rule": outcome.rule,
        "state": str(outcome.state),
        "because": outcome.because,
        "capability": outcome.capability or None,
        "declared": outcome.declared,
        "findings": [_finding(finding) for finding in outcome.findings],
    }


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "message": finding.message,
        "expected": finding.expected,
        "actual": finding.actual,
        "eventNumber": finding.event_number,
        "atMs": rounded_ms(finding.at_ms),
        "must": finding.must,
    }


def _mark(mark: TimelineMark) -> dict[str, object]:
    return {"atMs": rounded_ms(mark.at_ms), "leg": str(mark.leg), "text": mark.text}
