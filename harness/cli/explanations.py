"""What `streamproof explain` knows: the codes of errors in files, and every check."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from streamproof.contracts.source.document import load_yaml
from streamproof.contracts.verdict import CONTRACT_RULES
from streamproof.harness.checking.check import Change, Check
from streamproof.harness.checking.contract import AI_SERVICE_CHECKS, FRONTEND_CHECKS
from streamproof.harness.checking.whole_run import CHECKS as RUN_CHECKS
from streamproof.harness.doctor.catalogue import CHECKS as DOCTOR_CHECKS
from streamproof.harness.known_failures.checks import CHECKS as LIST_CHECKS
from streamproof.harness.reliability.invariants import INVARIANTS
from streamproof.harness.verify.checks.answering import ANSWER_CHECKS
from streamproof.harness.verify.checks.catalogue import CUT_CHECKS, RELAY_CHECKS
from streamproof.harness.verify.checks.service import REPLY_CHECKS, REQUEST_CHECKS
from streamproof.harness.verify.checks.target_checks import ANSWERS
from streamproof.harness.verify.clients.checks.catalogue import CLIENT_CHECKS
from streamproof.harness.verify.clients.checks.page import PAGE_CHECKS
from streamproof.harness.verify.declared import CHECKS as CAPABILITY_CHECKS
from streamproof.harness.verify.gates import CHECKS as GATE_CHECKS
from streamproof.harness.verify.sessions.catalogue import SESSION_CHECKS

ERROR = "error in a file"
CONTRACT = "check of a stream contract"
RELAY = "check of verify relay"
AI = "check of verify ai"
CLIENT = "check of verify client"
DOCTOR = "check of doctor"
RELIABILITY = "invariant of reliability"
RUN = "check of a run"

CHECKS: Mapping[str, tuple[Check[Any], ...]] = {
    RELAY: (
        ANSWERS,
        *GATE_CHECKS,
        *RELAY_CHECKS,
        *(check for check in ANSWER_CHECKS if check.id not in {one.id for one in RELAY_CHECKS}),
        *CUT_CHECKS,
        *SESSION_CHECKS,
        *CAPABILITY_CHECKS,
    ),
    AI: (*REPLY_CHECKS, *REQUEST_CHECKS),
    CLIENT: (*CLIENT_CHECKS, *PAGE_CHECKS),
    DOCTOR: DOCTOR_CHECKS,
    RELIABILITY: INVARIANTS,
    RUN: (*RUN_CHECKS, *LIST_CHECKS),
}
"""Every check, by the command that runs it."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a code means: its kind, its rule if it has one, a paragraph, and what to change."""

    code: str
    kind: str
    rule: str | None
    text: str
    changes: tuple[Change, ...] = ()


def explain(code: str) -> Iterator[Explanation]:
    """Yield the meanings of a code. A leg before a contract rule is ignored: `frontend.order`."""
    found = [one for one in explanations() if one.code == code]
    if not found:
        rule = code.rpartition(".")[2]
        found = [one for one in explanations() if one.kind == CONTRACT and one.code == rule]
    yield from found


@cache
def explanations() -> tuple[Explanation, ...]:
    """Return every explanation; the rules of contracts are there once, without a leg."""
    return (*_file_errors(), *_contract_rules(), *_checks())


def _file_errors() -> Iterator[Explanation]:
    texts = load_yaml(Path(str(files("streamproof.harness.cli"))) / "explanations.yaml").value
    for code, text in texts.items():
        yield Explanation(code, ERROR, None, text)


def _contract_rules() -> Iterator[Explanation]:
    for code, rule in CONTRACT_RULES.items():
        yield Explanation(code, CONTRACT, rule.rule, rule.why)


def _checks() -> Iterator[Explanation]:
    of_contracts = {check.id for check in (*FRONTEND_CHECKS, *AI_SERVICE_CHECKS)}
    for kind, checks in CHECKS.items():
        for check in checks:
            if check.id not in of_contracts:
                yield Explanation(check.id, kind, check.rule, check.why, check.changes)
