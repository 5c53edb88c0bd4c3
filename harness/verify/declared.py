"""Compares what a backend declares with what the checks could try."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Final

from streamproof.contracts.text import counted
from streamproof.contracts.verdict import Severity
from streamproof.harness.checking.check import Check, run_checks
from streamproof.harness.reports.result import CheckState, Finding, VerifiedCase
from streamproof.harness.verify.capabilities import CAPABILITIES

NAME: Final = "capabilities"
"""The name of the case."""
NO_CHECK: Final = "no check of it ran"
WHY_A_SELECTION: Final = "this run has only some of the cases"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declarations:
    """What a backend declares, and how often its checks tried each capability.

    `skipped` counts the skipped checks of what is not declared, and `failing` has what would have
    broken one. `left_out` is what this run does not test, each with the reason.
    """

    declared: Set[str]
    tried: Mapping[str, int]
    skipped: Mapping[str, int]
    failing: Collection[str]
    left_out: Mapping[str, str]

    def untried(self) -> Collection[str]:
        """Return what is declared, is part of this run, and was not tried."""
        names = self.declared - self.tried.keys() - self.left_out.keys()
        return [name for name in CAPABILITIES if name in names]

    def why_untested(self) -> Mapping[str, str | None]:
        """Return what is declared, each with why nothing tested it, or None if something did."""
        return {
            name: None if self.tried.get(name) else self.left_out.get(name, NO_CHECK)
            for name in CAPABILITIES
            if name in self.declared
        }


def declarations_in(
    cases: Iterable[VerifiedCase], declared: Set[str], left_out: Mapping[str, str]
) -> Declarations:
    """Count in the cases of a run how often each capability was tried."""
    tried: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    failing: set[str] = set()
    for case in cases:
        if case.outcomes:
            tried.update(case.capabilities)
        for outcome in case.outcomes:
            if not outcome.declared:
                skipped[outcome.capability] += 1
                failing.update([outcome.capability] if outcome.findings else [])
            elif outcome.capability and outcome.state is not CheckState.SKIPPED:
                tried[outcome.capability] += 1
    return Declarations(
        declared=declared, tried=tried, skipped=skipped, failing=failing, left_out=left_out
    )


def find_untried(declarations: Declarations) -> Iterator[Finding]:
    """Find capabilities that are declared, although no check of them could run."""
    for name in declarations.untried():
        yield Finding(
            f"'{name}' is declared, and nothing could test it: {CAPABILITIES[name]}",
            expected="settings and scenarios with which it can be tested",
            actual=NO_CHECK,
        )


def find_undeclared(declarations: Declarations) -> Iterator[Finding]:
    """Find capabilities that work and are not declared."""
    for name in CAPABILITIES:
        if name in declarations.skipped and name not in declarations.failing:
            yield Finding(
                f"'{name}' is not declared, and every check of it would hold: {CAPABILITIES[name]}",
                expected=f"{name} = true in [capabilities]",
                actual="its checks are skipped, so a change for the worse stays unseen",
            )


CHECKS: tuple[Check[Declarations], ...] = (
    Check(
        "capabilities.tested",
        "Whatever is declared can be tested.",
        "A capability that is declared and not tested looks proven and is not. Add what the check"
        " needs, such as [history] or [stop], or do not declare it.",
        find_untried,
    ),
    Check(
        "capabilities.declared",
        "Whatever works is declared.",
        "A capability that works and is not declared can break without a finding. This is only a"
        " warning, because the backend may not promise it.",
        find_undeclared,
        severity=Severity.SHOULD,
    ),
)


def capabilities_case(declarations: Declarations) -> VerifiedCase:
    """Return the case that judges the declarations, with what was run and what was skipped."""
    names, tried = sorted(declarations.declared), declarations.tried
    facts = {f"declared: {name}": counted(tried.get(name, 0), "check") for name in names}
    skipped = declarations.skipped.items()
    facts |= {f"not declared: {name}": f"{count} skipped" for name, count in skipped}
    return VerifiedCase(
        name=NAME,
        title="What the backend declares, and what was tested of it",
        outcomes=run_checks(CHECKS, declarations),
        facts=facts,
    )
