"""What every stable code means: of errors in files, of contracts, and of what `verify` reports."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from streamproof.contracts.source.document import load_yaml
from streamproof.contracts.verdict import CONTRACT_RULES
from streamproof.harness.doctor.catalogue import CHECKS as DOCTOR_CHECKS
from streamproof.harness.verify.checks.catalogue import CUT_CHECKS, RELAY_CHECKS
from streamproof.harness.verify.checks.service import REPLY_CHECKS, REQUEST_CHECKS

LINT, CONTRACT, REPORT = "lint", "contract", "report"
KINDS: Mapping[str, str] = {
    LINT: "an error in a file",
    CONTRACT: "a check of a stream's contract",
    REPORT: "a check of what a relay or an AI service does",
}

REPORT_RULES: Mapping[str, str] = {
    **{check.id: check.rule for check in RELAY_CHECKS},
    **{check.id: check.rule for check in CUT_CHECKS},
    **{check.id: check.rule for check in REPLY_CHECKS},
    **{check.id: check.rule for check in REQUEST_CHECKS},
    **{check.id: check.rule for check in DOCTOR_CHECKS},
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a code means: its rule in a sentence, where it has one, and a paragraph."""

    code: str
    kind: str
    rule: str | None
    text: str


def explain(code: str) -> Iterator[Explanation]:
    """Yield what a code means; a leg before it, as in `frontend.order`, makes no difference."""
    for explanation in explanations():
        if code == explanation.code or (
            explanation.kind == CONTRACT and code.rpartition(".")[2] == explanation.code
        ):
            yield explanation


@cache
def explanations() -> tuple[Explanation, ...]:
    """Return the explanation of every code."""
    texts = load_yaml(Path(str(files("streamproof.harness.cli"))) / "explanations.yaml").value
    return tuple(
        Explanation(code, kind, _rules(kind).get(code), text)
        for kind in KINDS
        for code, text in texts[kind].items()
    )


@cache
def _rules(kind: str) -> Mapping[str, str]:
    if kind == CONTRACT:
        return {code: check.rule for code, check in CONTRACT_RULES.items()}
    return REPORT_RULES if kind == REPORT else {}
