"""Compares what a backend declares with what the checks could try."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from streamproof.contracts.verdict import Severity
from streamproof.harness.checking.check import Check, run_checks
from streamproof.harness.reports.result import CheckState, Finding, VerifiedCase
from streamproof.harness.verify.capabilities import CAPABILITIES


@dataclass(frozen=True, slots=True)
class Declarations:
    """What a backend declares, and how often each capability was tested.

    `holding` has what is not declared, although every check of it would have held. `postponed`
    is what only a longer run tests.
    """

    declared: Collection[str]
    tried: Mapping[str, int]
    holding: Collection[str] = ()
    postponed: Collection[str] = ()


def find_untried(declarations: Declarations) -> Iterator[Finding]:
    """Find capabilities that are declared, although no check of them could run."""
    for name in CAPABILITIES:
        is_due = name in declarations.declared and name not in declarations.postponed
        if is_due and not declarations.tried.get(name):
            yield Finding(
                f"'{name}' is declared, and nothing could test it: {CAPABILITIES[name]}",
                expected="settings and scenarios with which it can be tested",
                actual="no check of it ran",
            )


def find_undeclared(declarations: Declarations) -> Iterator[Finding]:
    """Find capabilities that work and are not declared."""
    for name in CAPABILITIES:
        if name in declarations.holding:
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


def capabilities_case(
    cases: Iterable[VerifiedCase], declared: Collection[str], postponed: Collection[str] = ()
) -> VerifiedCase:
    """Return the case that judges the declarations, with what was run and what was skipped."""
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
    facts = {f"declared: {name}": f"{tried[name]} checks" for name in sorted(declared)}
    facts |= {f"not declared: {name}": f"{count} skipped" for name, count in skipped.items()}
    declarations = Declarations(declared, tried, skipped.keys() - failing, postponed)
    return VerifiedCase(
        name="capabilities",
        title="What the backend declares, and what was tested of it",
        outcomes=run_checks(CHECKS, declarations),
        facts=facts,
    )
