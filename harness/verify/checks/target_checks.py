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


def does_not_answer(problem: str) -> CheckOutcome:
    """Return the outcome of a case that could not be observed."""
    finding = Finding(problem, expected="an answer", actual="none that can be used")
    return CheckOutcome(ANSWERS.id, ANSWERS.rule, (finding,), timed=True)
