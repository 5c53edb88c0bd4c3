"""An entry that is not needed, not matched or too old fails the run, with its line."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from streamproof.harness.known_failures.applying import excused, listed_run
from streamproof.harness.known_failures.checks import judged_list
from streamproof.harness.known_failures.loading import KnownFailures, ListEntry
from streamproof.harness.reports.result import CheckOutcome, Listed
from tests.harness.reports.runs import BROKEN, HELD, SKIPPED, UNDECLARED, case_of, run_of

TODAY = date(2027, 1, 31)


def judged(
    outcomes: Sequence[CheckOutcome],
    *entries: ListEntry,
    selection: bool = False,
    flaky: bool = False,
) -> dict[str, list[str]]:
    """Return what the checks of the list find for a run with these outcomes."""
    lists = {"flaky": entries} if flaky else {"known": entries}
    known = KnownFailures("known.yaml", **lists)
    result = excused(run_of(case_of(*outcomes)), known)
    case = judged_list(listed_run(result, known, TODAY, is_selection=selection))
    return {
        one.check.removeprefix("known-failures."): [finding.message for finding in one.findings]
        for one in case.outcomes
        if one.findings
    }


def entry(pattern: str, until: date | None = None, tries: int = 1) -> ListEntry:
    return ListEntry(Listed(pattern, "why"), 7, until, tries)


def test_a_list_whose_entries_are_all_needed_holds():
    assert judged([BROKEN, HELD], entry("group/name:a.broken", until=TODAY)) == {}


def test_a_stale_entry_names_the_line_to_remove():
    message = "known.yaml:7: 'group/name:a.held': every check of it holds; remove this entry"
    assert judged([HELD], entry("group/name:a.held")) == {"stale": [message]}


@pytest.mark.parametrize(
    ("outcomes", "stale"),
    [
        pytest.param([HELD, BROKEN], False, id="one-is-broken"),
        pytest.param([HELD, SKIPPED], False, id="one-waits-for-another"),
        pytest.param([SKIPPED], False, id="none-was-judged"),
        pytest.param([HELD, UNDECLARED], True, id="one-is-not-declared"),
        pytest.param([UNDECLARED], False, id="none-is-declared"),
    ],
)
def test_an_entry_is_stale_only_if_its_checks_were_judged(outcomes, stale):
    assert ("stale" in judged(outcomes, entry("**:a.*"))) is stale


def test_a_flaky_entry_is_never_stale():
    assert judged([HELD], entry("**:a.held", tries=3), flaky=True) == {}


@pytest.mark.parametrize("flaky", [False, True])
def test_an_entry_without_a_check_is_unmatched(flaky):
    message = "known.yaml:7: 'group/name:a.hold': no check of the run has this name; "
    advice = "did you mean 'group/name:a.held'?"
    assert judged([HELD], entry("group/name:a.hold"), flaky=flaky) == {
        "unmatched": [message + advice]
    }


def test_an_unmatched_pattern_like_no_name_is_to_be_corrected():
    (message,) = judged([HELD], entry("x/*:y"))["unmatched"]
    assert message.endswith("correct or remove this entry")


def test_an_expired_entry_fails_although_it_is_needed():
    message = (
        "known.yaml:7: '**:a.broken': its last day was 2027-01-30;"
        " repair the target, or write a later date"
    )
    found = judged([BROKEN], entry("**:a.broken", until=date(2027, 1, 30)))
    assert found == {"expired": [message]}


def test_a_selection_does_not_judge_what_did_not_run():
    assert judged([HELD], entry("other/case:a.held"), entry("**:a.held"), selection=True) == {}
    assert list(judged([HELD], entry("group/name:a.held"), selection=True)) == ["stale"]


def test_the_case_names_the_file_and_fails_the_run():
    known = KnownFailures("known.yaml", (entry("**:a.held"),))
    result = run_of(case_of(HELD))
    case = judged_list(listed_run(result, known, TODAY, is_selection=False))
    assert case.file == "known.yaml"
    assert replace(result, cases=(*result.cases, case)).exit_code == 1
