"""Reports say what failed, why, when, and how to see it again."""

import io
import json
from dataclasses import replace

import pytest

from streamproof.harness.console import Console
from streamproof.harness.exit_codes import ExitCode
from streamproof.harness.reports.json_report import to_json
from streamproof.harness.reports.result import (
    CheckOutcome,
    CheckState,
    EarlyEnd,
    Finding,
    Leg,
    RunResult,
    TimelineMark,
)
from streamproof.harness.reports.summary import summary
from streamproof.harness.reports.text_report import print_report
from streamproof.harness.reports.timeline import MOST_LINES, timeline_lines
from tests.harness.reports.runs import (
    BROKEN,
    DOUBTFUL,
    FLAKY,
    HELD,
    KNOWN,
    SKIPPED,
    case_of,
    run_of,
)


def result(*outcomes: CheckOutcome) -> RunResult:
    return run_of(case_of(*outcomes))


def printed(shown: RunResult) -> str:
    out = io.StringIO()
    print_report(shown, Console(out))
    return out.getvalue()


@pytest.mark.parametrize(
    ("outcomes", "state", "code"),
    [
        pytest.param([HELD], CheckState.HELD, ExitCode.OK, id="held"),
        pytest.param([HELD, DOUBTFUL], CheckState.WARNING, ExitCode.OK, id="warning"),
        pytest.param([DOUBTFUL, BROKEN, SKIPPED], CheckState.BROKEN, ExitCode.BROKEN, id="broken"),
        pytest.param([HELD, KNOWN], CheckState.KNOWN, ExitCode.OK, id="known"),
        pytest.param([FLAKY, DOUBTFUL], CheckState.FLAKY, ExitCode.OK, id="flaky"),
    ],
)
def test_the_worst_outcome_decides(outcomes, state, code):
    shown = result(*outcomes)
    assert shown.cases[0].state is state
    assert shown.exit_code is code


def test_a_run_without_cases_is_a_usage_error():
    assert RunResult("relay", "http://r").exit_code is ExitCode.USAGE


def test_a_failure_is_shown_with_reason_legs_and_replay():
    assert printed(result(HELD, BROKEN, SKIPPED)) == (
        "broken  group/name\n"
        "\n"
        "broken: group/name\n"
        "    Title\n"
        "    a.broken: it should hold\n"
        "      it differs (at 5.2 ms)\n"
        "        expected  one\n"
        "        actual    two\n"
        "           ms  AI service                                    browser\n"
        "          1.0  request 1\n"
        "          3.0                                                #1 start\n"
        "    again: streamproof again\n"
        "\n"
        "3 checks = 2 run + 1 skipped:\n"
        "  1 because of a.broken: a.skipped\n"
        "relay http://r: 1 case, 3 checks: 1 ok, 1 broken, 1 skipped\n"
    )


def test_an_early_end_decides_the_exit_code():
    ended = replace(result(HELD), early_end=EarlyEnd("it broke", ExitCode.UNREACHABLE))
    assert (ended.exit_code, ended.held) == (ExitCode.UNREACHABLE, False)


def test_one_cause_is_told_once_with_its_cases():
    other = CheckOutcome("a.other", "it is rare", (Finding("it is rare"),))
    names = ["a", "b", "c"]
    cases = [case_of(BROKEN, *([other] if one == "c" else []), name=one) for one in names]
    text = printed(run_of(*cases))
    assert text.count("a.broken: it should hold") == 1
    assert text.count("request 1") == 2
    assert "broken in 3 cases:\n    group/a, group/b, group/c\n" in text
    assert "    The first is group/a: Title\n" in text
    assert "broken: group/c\n    Title\n    a.other: it is rare\n" in text


def test_timeline_of_a_case_is_shown_once():
    cases = [case_of(BROKEN, *extra, name=name) for name, extra in (("a", [DOUBTFUL]), ("b", []))]
    assert printed(run_of(*cases)).count("request 1") == 1


def test_what_the_list_excuses_has_its_reason():
    text = printed(result(KNOWN, FLAKY))
    reason = "The relay forgets it. (https://tracker.example/issues/12)"
    assert f"known: 1 check: {reason}\n    group/name:a.broken\n" in text
    assert f"flaky: 1 check: {reason}\n    group/name:a.flaky\n" in text


def test_what_makes_a_pass_meaningless_comes_first():
    text = printed(run_of(case_of(HELD, events=0)))
    assert text.startswith("warning: Nothing was streamed: no case got an event.\n\nok ")


def test_a_case_that_holds_is_one_line():
    assert printed(result(HELD)).splitlines()[:2] == ["ok      group/name", ""]


def test_the_summary_counts_every_check():
    assert summary(result(HELD, HELD)) == "relay http://r: 1 case, 2 checks: 2 ok"


def test_a_long_timeline_omits_its_middle():
    marks = [TimelineMark(float(n), Leg.AI, f"write {n}") for n in range(200)]
    lines = list(timeline_lines(marks))
    assert len(lines) == MOST_LINES + 2
    assert lines[-1].endswith("write 199")
    assert any("152 more lines" in line for line in lines)


def test_the_document_has_everything():
    document = json.loads(to_json(result(BROKEN, SKIPPED)))
    (case,) = document["cases"]
    broken, skipped = case["checks"]
    assert {state: n for state, n in document["counts"].items() if n} == {"broken": 1, "skipped": 1}
    assert (document["held"], document["exitCode"]) == (False, 1)
    assert broken["findings"] == [
        {
            "message": "it differs",
            "expected": "one",
            "actual": "two",
            "eventNumber": 2,
            "atMs": 5.25,
            "must": True,
            "allowed": None,
        }
    ]
    assert (skipped["state"], skipped["because"]) == ("skipped", "a.broken")
    assert case["replay"] == "streamproof again"
    assert case["timeline"][0] == {
        "atMs": 3.0,
        "leg": "browser",
        "kind": "event",
        "text": "#1 start",
        "bytes": 0,
        "eventNumber": None,
        "who": None,
    }
