"""Applies a list of known failures to the cases of a run, and tries flaky ones again."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from streamproof.harness.checking.case_runner import RunCase
from streamproof.harness.known_failures.loading import KnownFailures, ListEntry
from streamproof.harness.reports.result import (
    FAILED,
    NOT_HELD,
    CheckOutcome,
    CheckState,
    RunResult,
    VerifiedCase,
)


@dataclass(frozen=True, slots=True)
class ListedRun:
    """What a list is judged by: each entry with the outcomes of the run that it covers.

    With `is_selection`, only some of the cases ran.
    """

    file: str
    covered: tuple[tuple[ListEntry, tuple[CheckOutcome, ...]], ...]
    names: tuple[str, ...]
    is_selection: bool
    today: date


def name_of(case: VerifiedCase, outcome: CheckOutcome) -> str:
    """Return the name of a check in a case, which the patterns of a list stand for."""
    return f"{case.path}:{outcome.check}"


def excused(result: RunResult, known: KnownFailures) -> RunResult:
    """Return the result with its listed failures as known ones."""
    return replace(result, cases=tuple(excused_case(case, known) for case in result.cases))


def listed_run(
    result: RunResult, known: KnownFailures, today: date, *, is_selection: bool
) -> ListedRun:
    """Return what the entries of a list cover in a run."""
    named = [(name_of(case, outcome), outcome) for case, outcome in result.outcomes()]
    covered = (
        (entry, tuple(outcome for name, outcome in named if entry.covers(name)))
        for entry in known.entries
    )
    names = tuple(name for name, _ in named)
    return ListedRun(known.file, tuple(covered), names, is_selection, today)


async def run_again_if_flaky(run: RunCase, known: KnownFailures) -> VerifiedCase:
    """Run a case, and again as long as one of its broken checks is in the list of flaky ones.

    A check that broke and holds in a later try is flaky. Any other check has its worst outcome.
    """
    case = await run()
    tries = 1
    while any(entry.tries > tries for entry in _flaky_entries(case, known)):
        tries += 1
        case = _merged(case, await run(), tries, known)
    return case


def excused_case(case: VerifiedCase, known: KnownFailures) -> VerifiedCase:
    """Return a case with its listed failures as known ones."""
    outcomes = tuple(
        replace(outcome, listed=entry.listed) if entry else outcome
        for outcome in case.outcomes
        for entry in [_entry_for(case, outcome, known.known)]
    )
    return replace(case, outcomes=outcomes)


def _entry_for(
    case: VerifiedCase, outcome: CheckOutcome, entries: tuple[ListEntry, ...]
) -> ListEntry | None:
    """Return the first entry that covers a failed check."""
    if outcome.state not in FAILED:
        return None
    return next((entry for entry in entries if entry.covers(name_of(case, outcome))), None)


def _flaky_entries(case: VerifiedCase, known: KnownFailures) -> Iterator[ListEntry]:
    """Yield the entry of each broken check that may be tried again."""
    for outcome in case.outcomes:
        if outcome.state is CheckState.BROKEN:
            entry = _entry_for(case, outcome, known.flaky)
            if entry is not None:
                yield entry


def _merged(
    before: VerifiedCase, again: VerifiedCase, tries: int, known: KnownFailures
) -> VerifiedCase:
    """Return the last try, with what was broken before it."""
    failed = {one.check: one for one in before.outcomes if one.findings}
    flaky = {
        one.check: entry
        for one in before.outcomes
        for entry in [_entry_for(before, one, known.flaky)]
        if entry is not None and entry.tries >= tries
    }
    outcomes = [
        replace(_merged_outcome(failed.pop(now.check, now), now, flaky.get(now.check)), tries=tries)
        for now in again.outcomes
    ]
    return replace(again, outcomes=(*outcomes, *failed.values()))


def _merged_outcome(
    before: CheckOutcome, now: CheckOutcome, flaky: ListEntry | None
) -> CheckOutcome:
    if flaky is not None and now.state is CheckState.HELD:
        return replace(before, holds_again=True, listed=flaky.listed)
    return min(before, now, key=lambda outcome: _FROM_WORST.index(outcome.state))


_FROM_WORST = (*NOT_HELD, CheckState.SKIPPED, CheckState.HELD)
