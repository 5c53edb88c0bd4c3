"""Workflow commands are one line each, escaped as GitHub reads them."""

import re
from dataclasses import replace

import pytest

from streamproof.harness.reports.github import to_github
from streamproof.harness.reports.result import CheckOutcome, Finding, RunResult
from tests.harness.reports.runs import BROKEN, DOUBTFUL, HELD, KNOWN, case_of, run_of

COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")
_READ = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}


def unescaped(text: str) -> str:
    """Read a text as the runner of GitHub does."""
    return re.sub("|".join(_READ), lambda found: _READ[found[0]], text)


def commands(result: RunResult) -> list[tuple[str, dict[str, str], str]]:
    """Return the name, the properties and the message of each command."""
    found = []
    for line in to_github(result).split("\n"):
        command = COMMAND.fullmatch(line)
        assert command, line
        pairs = (pair.partition("=") for pair in command[2].split(","))
        properties = {name: unescaped(value) for name, _, value in pairs}
        found.append((command[1], properties, unescaped(command[3])))
    return found


def test_each_cause_is_an_annotation_and_the_verdict_a_notice(monkeypatch, tmp_path):
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    case = replace(case_of(BROKEN, DOUBTFUL), file=str(tmp_path / "my scenarios" / "one.yaml"))
    error, warning, notice = commands(run_of(case, case_of(BROKEN, KNOWN, name="second")))
    assert error[:2] == (
        "error",
        {"file": "my scenarios/one.yaml", "line": "1", "title": "a.broken in 2 cases"},
    )
    assert error[2].splitlines() == [
        "a.broken: it should hold",
        "  it differs (at 5.2 ms)",
        "    expected  one",
        "    actual    two",
        "cases: group/name, group/second",
        "again: streamproof again",
    ]
    assert (warning[0], warning[1]["title"]) == ("warning", "a.doubtful in group/name")
    assert notice == (
        "notice",
        {"title": "streamproof"},
        "2 of 2 cases broken, apart from 1 known.",
    )


def test_a_file_outside_the_repository_is_left_out(monkeypatch, tmp_path):
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    case = replace(case_of(BROKEN), file="/elsewhere/f.yaml")
    (_, properties, _), _ = commands(run_of(case))
    assert properties == {"title": "a.broken in group/name"}


def test_a_doubt_is_a_warning():
    first, _ = commands(run_of(case_of(HELD, events=0)))
    assert first == (
        "warning",
        {"title": "streamproof"},
        "Nothing was streamed: no case got an event.",
    )


@pytest.mark.parametrize(
    "text", ["50% off", "a%0Ab", "::set-env name=x::y", "a,b: c", "x\n::error::y"]
)
def test_no_text_leaves_its_command(text):
    outcome = CheckOutcome(text, "rule", (Finding(text, text, text),))
    (name, properties, message), _ = commands(run_of(case_of(outcome, name=text)))
    assert name == "error"
    assert properties["title"] == f"{text} in group/{text}"
    assert message.count(text) == 4


def test_control_characters_are_shown():
    outcome = CheckOutcome("a", "rule", (Finding("a\rb\x1b[31m"),))
    assert r"a\u000db\u001b[31m" in to_github(run_of(case_of(outcome)))
