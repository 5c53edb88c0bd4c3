"""A list of known failures makes the tests of scenario files expected failures, strictly."""

from __future__ import annotations

import pytest

from tests.harness.pytest_plugin.running import run, write, write_scenario
from tests.harness.pytest_plugin.test_scenario_items import ALL, OF_OWN_RELAY, RELAY
from tests.ports import free_port

pytest_plugins = ["pytester"]

GIVEN = ("--streamproof-scenarios=scenarios", "--streamproof-known-failures=known.yaml")


def listed(pytester: pytest.Pytester, pattern: str, more: str = "", key: str = "known") -> None:
    """Write the two scenarios, one of which is broken, and a list with one entry."""
    write_scenario(pytester, "sound")
    write_scenario(pytester, "wrong", last="error")
    write(pytester, "known.yaml", f'{key}: [{{pattern: "{pattern}"{more}}}]\n')


READ = 'urlopen(Request(AI_URL + "/chat/stream", body, headers)).read()'
"""How the relay of these tests reads the answer of its AI service."""

REASON = ", reason: It sends no error"


def test_a_known_failure_is_expected(pytester):
    listed(pytester, "scenarios/wrong:frames.kinds", f'{REASON}, issue: "http://bugs/1"')
    done = run(pytester, *GIVEN, "-rx")
    outcomes = done.parseoutcomes()
    assert (outcomes["xfailed"], outcomes.get("failed", 0)) == (1, 0)
    done.stdout.fnmatch_lines(["XFAIL *frames.kinds - It sends no error (http://bugs/1)"])


def test_a_known_failure_that_was_repaired_fails(pytester):
    listed(pytester, "scenarios/sound:frames.kinds", REASON)
    done = run(pytester, *GIVEN, "-k", "sound")
    assert done.parseoutcomes()["failed"] == 1
    done.stdout.fnmatch_lines(["[[]XPASS(strict)[]] It sends no error"])


def test_an_entry_with_a_wildcard_may_cover_checks_that_hold(pytester):
    listed(pytester, "scenarios/*:frames.kinds", REASON)
    outcomes = run(pytester, *GIVEN).parseoutcomes()
    assert (outcomes["xfailed"], outcomes["xpassed"]) == (1, 1)
    assert "failed" not in outcomes


@pytest.mark.parametrize(
    ("pattern", "more", "problem"),
    [
        ("**:frames.kinds", f"{REASON}, until: 2020-01-31", "*its last day was 2020-01-31; *"),
        ("**:frames.kinds", ", reson: It sends no error", "*did you mean 'reason'?*"),
    ],
)
def test_a_list_that_cannot_work_is_an_error_of_the_usage(pytester, pattern, more, problem):
    listed(pytester, pattern, more)
    done = run(pytester, *GIVEN)
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines([problem])


def test_an_entry_that_names_no_check_fails_a_test_of_its_own(pytester):
    listed(pytester, "scenarios/sound:frames.kind", REASON)
    done = run(pytester, *GIVEN, "-k", "known-failures")
    done.assert_outcomes(failed=1, deselected=2 * ALL)
    done.stdout.fnmatch_lines(["*known.yaml:1: 'scenarios/sound:frames.kind': no test has*"])
    listed(pytester, "scenarios/sound:frames.kinds", REASON)
    run(pytester, *GIVEN, "-k", "known-failures").assert_outcomes(passed=1, deselected=2 * ALL)


def test_an_entry_of_a_file_that_is_not_collected_is_not_judged(pytester):
    listed(pytester, "scenarios/wrong:frames.kinds", REASON)
    ini = ("-o", "streamproof_scenarios=scenarios", GIVEN[1])
    done = run(pytester, *ini, "scenarios/sound.yaml::frames.kinds")
    done.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    "pattern",
    ["scenarios/sound:cut.frames", "gates:gate.first", "sessions/stop:x", "**:x", "other/one:x"],
)
def test_an_entry_of_what_only_verify_runs_is_not_judged(pytester, pattern):
    listed(pytester, pattern, REASON)
    done = run(pytester, *GIVEN, "-k", "known-failures")
    done.assert_outcomes(passed=1, deselected=2 * ALL)


def run_with(pytester: pytest.Pytester, read: str, *arguments: str) -> pytest.RunResult:
    """Run the tests of one scenario with a relay that answers what an expression reads."""
    mock_port, port = free_port(), free_port()
    relay = RELAY.format(mock_port=mock_port, port=port)
    assert READ in relay
    write(pytester, "conftest.py", "SIZES = [-30, None, None]\n" + relay.replace(READ, read))
    write_scenario(pytester, "one")
    options = (
        f"--streamproof-relay=http://127.0.0.1:{port}",
        f"--streamproof-mock-port={mock_port}",
    )
    verified = {"STREAMPROOF_VERIFY_TOKEN": "mine", "STREAMPROOF_VERIFY_ROOM": "4"}
    return run(pytester, *GIVEN, *options, *arguments, **verified)


def test_a_flaky_check_is_tried_again(pytester):
    """The relay cuts its first stream."""
    entry = '{pattern: "scenarios/one:frontend.complete", reason: It cuts, tries: 2}'
    write(pytester, "known.yaml", f"flaky: [{entry}]\n")
    once = f"{READ}[: SIZES.pop(0)]"
    done = run_with(pytester, once, "-k", "frontend.complete", "-rP")
    done.assert_outcomes(passed=1, deselected=ALL + OF_OWN_RELAY)
    done.stdout.fnmatch_lines(["*streamproof: flaky*"])


def test_a_listed_warning_is_an_expected_failure(pytester):
    """The relay loses the last byte."""
    entry = '{pattern: "scenarios/one:frontend.unfinished-event", reason: It loses one}'
    write(pytester, "known.yaml", f"known: [{entry}]\n")
    done = run_with(pytester, f"{READ}[:-1]", "-k", "unfinished-event")
    done.assert_outcomes(xfailed=1, deselected=ALL + OF_OWN_RELAY)
