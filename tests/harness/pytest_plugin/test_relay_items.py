"""The gates and the sessions as tests, with relays that are wrong in one way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from streamproof.harness.http.server import serving
from streamproof.harness.verify.declared import CHECKS as DECLARED_CHECKS
from streamproof.harness.verify.gates import CHECKS as GATE_CHECKS
from streamproof.harness.verify.sessions import stage
from streamproof.harness.verify.sessions.catalogue import SESSION_CHECKS, SESSIONS
from tests.broken_relays import broken, sessions
from tests.broken_relays.in_memory import InMemoryRelay
from tests.broken_relays.sound import SoundRelay
from tests.harness.pytest_plugin.running import run, write, write_scenario
from tests.ports import free_port

pytest_plugins = ["pytester"]

GIVEN = ("--streamproof-scenarios=scenarios", "--streamproof-known-failures=known.yaml")
SETTINGS = """\
[relay]
url = "{url}"

[auth]
token_command = "echo {{user}}.signed"

[room]
path = "/api/chat/rooms"

[history]
path = "/api/chat/{{room}}/messages"

[stop]
path = "/api/chat/{{room}}/stop"

[resume]
path = "/api/chat/stream"

[ai]
port = {mock_port}

[capabilities]
stop = true
one_turn_per_room = true
history = true
"""


def run_with(
    pytester: pytest.Pytester,
    relay: Callable[[str], InMemoryRelay | SoundRelay],
    *arguments: str,
    known: str = "",
    settings: str = SETTINGS,
) -> pytest.RunResult:
    """Run the tests of one scenario, and of all sessions, with a relay in memory."""
    mock_port = free_port()

    async def served() -> pytest.RunResult:
        async with serving(relay(f"http://127.0.0.1:{mock_port}").app()) as url:
            text = settings.format(url=url, mock_port=mock_port)
            write(pytester, "streamproof.toml", text)
            return await asyncio.to_thread(run, pytester, *GIVEN, *arguments)

    write_scenario(pytester, "one")
    write(pytester, "known.yaml", f"known: [{known}]\n")
    return asyncio.run(served())


def test_a_relay_has_tests_of_its_gates_and_sessions_around_its_scenarios(pytester):
    done = run_with(pytester, InMemoryRelay, "--collect-only", "-q")
    found = [line.split("::") for line in done.outlines if "::" in line]
    named = {(case, check) for _, case, check in filter(lambda one: len(one) == 3, found)}
    sessions = (f"sessions/{one.name}" for one in SESSIONS)
    assert {case for case, _ in named} == {"gates", *sessions, "capabilities"}
    checks = {check.id for check in (*GATE_CHECKS, *SESSION_CHECKS, *DECLARED_CHECKS)}
    assert {check for _, check in named} == checks | {"target.answers"}
    assert found[0][1] == "gates"
    assert found[len(GATE_CHECKS)] == ["scenarios/one.yaml", "target.answers"]
    assert [case for _, case, *_ in found[-2:]] == ["capabilities", "capabilities"]


def test_the_reference_relay_has_only_the_tests_of_scenarios(pytester):
    write_scenario(pytester, "one")
    done = run(pytester, GIVEN[0], "--collect-only", "-q")
    assert not [line for line in done.outlines if "sessions/" in line or "gates" in line]


def test_a_sound_relay_passes_them(pytester):
    done = run_with(pytester, InMemoryRelay, "-k", "gates or stop or refusals", "-rs")
    outcomes = done.parseoutcomes()
    assert "failed" not in outcomes, done.stdout.str()
    assert outcomes["passed"] >= len(GATE_CHECKS) + 3
    done.stdout.fnmatch_lines(["*the capability keeps_partial is not declared"])


def test_a_broken_session_fails_its_test_with_the_text_of_the_report(pytester):
    done = run_with(pytester, sessions.RefusesASecondStop, "-k", "sessions/stop")
    assert done.parseoutcomes()["failed"] == 1
    done.stdout.fnmatch_lines(
        [
            "_* sessions/stop: session.stop-twice _*",
            "broken: sessions/stop",
            "    session.stop-twice: A second stop succeeds as well.",
            "FAILED scenarios::sessions/stop::session.stop-twice*",
        ]
    )
    assert "Traceback" not in done.stdout.str()


def test_a_relay_that_does_not_stream_fails_the_gates(pytester):
    settings = SETTINGS.replace('path = "/api/chat/rooms"', 'id = "1"')
    relay = broken.LeavesAtOnce  # the others that hold events back take longer
    done = run_with(pytester, relay, "-k", "gates", "-rfs", settings=settings)
    done.stdout.fnmatch_lines(
        [
            "    streaming.gates: The relay passes on every event before the next one arrives.",
            "FAILED scenarios::gates::streaming.gates*",
            "SKIPPED*the case has nothing for this check",
        ]
    )


def test_one_list_of_known_failures_serves_verify_and_pytest(pytester):
    entry = '{pattern: "sessions/stop:session.stop-twice", reason: It says 404}'
    stop = ("-k", "sessions/stop or unmatched")
    done = run_with(pytester, sessions.RefusesASecondStop, *stop, "-rx", known=entry)
    outcomes = done.parseoutcomes()
    assert (outcomes["xfailed"], outcomes.get("failed", 0)) == (1, 0)
    done.stdout.fnmatch_lines(["XFAIL scenarios::sessions/stop::session.stop-twice - It says 404"])
    repaired = run_with(pytester, InMemoryRelay, *stop, known=entry)
    assert repaired.parseoutcomes()["failed"] == 1
    repaired.stdout.fnmatch_lines(["[[]XPASS(strict)[]] It says 404"])


UNTESTED = SETTINGS + "size_limits = true\n"
WHOLE = ("-k", "target.answers or session or gates or capabilities")


def test_what_is_declared_and_not_tested_fails_after_all_cases(pytester):
    done = run_with(pytester, InMemoryRelay, *WHOLE, "-rf", settings=UNTESTED)
    done.stdout.fnmatch_lines(
        [
            "    capabilities.tested: Whatever is declared can be tested.",
            "      'size_limits' is declared, and nothing could test it: *",
            "FAILED scenarios::capabilities::capabilities.tested*",
        ]
    )
    assert done.parseoutcomes()["failed"] == 1, done.stdout.str()
    assert "'stop' is declared" not in done.stdout.str()


def test_what_is_declared_is_judged_last_although_it_failed_before(pytester):
    for order in ((), ("--ff",)):
        cached = ("-p", "cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning")
        done = run_with(pytester, InMemoryRelay, *cached, *order, *WHOLE, settings=UNTESTED)
        assert done.parseoutcomes()["failed"] == 1, done.stdout.str()


@pytest.mark.parametrize(
    ("selected", "reason"),
    [
        (("-k", "gates or capabilities"), "*only after all 12 cases; 11 did not run: *"),
        (("-k", "capabilities", "--deselect=scenarios::gates"), "*; 12 did not run: *one, *"),
    ],
)
def test_a_selection_does_not_judge_what_is_declared(pytester, selected, reason):
    done = run_with(pytester, InMemoryRelay, *selected, "-rs", settings=UNTESTED)
    assert "failed" not in done.parseoutcomes(), done.stdout.str()
    assert done.parseoutcomes()["skipped"] >= 2
    done.stdout.fnmatch_lines([f"SKIPPED*{reason}"])


def test_without_declarations_there_is_nothing_to_judge(pytester):
    write_scenario(pytester, "one")
    relay = ("--streamproof-relay=http://127.0.0.1:1", "--streamproof-mock-port=2")
    room = {"STREAMPROOF_VERIFY_ROOM": "1"}
    done = run(pytester, GIVEN[0], *relay, "--collect-only", "-q", **room)
    assert "gates" in done.stdout.str()
    assert "capabilities" not in done.stdout.str()


@pytest.mark.parametrize(
    "pattern", ["sessions/stop:session.stop-twce", "sessions/stopp:**", "gates:streaming.gate"]
)
def test_an_entry_that_names_no_check_of_a_session_is_unmatched(pytester, pattern):
    entry = f'{{pattern: "{pattern}", reason: It says 404}}'
    done = run_with(pytester, InMemoryRelay, "-k", "unmatched", known=entry)
    assert done.parseoutcomes()["failed"] == 1
    done.stdout.fnmatch_lines([f"*known.yaml:1: '{pattern}': no test has this name; *"])


def test_what_else_verify_judges_is_not_unmatched(pytester):
    entry = '{pattern: "fuzz/generated:frames.kinds", reason: It needs --fuzz}'
    done = run_with(pytester, InMemoryRelay, "-k", "unmatched", known=entry)
    assert done.parseoutcomes() == {"passed": 1, "deselected": done.parseoutcomes()["deselected"]}


def test_long_sessions_need_the_option(pytester):
    done = run_with(pytester, InMemoryRelay, "-k", "silences", "-rs")
    assert "passed" not in done.parseoutcomes()
    done.stdout.fnmatch_lines(["*the case was not run: it has long silences; run it with *long"])


def test_the_option_plays_long_sessions(pytester, monkeypatch):
    monkeypatch.setattr(stage, "WAIT_SECONDS", 1.0)
    monkeypatch.setattr("streamproof.harness.verify.sessions.silences.SILENCES", (0.1,))
    for option in (["--streamproof-long"], ["-o", "streamproof_long=true"]):
        done = run_with(pytester, InMemoryRelay, "-k", "silences", *option)
        assert done.parseoutcomes()["passed"] == 2


def test_a_switch_has_no_other_value(pytester):
    done = run_with(pytester, InMemoryRelay, "-o", "streamproof_long=1")
    done.stdout.fnmatch_lines(["streamproof_long: wanted true or false, got 1"])
    assert "Traceback" not in done.stdout.str()


def test_one_file_is_collected_without_them(pytester):
    write(pytester, "streamproof.toml", SETTINGS.format(url="http://127.0.0.1:1", mock_port=1))
    write_scenario(pytester, "one")
    ini = ("-o", "streamproof_scenarios=scenarios", "--collect-only", "-q")
    done = run(pytester, *ini)
    assert [line for line in done.outlines if "sessions/" in line]
    done = run(pytester, *ini, "scenarios/one.yaml")
    assert not [line for line in done.outlines if "sessions/" in line]
