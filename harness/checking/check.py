"""What a check is: a stable ID, its texts, and a function that finds what breaks it.

The texts of a check stand only in its `Check`: reports, `streamproof explain` and the tables of the
documentation take them from there.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from streamproof.contracts.verdict import Severity
from streamproof.harness.reports.result import CheckOutcome, CheckState, Finding

Observed = TypeVar("Observed", contravariant=True)


@dataclass(frozen=True, slots=True)
class Change:
    """A change that makes a check hold; `where` is the program or the place to make it in.

    A change with `statuses` helps only after a response with one of them.
    """

    where: str
    what: str
    statuses: tuple[int, ...] = ()

    def __str__(self) -> str:
        """Return the change in one line."""
        after = f"{', '.join(map(str, self.statuses))}: " if self.statuses else ""
        return f"{self.where}: {after}{self.what}"


@dataclass(frozen=True, slots=True)
class Check(Generic[Observed]):
    """A rule about what was observed. Raises ValueError for a rule without an explanation."""

    id: str
    rule: str
    """The rule as a sentence."""
    why: str
    """Why the rule matters and what a failure means, as a paragraph."""
    find: Callable[[Observed], Iterable[Finding]]
    """Find what breaks the rule."""
    needs: tuple[str, ...] = ()
    """Checks whose failure makes this one meaningless. It is then skipped."""
    applies: Callable[[Observed], bool] = lambda _: True
    """Tell whether there is anything to check."""
    capability: str = ""
    """What the target must have declared; otherwise the check is skipped."""
    timed: bool = False
    """Whether a time limit of the harness decides it, so that a busy machine can break it."""
    severity: Severity = Severity.MUST
    """With SHOULD, every finding is a warning."""
    warning_if: str = ""
    """When a finding of a MUST check is only a warning, in words."""
    broken_by: str = ""
    """What often breaks the rule, in words."""
    changes: tuple[Change, ...] = ()
    """What to change when the check fails."""

    def __post_init__(self) -> None:
        """Refuse a check that `streamproof explain` could not explain."""
        for text in (self.rule, self.why):
            if not text.endswith("."):
                raise ValueError(f"{self.id}: wanted a sentence with a full stop, got {text!r}")


def run_checks(
    checks: Sequence[Check[Observed]],
    observed: Observed,
    declared: Collection[str] | None = None,
) -> tuple[CheckOutcome, ...]:
    """Run every check that applies, in order; a check may need only earlier ones.

    A check whose capability is not in `declared` is skipped, but keeps what it would have found;
    with None, everything is declared.
    """
    outcomes: dict[str, CheckOutcome] = {}
    for check in checks:
        if not check.applies(observed):
            continue
        if declared is not None and check.capability and check.capability not in declared:
            outcomes[check.id] = CheckOutcome(
                *(check.id, check.rule, tuple(_findings(check, observed))),
                capability=check.capability,
                declared=False,
            )
            continue
        because = next((need for need in check.needs if _failed(outcomes.get(need))), None)
        findings = () if because else tuple(_findings(check, observed))
        outcomes[check.id] = CheckOutcome(
            check.id,
            check.rule,
            findings,
            because,
            check.capability,
            severity=check.severity,
            why=check.why,
            changes=tuple(map(str, check.changes)),
            timed=check.timed,
        )
    return tuple(outcomes.values())


def _findings(check: Check[Observed], observed: Observed) -> Iterable[Finding]:
    found = check.find(observed)
    if check.severity is Severity.MUST:
        return found
    return (replace(finding, must=False) for finding in found)


def _failed(outcome: CheckOutcome | None) -> bool:
    if outcome is None or not outcome.declared:
        return False
    return outcome.state in (CheckState.BROKEN, CheckState.SKIPPED)
