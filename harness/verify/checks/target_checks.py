"""The check that a target stays alive and usable while a case runs."""

from streamproof.harness.checking.check import Check
from streamproof.harness.reports.result import CheckOutcome, Finding


def find_nothing(_: object) -> tuple[Finding, ...]:
    """Find nothing: a case that could be observed is one whose target answered."""
    return ()


ANSWERS: Check[object] = Check(
    "target.answers",
    "The backend answers every request that a case needs.",
    "A request for a room, for a token or for the history failed, or the backend has ended. The"
    " case is broken, because a user would have met the same; the run goes on with the next one.",
    find_nothing,
    timed=True,
)


def does_not_answer(problem: str, at_ms: float | None = None) -> CheckOutcome:
    """Return the outcome of a case that could not be observed to its end."""
    finding = Finding(problem, "an answer", "none that can be used", at_ms=at_ms)
    return CheckOutcome(ANSWERS.id, ANSWERS.rule, (finding,), timed=True)
