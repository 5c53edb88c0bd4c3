"""The tables of checks in the pages; `docs/reliability.md` has those of the invariants.

The texts come from the checks.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from streamproof.contracts.verdict import CONTRACT_RULES, Severity
from streamproof.harness.checking.check import Check
from streamproof.harness.cli.explanations import AI, CHECKS, CLIENT, DOCTOR, RELAY, RELIABILITY, RUN
from tools.docs._blocks import with_blocks

_SEVERITIES = {Severity.MUST: "error", Severity.SHOULD: "warning"}


def check_tables() -> Mapping[str, str]:
    """Return every table as Markdown, by its name in `<!-- generated: NAME -->`."""
    return {
        "checks of verify relay": table_of(
            ("check", "what must hold", "severity"), map(_row, CHECKS[RELAY])
        ),
        "checks of verify ai": table_of(
            ("check", "what must hold", "severity"), map(_row, CHECKS[AI])
        ),
        "checks of verify client": table_of(
            ("check", "what must hold", "severity"), map(_row, CHECKS[CLIENT])
        ),
        "checks of doctor": table_of(
            ("check", "rule", "severity", "broken by"),
            ((*_row(check), check.broken_by) for check in CHECKS[DOCTOR]),
        ),
        "checks of a run": table_of(("check", "what must hold"), map(_rule, CHECKS[RUN])),
        "invariants": table_of(
            ("invariant", "what holds", "why"),
            ((f"`{check.id}`", check.rule, check.why) for check in CHECKS[RELIABILITY]),
        ),
        "rules of contracts": table_of(
            ("check", "verdict", "what must hold"),
            (
                (f"`{code}`", f"`{rule.verdict}`", rule.rule)
                for code, rule in CONTRACT_RULES.items()
            ),
        ),
    }


def generate(page: str) -> str:
    """Return a page with its tables of checks written again."""
    return with_blocks(page, check_tables().get)


def _rule(check: Check[Any]) -> tuple[str, str]:
    return f"`{check.id}`", check.rule


def _row(check: Check[Any]) -> tuple[str, str, str]:
    return f"`{check.id}`", check.rule, _severity(check)


def _severity(check: Check[Any]) -> str:
    severity = _SEVERITIES[check.severity]
    return f"{severity}; a warning if {check.warning_if}" if check.warning_if else severity


def table_of(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table as Markdown."""
    return "\n".join(_lines(columns, rows))


def _lines(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    for row in (columns, ["---"] * len(columns), *rows):
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
