"""Reports say what failed, why, when, and how to see it again."""

import io
import json

import pytest

from streamproof.harness.console import Console
from streamproof.harness.exit_codes import ExitCode
from streamproof.harness.reports.json_report import to_json
from streamproof.harness.reports.result import (
    CheckOutcome,
    CheckState,
    Finding,
    Leg,
    RunResult,
    TimelineMark,
    VerifiedCase,
)
from streamproof.harness.reports.text_report import print_report, summary
from streamproof.harness.reports.timeline import MOST_LINES, timeline_lines

HELD = CheckOutcome("a.held", "it holds")
BROKEN = CheckOutcome("a.broken", "it should hold", (Finding("it differs", "one", "two", 2, 5.25),))
DOUBTFUL = CheckOutcome("a.doubtful", "it may hold", (Finding("it is odd", must=False),))
SKIPPED = CheckOutcome("a.skipped", "it would hold", because="a.broken")
TIMELINE = (TimelineMark(3.0, Leg.BROWSER, "#1 start"), TimelineMark(1.0, Leg.AI, "request 1"))


def result(*outcomes: CheckOutcome) -> RunResult:
    case = VerifiedCase("name", "Title", "group", "f.yaml", outcomes, TIMELINE, "streamproof again")
    return RunResult("relay", "http://r", (case,))


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
        "relay http://r: 1 case, 3 checks: 1 ok, 1 broken, 1 skipped\n"
    )


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
    assert document["counts"] == {
        "ok": 0,
        "broken": 1,
        "warning": 0,
        "skipped": 1,
        "unjudged": 0,
    }
    assert (document["held"], document["exitCode"]) == (False, 1)
    assert broken["findings"] == [
        {
            "message": "it differs",
            "expected": "one",
            "actual": "two",
            "eventNumber": 2,
            "atMs": 5.25,
            "must": True,
        }
    ]
    assert (skipped["state"], skipped["because"]) == ("skipped", "a.broken")
    assert case["replay"] == "streamproof again"
    assert case["timeline"][0] == {"atMs": 3.0, "leg": "browser", "text": "#1 start"}
