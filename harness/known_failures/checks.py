"""What must hold for a list of known failures: every entry is needed, and none is too old."""

from collections.abc import Iterator

from streamproof.contracts.text import did_you_mean
from streamproof.harness.checking.check import Change, Check, run_checks
from streamproof.harness.known_failures.applying import ListedRun
from streamproof.harness.known_failures.loading import ListEntry
from streamproof.harness.known_failures.pattern import has_wildcard
from streamproof.harness.reports.result import CheckOutcome, CheckState, Finding, VerifiedCase

CASE = "known-failures"
"""The name of the case that judges the list."""


def find_stale(run: ListedRun) -> Iterator[Finding]:
    """Find the entries of known failures whose checks all hold."""
    for entry, outcomes in run.covered:
        is_flaky = entry.tries > 1
        judged_in_part = run.is_selection and has_wildcard(entry.listed.pattern)
        if not is_flaky and not judged_in_part and _all_hold(outcomes):
            yield _finding(run, entry, "remove this entry", "every check of it holds")


def find_unmatched(run: ListedRun) -> Iterator[Finding]:
    """Find the entries that cover no check of a whole run."""
    for entry, outcomes in run.covered:
        if not outcomes and not run.is_selection:
            advice = did_you_mean(entry.listed.pattern, run.names) or "correct or remove this entry"
            yield _finding(run, entry, advice, "no check of the run has this name")


def find_expired(run: ListedRun) -> Iterator[Finding]:
    """Find the entries whose last day is over."""
    for entry, _ in run.covered:
        if entry.until is not None and entry.until < run.today:
            advice = "repair the target, or write a later date"
            yield _finding(run, entry, advice, f"its last day was {entry.until}")


CHECKS = (
    Check(
        "known-failures.stale",
        "Every entry of the list has a check that is broken.",
        "The target was repaired, so the entry only hides the next failure of the same check."
        " Remove the line that the message names. A run of selected cases judges only entries"
        " without a wildcard.",
        find_stale,
        changes=(Change("the list of known failures", "remove the entry"),),
    ),
    Check(
        "known-failures.unmatched",
        "Every entry of the list names a check of the run.",
        "No case of the run has a check of this name: the pattern is misspelt, the scenario has a"
        " new name, or the check needs an option that this run does not have, such as --database or"
        " --cut. A run of selected cases does not judge this.",
        find_unmatched,
        changes=(Change("the list of known failures", "correct the pattern or remove the entry"),),
    ),
    Check(
        "known-failures.expired",
        "No entry of the list is past its last day.",
        "The entry was allowed until a day that is over, so that the failure is not forgotten."
        " Repair the target, or write a later day after `until`.",
        find_expired,
        changes=(Change("the list of known failures", "write a later date after until"),),
    ),
)


def judged_list(run: ListedRun) -> VerifiedCase:
    """Return the case that judges a list."""
    return VerifiedCase(
        name=CASE,
        title=f"The list of known failures {run.file}",
        file=run.file,
        outcomes=run_checks(CHECKS, run),
    )


def _all_hold(outcomes: tuple[CheckOutcome, ...]) -> bool:
    """Tell whether checks were judged and hold; a skipped one tells nothing if it needs another."""
    states = {outcome.state for outcome in outcomes if outcome.declared}
    return states == {CheckState.HELD}


def _finding(run: ListedRun, entry: ListEntry, advice: str, problem: str) -> Finding:
    place = f"{run.file}:{entry.line}"
    return Finding(f"{place}: '{entry.listed.pattern}': {problem}; {advice}")
