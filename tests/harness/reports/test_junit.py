"""The JUnit report has the structure that CI systems read, and every text of the run."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from streamproof.harness.checking.whole_run import ended_early
from streamproof.harness.exit_codes import ExitCode
from streamproof.harness.reports.junit import to_junit
from streamproof.harness.reports.result import CheckOutcome, EarlyEnd, Finding
from streamproof.harness.verify.relay_run import RunOptions, verify_relay
from streamproof.harness.verify.targets.reference import temporary_reference
from tests.harness.reports.junit_schema import problems_of
from tests.harness.reports.runs import BROKEN, DOUBTFUL, EVERY, HELD, KNOWN, case_of, run_of
from tests.shipped_files import SCENARIOS

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from streamproof.harness.reports.result import RunResult

RUN = run_of(case_of(*EVERY), case_of(KNOWN, name="second"), case_of(HELD, group="", name="gates"))


def read(result: RunResult) -> Element:
    """Return the root of the report, which has to fit the schema and to count what it has."""
    text = to_junit(result)
    assert problems_of(text) == []
    root = ElementTree.fromstring(text)  # noqa: S314  # it is our own
    for element in root.iter("testsuite"):
        assert int(element.attrib["tests"]) == len(element.findall("testcase"))
    return root


def test_a_real_run_fits_the_schema():
    scenario = SCENARIOS["end-missing"]
    options = RunOptions(scenarios=[scenario], sessions=["stop"])
    root = read(asyncio.run(verify_relay(options, temporary_reference)))
    assert [suite.attrib["name"] for suite in root] == ["relay", "broken", "sessions"]
    assert int(root.attrib["tests"]) > 20


@pytest.mark.parametrize(
    ("part", "other"),
    [
        (' name="group"', ""),
        (' tests="7"', ' tests="seven"'),
        (' tests="7"', ""),
        (' time="0.003"', ' time="3 ms"'),
        (' time="0.003"', ' time="-1"'),
        ('<property name="severity" value="must" />', '<property name="severity" />'),
        ("<properties>", "<props /><properties>"),
        ("</failure>", '</failure><skipped message="too" />'),
        ("</properties>", '</properties><system-out>early</system-out><error type="x" />'),
        (' name="a.held"', ' name="a.broken"'),
        (' classname="streamproof.relay.group.name"', ""),
        (' message="it differs"', ""),
        (' name="a.skipped"', ' name=""'),
        ("<testsuites", "<testsuite"),
    ],
)
def test_the_schema_refuses_another_structure(part, other):
    report = to_junit(RUN)
    assert part in report
    assert problems_of(report) == []
    changed = report.replace(part, other, 1)
    if part == "<testsuites":
        changed = changed.replace("</testsuites", "</testsuite")
    assert problems_of(changed)


def by_name(root: Element) -> dict[str, Element]:
    """Return the test cases of a report by their names."""
    return {test.attrib["name"]: test for test in root.iter("testcase")}


def test_each_group_is_a_suite_with_its_counts():
    root = read(RUN)
    suites = {suite.attrib["name"]: suite.attrib for suite in root}
    assert list(suites) == ["group", "relay"]
    counts = {name: suites["group"][name] for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "7", "failures": "1", "errors": "0", "skipped": "3"}
    assert (root.attrib["tests"], root.attrib["failures"]) == ("8", "1")


def test_each_check_is_a_test_with_its_properties():
    root = read(RUN)
    names = [test.attrib["name"] for test in root.iter("testcase")]
    assert names == [*(one.check for one in EVERY), "a.broken", "a.held"]
    properties = {
        one.attrib["name"]: one.attrib["value"] for one in by_name(root)["a.flaky"].iter("property")
    }
    assert properties == {"severity": "must", "source": "f.yaml", "frames": "start"}


def test_a_failure_has_expected_actual_both_legs_and_the_command():
    failure = by_name(read(run_of(case_of(BROKEN))))["a.broken"].find("failure")
    assert failure is not None
    assert failure.attrib == {"type": "a.broken", "message": "it differs"}
    text = failure.text or ""
    for shown in ("expected  one", "actual    two", "#1 start", "again: streamproof again"):
        assert shown in text


def test_what_does_not_fail_the_run_is_skipped_or_passes():
    tests = by_name(read(run_of(case_of(*EVERY[2:], KNOWN))))
    reasons = {
        name: skipped.attrib["message"]
        for name, test in tests.items()
        for skipped in test.findall("skipped")
    }
    assert reasons == {
        "a.skipped": "skipped because of a.broken",
        "a.resumes": "skipped because the capability resume is not declared",
        "a.broken": "known failure: The relay forgets it. https://tracker.example/issues/12",
    }
    assert "it is odd" in (tests["a.doubtful"].findtext("system-out") or "")
    assert (tests["a.flaky"].findtext("system-out") or "").startswith("flaky, tried 2 times:")


def test_a_case_without_checks_is_a_skipped_test():
    tests = by_name(read(run_of(replace(case_of(), skipped="it needs ids"), case_of(name="b"))))
    reasons = {name: test[0].attrib["message"] for name, test in tests.items()}
    assert reasons == {
        "name": "skipped because it needs ids",
        "b": "skipped because it has nothing to check",
    }


def test_the_time_of_a_case_is_counted_once():
    root = read(run_of(case_of(HELD, DOUBTFUL)))
    assert [test.attrib["time"] for test in root.iter("testcase")] == ["0.003", "0.000"]
    assert root.attrib["time"] == "0.003"


def test_an_early_end_is_an_error():
    ended = replace(run_of(case_of(HELD)), early_end=EarlyEnd("it died", ExitCode.UNREACHABLE))
    root = read(replace(ended, cases=(*ended.cases, ended_early(ended))))
    error = by_name(root)["run.complete"].find("error")
    assert error is not None
    assert error.attrib["message"] == "it died"
    assert root.attrib["errors"] == "1"


def test_characters_that_xml_cannot_contain_are_escaped():
    hostile = "\0\x1b[31m\ud800\ufffe ]]> <b> & \" ' \r\n 日本 😀"
    outcome = CheckOutcome(hostile, "rule", (Finding(hostile, hostile, hostile),))
    root = read(
        run_of(replace(case_of(outcome, name=hostile, group=hostile), facts={hostile: hostile}))
    )
    (test,) = root.iter("testcase")
    assert test.attrib["name"].startswith(
        r"\u0000\u001b[31m\ud800\ufffe ]]> <b> & \" ' ".replace('\\"', '"')
    )
    assert test.attrib["name"].endswith("日本 😀")
