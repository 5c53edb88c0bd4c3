"""The tables of checks in `docs/ci.md`, `docs/contracts.md` and `docs/doctor.md`.

The texts come from the checks. A table stands between `<!-- generated: NAME -->` and the next
`<!-- end of generated -->`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from streamproof.contracts.verdict import CONTRACT_RULES, Severity
from streamproof.harness.checking.check import Check
from streamproof.harness.cli.explanations import AI, CHECKS, DOCTOR, RELAY

END = "<!-- end of generated -->"
_BLOCK = re.compile(rf"^<!-- generated: ([^\n]+) -->\n.*?^{END}$", re.MULTILINE | re.DOTALL)
_SEVERITIES = {Severity.MUST: "error", Severity.SHOULD: "warning"}


def check_tables() -> Mapping[str, str]:
    """Return every table as Markdown, by its name in `<!-- generated: NAME -->`."""
    return {
        "checks of verify relay": _table(
            ("check", "what must hold", "severity"), map(_row, CHECKS[RELAY])
        ),
        "checks of verify ai": _table(
            ("check", "what must hold", "severity"), map(_row, CHECKS[AI])
        ),
        "checks of doctor": _table(
            ("check", "rule", "severity", "broken by"),
            ((*_row(check), check.broken_by) for check in CHECKS[DOCTOR]),
        ),
        "rules of contracts": _table(
            ("check", "verdict", "what must hold"),
            (
                (f"`{code}`", f"`{rule.verdict}`", rule.rule)
                for code, rule in CONTRACT_RULES.items()
            ),
        ),
    }


def generate(page: str) -> str:
    """Return a page with its tables of checks written again; other blocks stay as they are."""
    tables = check_tables()

    def generated(block: re.Match[str]) -> str:
        table = tables.get(block[1])
        return block[0] if table is None else f"<!-- generated: {block[1]} -->\n\n{table}\n\n{END}"

    return _BLOCK.sub(generated, page)


def _row(check: Check[Any]) -> tuple[str, str, str]:
    return f"`{check.id}`", check.rule, _severity(check)


def _severity(check: Check[Any]) -> str:
    severity = _SEVERITIES[check.severity]
    return f"{severity}; a warning if {check.warning_if}" if check.warning_if else severity


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(_lines(columns, rows))


def _lines(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    for row in (columns, ["---"] * len(columns), *rows):
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
