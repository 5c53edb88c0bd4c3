"""What a check is: a stable id, the rule as a sentence, and a function that finds what broke it.

A check whose failure follows from another one names it in `needs`: it is skipped then, so that a
mistake is reported once, where it is.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from streamproof.harness.reports.result import CheckOutcome, CheckState, Finding

Observed = TypeVar("Observed", contravariant=True)


@dataclass(frozen=True, slots=True)
class Check(Generic[Observed]):
    """A rule about what was observed; `applies` says where there is nothing to look at."""

    id: str
    rule: str
    find: Callable[[Observed], Iterable[Finding]]
    needs: tuple[str, ...] = ()
    applies: Callable[[Observed], bool] = lambda _: True


def run_checks(checks: Sequence[Check[Observed]], observed: Observed) -> tuple[CheckOutcome, ...]:
    """Run every check that applies, in order; a check may need only earlier ones."""
    outcomes: dict[str, CheckOutcome] = {}
    for check in checks:
        if not check.applies(observed):
            continue
        because = next((need for need in check.needs if _failed(outcomes.get(need))), None)
        findings = () if because else tuple(check.find(observed))
        outcomes[check.id] = CheckOutcome(check.id, check.rule, findings, because)
    return tuple(outcomes.values())


def _failed(outcome: CheckOutcome | None) -> bool:
    return outcome is not None and outcome.state in (CheckState.BROKEN, CheckState.SKIPPED)
