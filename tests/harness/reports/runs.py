"""Results of runs for the tests of reports."""

from collections.abc import Sequence

from streamproof.harness.reports.result import (
    CheckOutcome,
    Finding,
    Leg,
    Listed,
    RunResult,
    TimelineMark,
    VerifiedCase,
)

ENTRY = Listed("faults/*:a.broken", "The relay forgets it.", "https://tracker.example/issues/12")

HELD = CheckOutcome("a.held", "it holds")
BROKEN = CheckOutcome(
    "a.broken", "it should hold", (Finding("it differs", "one", "two", 2, 5.25),), why="Pages fail."
)
DOUBTFUL = CheckOutcome("a.doubtful", "it may hold", (Finding("it is odd", must=False),))
SKIPPED = CheckOutcome("a.skipped", "it would hold", because="a.broken")
UNDECLARED = CheckOutcome("a.resumes", "it resumes", capability="resume", declared=False)
KNOWN = CheckOutcome("a.broken", "it should hold", (Finding("it differs"),), listed=ENTRY)
FLAKY = CheckOutcome(
    "a.flaky", "it holds", (Finding("it broke"),), listed=ENTRY, tries=2, holds_again=True
)
EVERY = (HELD, BROKEN, DOUBTFUL, SKIPPED, UNDECLARED, FLAKY)

TIMELINE = (TimelineMark(3.0, Leg.BROWSER, "#1 start"), TimelineMark(1.0, Leg.AI, "request 1"))


def case_of(
    *outcomes: CheckOutcome, name: str = "name", group: str = "group", events: int | None = 3
) -> VerifiedCase:
    """Return a case with these outcomes."""
    return VerifiedCase(
        name,
        "Title",
        group,
        "f.yaml",
        outcomes,
        TIMELINE,
        "streamproof again",
        {"frames": "start"},
        events=events,
    )


def run_of(*cases: VerifiedCase, planned: Sequence[str] = ()) -> RunResult:
    """Return a run with these cases."""
    return RunResult("relay", "http://r", cases, tuple(planned))
