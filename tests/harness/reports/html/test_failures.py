"""Failures stand by their cause, and each case is shown once."""

from dataclasses import replace

from streamproof.harness.reports.html.failures import (
    BRIEF_CHARACTERS,
    MOST_DRAWN_OF_A_GROUP,
    MOST_FINDINGS,
    MOST_SCENARIO_CHARACTERS,
    anchors,
    shown_groups,
)
from streamproof.harness.reports.result import CheckOutcome, Finding
from tests.harness.reports.html.samples import (
    BROKEN,
    DOUBTFUL,
    FAILED_CASE,
    HELD,
    ONE_FAILURE,
    SOUND,
    many_failures,
    run_of,
)

LATER = CheckOutcome("stored.status", "It is stored.", (Finding("it is not"),))
BOTH = replace(FAILED_CASE, name="both", outcomes=(HELD, BROKEN, LATER))
ALONE = replace(FAILED_CASE, name="alone", outcomes=(LATER,))


def test_a_case_with_two_causes_is_shown_once_and_named_again():
    first, second = shown_groups(run_of(FAILED_CASE, BOTH, ALONE))
    assert (first.checks, second.checks) == (("frames.kinds",), ("stored.status",))
    assert [one.case.name for one in first.cases] == ["end-missing", "both"]
    assert [one.case.name for one in second.cases] == ["alone"]
    assert [one.name for one in second.shown_before] == ["both"]


def test_a_case_is_shown_with_all_its_failed_checks():
    [group] = shown_groups(run_of(BOTH))
    assert [one.outcome.check for one in group.cases[0].checks] == ["frames.kinds", "stored.status"]


def test_warnings_stand_after_failures():
    doubtful = replace(FAILED_CASE, name="doubtful", outcomes=(DOUBTFUL,))
    groups = list(shown_groups(run_of(doubtful, FAILED_CASE)))
    assert [group.state for group in groups] == ["broken", "warning"]


def test_only_failed_cases_have_an_anchor():
    assert anchors(ONE_FAILURE) == {"broken/end-missing": "case-1"}
    assert anchors(SOUND) == {}


def test_only_the_first_cases_of_a_cause_have_a_drawing():
    [group] = shown_groups(many_failures(20, marks=2))
    drawn = [one.drawing is not None for one in group.cases]
    assert drawn == [True] * MOST_DRAWN_OF_A_GROUP + [False] * (20 - MOST_DRAWN_OF_A_GROUP)


def test_every_cause_is_drawn_before_one_is_drawn_twice():
    cases = [
        replace(case, outcomes=(CheckOutcome(f"check-{n % 15}", "It holds.", (Finding("no"),)),))
        for n, case in enumerate(many_failures(60, marks=60).cases)
    ]
    groups = list(shown_groups(run_of(*cases)))
    drawn = [sum(one.drawing is not None for one in group.cases) for group in groups]
    assert len(drawn) == 15
    assert (min(drawn), max(drawn)) == (1, 2)


def test_only_the_first_message_of_a_check_is_shown_without_room():
    [group] = shown_groups(many_failures(100))
    first, last = group.cases[0].checks[-1], group.cases[-1].checks[-1]
    assert [len(one.findings) for one in (first, last)] == [MOST_FINDINGS, 1]
    [part] = first.findings[0].expected or ()
    assert part.text.endswith("x… (4000 more characters)")
    assert last.findings[0].expected is None
    assert last.findings[0].message.startswith("x" * BRIEF_CHARACTERS + "… (")
    assert last.more == 8


def test_many_findings_and_a_long_scenario_are_cut():
    finding = BROKEN.findings[0]
    outcome = replace(BROKEN, findings=(finding,) * 9)
    [group] = shown_groups(run_of(replace(FAILED_CASE, outcomes=(outcome,), scenario="x" * 5000)))
    [shown] = group.cases
    assert (len(shown.checks[0].findings), shown.checks[0].more) == (MOST_FINDINGS, 4)
    assert len(shown.scenario or "") == MOST_SCENARIO_CHARACTERS
    assert shown.cut_characters == 1000
