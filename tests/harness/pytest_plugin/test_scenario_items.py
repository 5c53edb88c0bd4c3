"""Scenario files as tests of the relay: one for each scenario and check."""

from __future__ import annotations

import socket

import pytest

from streamproof.harness.verify.checks.catalogue import RELAY_CHECKS
from streamproof.harness.verify.gates import CHECKS as GATE_CHECKS
from streamproof.harness.verify.sessions.catalogue import SESSION_CHECKS, SESSIONS
from tests.harness.pytest_plugin.running import run, write, write_scenario
from tests.ports import free_port

pytest_plugins = ["pytester"]

GIVEN = "--streamproof-scenarios=scenarios"
ALL = len(RELAY_CHECKS) + 1  # and whether the relay answers
OF_SESSIONS = len(SESSION_CHECKS) + len(SESSIONS)
OF_OWN_RELAY = len(GATE_CHECKS) + OF_SESSIONS


def test_a_test_for_each_scenario_and_check(pytester):
    write_scenario(pytester, "sound")
    write_scenario(pytester, "wrong", last="error")
    pytester.makepyfile("def test_own(): pass")
    done = run(pytester, GIVEN, "-rs")
    outcomes = done.parseoutcomes()
    assert outcomes["failed"] == 1
    assert outcomes["passed"] > ALL
    assert sum(outcomes.values()) == 2 * ALL + 1
    done.stdout.fnmatch_lines(
        [
            "broken: scenarios/wrong",
            "    frames.kinds: The browser gets the frames that the scenario expects.",
            "        expected  start, content, error",
            "        actual    start, content, end",
            "*closed: the body is complete",
            "SKIPPED*: the check was skipped because of frames.kinds",
        ]
    )
    assert "_ scenarios/wrong: frames.kinds _" in done.stdout.str()
    assert "Traceback" not in done.stdout.str()


def test_a_test_after_them_has_the_mock_in_its_initial_state(pytester):
    write_scenario(pytester, "one")
    write(
        pytester,
        "test_own.py",
        "def test_own(streamproof_mock): assert not streamproof_mock.journal",
    )
    run(pytester, GIVEN, "scenarios", "test_own.py", "-k", "kinds or own").assert_outcomes(
        passed=2, deselected=ALL - 1
    )


def test_the_tests_can_be_selected_as_others(pytester):
    write_scenario(pytester, "one")
    write_scenario(pytester, "two")
    run(pytester, GIVEN, "-k", "kinds and one").assert_outcomes(passed=1, deselected=2 * ALL - 1)
    one = "scenarios/one.yaml::frames.kinds"
    run(pytester, one, "-o", "streamproof_scenarios=scenarios").assert_outcomes(passed=1)
    pytester.makepyfile(test_own="def test_own(): pass")
    ini = ("-o", "streamproof_scenarios=scenarios")
    run(pytester, *ini, "test_own.py").assert_outcomes(passed=1)
    assert run(pytester, *ini, "--collect-only", "-q").outlines[-1].startswith(f"{2 * ALL + 1} ")


@pytest.mark.parametrize("folder", ["tests/../scenarios", "./scenarios/", "linked"])
def test_every_spelling_of_a_folder_collects_its_files(pytester, folder):
    write_scenario(pytester, "one")
    write(pytester, "tests/test_own.py", "def test_own(): pass")
    (pytester.path / "linked").symlink_to("scenarios")
    done = run(pytester, f"--streamproof-scenarios={folder}", "--collect-only", "-q")
    assert done.outlines[-1].startswith(f"{ALL + 1} ")


def test_files_are_not_tests_without_the_option(pytester):
    write_scenario(pytester, "one")
    assert run(pytester, "scenarios").ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_a_junit_report_has_a_test_case_for_each(pytester):
    write_scenario(pytester, "wrong", last="error")
    run(pytester, GIVEN, "--junit-xml=report.xml", "-k", "frames.kinds")
    report = (pytester.path / "report.xml").read_text("utf-8")
    assert '<testcase classname="scenarios.wrong.yaml" name="frames.kinds"' in report
    assert "expected  start, content, error" in report


def test_a_file_that_is_not_valid_is_an_error_of_the_collection(pytester):
    write_scenario(pytester, "wrong", more="titel: x\n")
    done = run(pytester, GIVEN)
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["error?unknown-key?: titel: *", "* --> *wrong.yaml:8:1"])


def test_a_folder_without_scenarios_is_an_error_of_the_usage(pytester):
    done = run(pytester, GIVEN)
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines(["*wanted scenario files in *scenarios, found none"])


def test_a_relay_that_does_not_answer_fails_one_test_of_each_scenario(pytester):
    write_scenario(pytester, "one")
    url = f"http://127.0.0.1:{free_port()}"
    relay = (f"--streamproof-relay={url}", f"--streamproof-mock-port={free_port()}")
    done = run(pytester, GIVEN, *relay, "-rs", "-k", "one.yaml", STREAMPROOF_VERIFY_ROOM="1")
    done.assert_outcomes(failed=1, skipped=ALL - 1)
    done.stdout.fnmatch_lines(
        [f"*cannot connect to {url.removeprefix('http://')}: *", "*: target.answers is broken"]
    )
    assert "Traceback" not in done.stdout.str()


RELAY = """\
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs
from urllib.request import Request, urlopen

AI_URL = "http://127.0.0.1:{mock_port}"


class Relay(BaseHTTPRequestHandler):
    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        body = json.dumps({{"question": form["message"][0]}}).encode()
        headers = {{"Content-Type": "application/json"}}
        self.send_response(200 if self.headers["Authorization"] == "Bearer mine" else 401)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(urlopen(Request(AI_URL + "/chat/stream", body, headers)).read())

    def log_message(self, *args):
        pass


server = ThreadingHTTPServer(("127.0.0.1", {port}), Relay)
Thread(target=server.serve_forever, daemon=True).start()

def pytest_unconfigure(config):
    server.shutdown()
    server.server_close()
"""


def test_the_relay_of_the_options_asks_the_mock(pytester):
    """It passes the stream on as it is, so it keeps the contract of the AI service."""
    mock_port, port = free_port(), free_port()
    write(pytester, "conftest.py", RELAY.format(mock_port=mock_port, port=port))
    write_scenario(pytester, "one")
    test = """\
        import pytest
        from streamproof import assert_contract

        @pytest.mark.scenario("scenarios/one.yaml")
        def test_it(streamproof_relay):
            assert streamproof_relay.room == "4"
            assert_contract(streamproof_relay.ask("Hello"), "ai-service")
        """
    write(pytester, "test_it.py", test)
    options = {
        "STREAMPROOF_RELAY": f"http://127.0.0.1:{port}",
        "STREAMPROOF_VERIFY_TOKEN": "mine",
        "STREAMPROOF_VERIFY_ROOM": "4",
        "STREAMPROOF_MOCK_PORT": str(mock_port),
    }
    run(pytester, "test_it.py", **options).assert_outcomes(passed=1)
    checks = "frontend.order or frontend.status"
    done = run(pytester, GIVEN, "-k", checks, "scenarios", **options)
    done.assert_outcomes(failed=1, passed=1, deselected=ALL - 2 + OF_OWN_RELAY)
    done.stdout.fnmatch_lines(["*frontend.order: Events come in the order of*"])


SETTINGS = """\
profile = "ai-service"

[relay]
url = "http://127.0.0.1:{port}"
headers = {{ Authorization = "Bearer mine" }}

[room]
id = "4"

[ask]
path = "/api/chat/{{room}}/stream"
form = {{ message = "{{message}}" }}

[ai]
port = {mock_port}
"""


def test_the_settings_file_of_the_project_describes_the_relay(pytester):
    mock_port, port = free_port(), free_port()
    write(pytester, "conftest.py", RELAY.format(mock_port=mock_port, port=port))
    write(pytester, "streamproof.toml", SETTINGS.format(mock_port=mock_port, port=port))
    write_scenario(pytester, "one")
    pytester.makepyfile(
        f"""
        def test_without_a_relay(streamproof_mock):
            assert not streamproof_mock.url.endswith(":{mock_port}")
        """
    )
    done = run(pytester, GIVEN, "-k", "order or status or without")
    outcomes = done.parseoutcomes()
    assert outcomes["passed"] >= 3, done.stdout.str()
    assert "failed" not in outcomes


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--streamproof-mock-port=x"], "--streamproof-mock-port: *"),
        (["--streamproof-relay=x"], "--streamproof-relay: *"),
        (["--streamproof-relay=http://127.0.0.1:1"], "*--url needs --mock-port*"),
        (["--streamproof-settings=missing.toml"], "*missing.toml*"),
    ],
)
def test_an_option_that_cannot_work_is_named(pytester, options, problem):
    pytester.makepyfile("def test_it(streamproof_relay): pass")
    done = run(pytester, *options)
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines([problem])
    assert "Traceback" not in done.stdout.str()


def test_a_port_that_is_taken_is_named(pytester):
    pytester.makepyfile("def test_it(streamproof_relay): pass")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        relay = ("--streamproof-relay=http://127.0.0.1:1", f"--streamproof-mock-port={port}")
        done = run(pytester, *relay)
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(
        [f"port {port} of 127.0.0.1 is taken: choose another with --streamproof-mock-port"]
    )
