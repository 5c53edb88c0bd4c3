"""What must hold for a run as a whole: it ends by itself, after all its cases."""

from collections.abc import Iterator

from streamproof.contracts.text import counted, first_names
from streamproof.harness.checking.check import Check, run_checks
from streamproof.harness.reports.result import COMPLETE, Finding, RunResult, VerifiedCase


def find_early_end(result: RunResult) -> Iterator[Finding]:
    """Find why a run ended early, and what it did not do."""
    if result.early_end is not None:
        planned, missing = result.planned, result.not_run
        yield Finding(
            result.early_end.why,
            expected=counted(len(planned), "case") if planned else None,
            actual=f"not run: {first_names(missing)}" if missing else None,
        )


CHECKS = (
    Check(
        COMPLETE,
        "The run ends by itself, after all its cases.",
        "An error or a signal ended the run. The cases before it are in the report; those after it"
        " tell nothing. The message is the one on standard error.",
        find_early_end,
    ),
)


def ended_early(result: RunResult) -> VerifiedCase:
    """Return the case that says why a run is not complete."""
    return VerifiedCase(
        name="run", title="The run ended early.", outcomes=run_checks(CHECKS, result)
    )
