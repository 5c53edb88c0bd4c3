"""Compares what a backend declares with what the checks could try."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping

from streamproof.harness.checking.check import Check, run_checks
from streamproof.harness.reports.result import CheckState, Finding, VerifiedCase
from streamproof.harness.verify.capabilities import CAPABILITIES

Tried = Mapping[str, int]


def find_untried(pair: tuple[Collection[str], Tried]) -> Iterator[Finding]:
    """Find capabilities that are declared, although no check of them could run."""
    declared, tried = pair
    for name in CAPABILITIES:
        if name in declared and not tried.get(name):
            yield Finding(
                f"'{name}' is declared, and nothing could test it: {CAPABILITIES[name]}",
                expected="settings and scenarios with which it can be tested",
                actual="no check of it ran",
            )


CHECKS: tuple[Check[tuple[Collection[str], Tried]], ...] = (
    Check(
        "capabilities.tested",
        "Whatever is declared can be tested.",
        "A capability that is declared and not tested looks proven and is not. Add what the check"
        " needs, such as [history] or [stop], or do not declare it.",
        find_untried,
    ),
)


def capabilities_case(
    cases: Iterable[VerifiedCase], declared: Collection[str]
) -> list[VerifiedCase]:
    """Return the case that judges the declarations, with what was run and what was skipped."""
    tried: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    for case in cases:
        if case.outcomes:
            tried.update(case.capabilities)
        for outcome in case.outcomes:
            if not outcome.declared:
                skipped[outcome.capability] += 1
            elif outcome.capability and outcome.state is not CheckState.SKIPPED:
                tried[outcome.capability] += 1
    facts = {f"declared: {name}": f"{tried.get(name, 0)} checks" for name in sorted(declared)}
    facts |= {f"not declared: {name}": f"{count} skipped" for name, count in skipped.items()}
    return [
        VerifiedCase(
            name="capabilities",
            title="What the backend declares, and what was tested of it",
            outcomes=run_checks(CHECKS, (declared, tried)),
            facts=facts,
        )
    ]
