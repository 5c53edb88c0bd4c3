"""`streamproof verify relay`: the reference relay, and another one by its URL."""

import json
import subprocess
import sys

import pytest

from streamproof.harness.cli import main
from streamproof.harness.exit_codes import ExitCode

REFERENCE = ["verify", "relay", "--scenario", "example-conversation", "reset-mid-answer"]


def test_the_reference_relay_holds(capsys):
    assert main.main([*REFERENCE, "--cut", "5"]) == ExitCode.OK
    out = capsys.readouterr().out
    assert "ok      gates" in out
    assert "ok      plain/example-conversation" in out
    assert "cases, " in out.splitlines()[-1]


def test_the_reference_relay_gives_up_on_a_silent_service(capsys):
    assert main.main(["verify", "relay", "--scenario", "stall-mid-answer"]) == ExitCode.OK


def test_the_json_document_has_every_check(capsys):
    assert main.main([*REFERENCE, "--json"]) == ExitCode.OK
    document = json.loads(capsys.readouterr().out)
    assert (document["version"], document["held"], document["exitCode"]) == (1, True, 0)
    gates, seed, _ = document["cases"]
    assert gates["checks"][0]["id"] == "streaming.gates"
    assert {"frames.kinds", "stored.answer"} <= {check["id"] for check in seed["checks"]}
    assert {mark["leg"] for mark in seed["timeline"]} == {"ai", "browser"}


@pytest.mark.parametrize(
    ("words", "seed"),
    [
        pytest.param(["--scenario", "example-conversation"], None, id="nothing random"),
        pytest.param(["--scenario", "example-conversation", "--cut", "5"], 5, id="cut"),
        pytest.param(["--fuzz", "1"], 1, id="fuzz"),
        pytest.param(["--fuzz", "1", "--seed", "7"], 7, id="fuzz with a seed"),
    ],
)
def test_report_has_the_seed_of_the_run(words, seed, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    main.main(["verify", "relay", *words, "--json"])
    assert json.loads(capsys.readouterr().out)["record"]["seed"] == seed


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["--scenario", "seed-convresation"], "did you mean", id="misspelt"),
        pytest.param(["--url", "http://127.0.0.1:1"], "--mock-port", id="no-mock-port"),
        pytest.param(["--token", "x"], "--token needs --url", id="no-url"),
        pytest.param(
            ["--url", "http://127.0.0.1:1/{room}", "--mock-port", "1"], "--room", id="no-room"
        ),
        pytest.param(["--scenarios", "missing-folder"], "missing-folder", id="no-folder"),
        pytest.param(["--seed", "3"], "--seed needs --fuzz", id="no-fuzz"),
        pytest.param(["--fuzz", "9", "--long"], "it excludes --long", id="fuzz-and-long"),
        pytest.param(["--fuzz", "0"], "--fuzz", id="no-number"),
    ],
)
def test_wrong_usage_says_what_to_change(words, said, capsys):
    assert main.main(["verify", "relay", *words]) == ExitCode.USAGE
    assert said in capsys.readouterr().err


def test_a_relay_that_is_not_there_is_exit_3(unused_tcp_port_factory, capsys):
    url = f"http://127.0.0.1:{unused_tcp_port_factory()}"
    words = ["--url", url, "--mock-port", str(unused_tcp_port_factory()), "--room", "r"]
    assert main.main(["verify", "relay", *words]) == ExitCode.UNREACHABLE
    assert url.removeprefix("http://") in capsys.readouterr().err


@pytest.mark.prove
def test_generated_scenarios_hold_on_the_reference_relay(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["verify", "relay", "--fuzz", "10", "--seed", "2", "--json"]
    assert main.main(words) == ExitCode.OK
    document = json.loads(capsys.readouterr().out)
    assert [case["name"] for case in document["cases"]] == ["gates", "generated"]
    assert document["cases"][1]["title"] == "10 scenarios of the seed 2"
    assert not list(tmp_path.iterdir())


def test_generated_scenarios_without_hypothesis_say_what_to_install():
    code = (
        "import sys; sys.modules['hypothesis'] = None;"
        " from streamproof.harness.cli.main import main;"
        " sys.exit(main(['verify', 'relay', '--fuzz', '1']))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ended.returncode == ExitCode.UNREACHABLE
    assert 'run: pip install "streamproof[fuzz]"' in ended.stderr
    assert "Traceback" not in ended.stderr
