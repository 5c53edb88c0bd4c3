"""The report for programs: one JSON document, described by `report.schema.json`."""

from pathlib import Path

from streamproof.contracts.text import json_for_terminals, rounded_ms
from streamproof.harness.reports.causes import Cause, causes_of
from streamproof.harness.reports.result import (
    CheckOutcome,
    CheckState,
    EarlyEnd,
    Finding,
    Listed,
    RunRecord,
    RunResult,
    TimelineMark,
    VerifiedCase,
)
from streamproof.harness.reports.summary import doubts, verdict

VERSION = 1
SCHEMA = Path(__file__).parent / "report.schema.json"


def to_document(result: RunResult) -> dict[str, object]:
    """Return the document; `version` changes when a key is changed or removed."""
    return {
        "version": VERSION,
        "subject": result.subject,
        "target": result.target,
        "held": result.held,
        "exitCode": int(result.exit_code),
        "record": None if result.record is None else _record(result.record),
        **(_early_end(result.early_end) if result.early_end else {}),
        "verdict": verdict(result),
        "doubts": list(doubts(result)),
        "counts": {str(state): result.count(state) for state in CheckState},
        "notRun": list(result.not_run),
        "notJudged": dict(result.not_judged),
        "capabilities": dict(result.capabilities),
        "causes": [_cause(cause) for cause in causes_of(result)],
        "cases": [_case(case) for case in result.cases],
    }


def to_json(result: RunResult) -> str:
    """Return the document as text."""
    return json_for_terminals(to_document(result), indent=2)


def _record(record: RunRecord) -> dict[str, object]:
    return {
        "started": record.started.isoformat(timespec="milliseconds"),
        "seconds": round(record.seconds, 3),
        "version": record.version,
        "command": record.command,
        "seed": record.seed,
    }


def _early_end(end: EarlyEnd) -> dict[str, object]:
    """Return the keys that every document about an error has."""
    keys: dict[str, object] = {"error": end.why, "code": end.exit_code.name.lower()}
    return {**keys, "problems": list(end.problems)} if end.problems else keys


def _cause(cause: Cause) -> dict[str, object]:
    return {
        "check": cause.outcome.check,
        "state": str(cause.outcome.state),
        "message": cause.message,
        "cases": [case.path for case in cause.cases],
    }


def _case(case: VerifiedCase) -> dict[str, object]:
    return {
        "name": case.name,
        "group": case.group,
        "title": case.title,
        "file": case.file,
        "state": str(case.state),
        "skipped": case.skipped,
        "capabilities": list(case.capabilities),
        "events": case.events,
        "facts": case.facts,
        "replay": case.replay,
        "curl": case.curl,
        "scenario": case.scenario,
        "checks": [_outcome(outcome) for outcome in case.outcomes],
        "timeline": [_mark(mark) for mark in case.timeline],
    }


def _outcome(outcome: CheckOutcome) -> dict[str, object]:
    """Return a check; the advice is there only if the check did not hold."""
    document: dict[str, object] = {
        "id": outcome.check,
        "rule": outcome.rule,
        "severity": str(outcome.severity),
        "state": str(outcome.state),
        "because": outcome.because,
        "capability": outcome.capability or None,
        "declared": outcome.declared,
        "tries": outcome.tries,
        "listed": _listed(outcome.listed) if outcome.listed else None,
        "findings": [_finding(finding) for finding in outcome.findings],
    }
    if outcome.findings:
        document |= {"why": outcome.why, "changes": list(outcome.changes)}
    return document


def _listed(entry: Listed) -> dict[str, object]:
    return {"pattern": entry.pattern, "reason": entry.reason, "issue": entry.issue}


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "message": finding.message,
        "expected": finding.expected,
        "actual": finding.actual,
        "eventNumber": finding.event_number,
        "atMs": rounded_ms(finding.at_ms),
        "must": finding.must,
        "allowed": None if finding.allowed is None else list(finding.allowed),
    }


def _mark(mark: TimelineMark) -> dict[str, object]:
    return {
        "atMs": rounded_ms(mark.at_ms),
        "leg": str(mark.leg),
        "kind": str(mark.kind),
        "text": mark.text,
        "bytes": mark.size,
        "eventNumber": mark.number,
        "who": mark.who or None,
    }
