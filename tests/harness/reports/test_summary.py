"""The summary counts what was declared, run and skipped, and says what could deceive."""

from dataclasses import replace

import pytest

from streamproof.harness.exit_codes import ExitCode
from streamproof.harness.reports.result import REFERENCE, EarlyEnd
from streamproof.harness.reports.summary import arithmetic, doubts, verdict
from tests.harness.reports.runs import (
    BROKEN,
    FLAKY,
    HELD,
    KNOWN,
    SKIPPED,
    UNDECLARED,
    case_of,
    run_of,
)


@pytest.mark.parametrize(
    ("cases", "wanted"),
    [
        pytest.param([case_of(HELD)], "No check is broken in 1 case.", id="held"),
        pytest.param(
            [case_of(KNOWN, FLAKY), case_of(KNOWN)],
            "No check is broken in 2 cases, apart from 2 known, 1 flaky.",
            id="excused",
        ),
        pytest.param([case_of(BROKEN), case_of(HELD)], "1 of 2 cases broken.", id="broken"),
        pytest.param([], "Nothing was verified.", id="nothing"),
    ],
)
def test_the_verdict_is_one_sentence(cases, wanted):
    assert verdict(run_of(*cases)) == wanted


def test_the_verdict_on_an_early_end_says_why():
    ended = replace(run_of(), early_end=EarlyEnd("it was interrupted", ExitCode.INTERRUPTED))
    assert verdict(ended) == "The run ended early: it was interrupted."


def test_declared_is_run_and_skipped_by_name():
    cases = [case_of(HELD, BROKEN, SKIPPED, UNDECLARED), case_of(UNDECLARED)]
    assert list(arithmetic(run_of(*cases))) == [
        "5 checks = 2 run + 3 skipped:",
        "  1 because of a.broken: a.skipped",
        "  2 because the capability resume is not declared: a.resumes",
    ]


def test_cases_that_did_not_run_are_named():
    planned = ("group/name", "group/b", "c")
    assert list(arithmetic(run_of(case_of(HELD), planned=planned))) == [
        "3 cases = 1 run + 2 skipped:",
        "  2 because the run ended early: group/b, c",
    ]


def test_cases_that_were_skipped_have_their_reason():
    skipped = [replace(case_of(name=name), skipped="it needs ids") for name in ("a", "b")]
    result = run_of(case_of(HELD), *skipped)
    assert list(arithmetic(result)) == [
        "3 cases = 1 run + 2 skipped:",
        "  2 because it needs ids: group/a, group/b",
    ]
    assert list(doubts(result)) == ["2 of 3 cases were skipped because it needs ids."]


def test_capabilities_that_were_not_tested_have_their_reason():
    capabilities = {"ids": None, "resume": "it is long", "stop": "it is long"}
    result = replace(run_of(case_of(HELD)), capabilities=capabilities)
    assert list(arithmetic(result)) == [
        "3 declared capabilities = 1 tested + 2 not tested:",
        "  2 because it is long: resume, stop",
    ]


def test_a_complete_run_needs_no_sum():
    assert list(arithmetic(run_of(case_of(HELD), planned=["group/name"]))) == []


@pytest.mark.parametrize(
    ("cases", "wanted"),
    [
        pytest.param([case_of(HELD)], [], id="none"),
        pytest.param([case_of(HELD, events=None)], [], id="no-stream"),
        pytest.param([case_of(HELD, events=0), case_of(HELD)], [], id="one-of-two"),
        pytest.param(
            [case_of(HELD, events=0)], ["Nothing was streamed: no case got an event."], id="empty"
        ),
        pytest.param([case_of(SKIPPED)], ["0 checks ran."], id="no-checks"),
        pytest.param(
            [case_of(HELD, UNDECLARED), case_of(HELD, UNDECLARED)],
            ["2 of 4 checks were skipped because the capability resume is not declared."],
            id="undeclared",
        ),
    ],
)
def test_what_could_deceive_is_said(cases, wanted):
    assert list(doubts(run_of(*cases))) == wanted


def test_a_run_without_a_backend_is_doubtful():
    result = replace(run_of(case_of(HELD)), target=REFERENCE)
    assert list(doubts(result)) == [
        "The reference relay was verified, because no backend was given."
    ]
