"""A listed failure is known, and a flaky check gets a bounded number of tries."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from streamproof.harness.known_failures.applying import excused, run_again_if_flaky
from streamproof.harness.known_failures.loading import KnownFailures, ListEntry
from streamproof.harness.reports.result import (
    CheckOutcome,
    CheckState,
    Finding,
    Listed,
    VerifiedCase,
)
from tests.harness.reports.runs import BROKEN, DOUBTFUL, HELD, SKIPPED, case_of, run_of

FLAKY = KnownFailures("f", flaky=(ListEntry(Listed("**:a.broken", "It is late."), 1, tries=3),))
REPAIRED = replace(BROKEN, findings=())
OTHER = CheckOutcome("a.other", "it holds", (Finding("it broke"),))


def known(*patterns: str) -> KnownFailures:
    return KnownFailures("f", tuple(ListEntry(Listed(one, "why"), 1) for one in patterns))


def states(case: VerifiedCase) -> dict[str, str]:
    return {outcome.check: str(outcome.state) for outcome in case.outcomes}


async def tried(tries: Sequence[VerifiedCase], entries: KnownFailures) -> tuple[VerifiedCase, int]:
    """Return the case after its tries, and how many of them there were."""
    left = list(tries)

    async def run() -> VerifiedCase:
        return left.pop(0)

    case = await run_again_if_flaky(run, entries)
    return case, len(tries) - len(left)


def test_a_listed_failure_is_known_and_no_other():
    result = run_of(case_of(HELD, BROKEN, SKIPPED), case_of(BROKEN, name="second"))
    found = excused(result, known("group/name:*"))
    assert states(found.cases[0]) == {"a.held": "ok", "a.broken": "known", "a.skipped": "skipped"}
    assert found.cases[0].outcomes[1].listed == Listed("group/name:*", "why")
    assert states(found.cases[1]) == {"a.broken": "broken"}


def test_a_warning_can_be_listed_as_well():
    (case,) = excused(run_of(case_of(DOUBTFUL)), known("**:a.doubtful")).cases
    assert case.state is CheckState.KNOWN


async def test_a_check_that_holds_in_a_later_try_is_flaky():
    tries = [case_of(BROKEN), case_of(BROKEN), case_of(HELD, REPAIRED), case_of(BROKEN)]
    case, number = await tried(tries, FLAKY)
    assert number == 3
    assert states(case) == {"a.held": "ok", "a.broken": "flaky"}
    flaky = case.outcomes[1]
    assert (flaky.tries, flaky.findings, flaky.listed) == (
        3,
        BROKEN.findings,
        FLAKY.flaky[0].listed,
    )


async def test_a_check_that_breaks_in_every_try_is_broken():
    case, number = await tried([case_of(BROKEN)] * 4, FLAKY)
    assert (number, case.state, case.outcomes[0].tries) == (3, CheckState.BROKEN, 3)


@pytest.mark.parametrize("first", [case_of(HELD), case_of(OTHER), case_of(DOUBTFUL)])
async def test_only_a_broken_check_of_the_list_is_tried_again(first):
    case, number = await tried([first, case_of(HELD)], FLAKY)
    assert (number, case) == (1, first)


async def test_another_check_keeps_its_worst_outcome():
    tries = [case_of(BROKEN, OTHER), case_of(REPAIRED, replace(OTHER, findings=()))]
    case, _ = await tried(tries, FLAKY)
    assert states(case) == {"a.broken": "flaky", "a.other": "broken"}
    tries = [case_of(BROKEN), case_of(REPAIRED, OTHER)]
    case, _ = await tried(tries, FLAKY)
    assert states(case) == {"a.broken": "flaky", "a.other": "broken"}


async def test_a_flaky_check_that_is_not_judged_again_stays_broken():
    case, number = await tried([case_of(BROKEN), *[case_of(HELD)] * 3], FLAKY)
    assert (number, states(case)) == (3, {"a.held": "ok", "a.broken": "broken"})


async def test_each_entry_has_its_own_number_of_tries():
    entries = replace(
        FLAKY, flaky=(*FLAKY.flaky, ListEntry(Listed("**:a.other", "why"), 2, tries=2))
    )
    tries = [
        case_of(BROKEN, OTHER),
        case_of(BROKEN, OTHER),
        case_of(REPAIRED, replace(OTHER, findings=())),
    ]
    case, number = await tried(tries, entries)
    assert (number, states(case)) == (3, {"a.broken": "flaky", "a.other": "broken"})
