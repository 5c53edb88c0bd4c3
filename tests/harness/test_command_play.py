"""`streamproof play` prints a plan and starts nothing."""

import json

import pytest

from streamproof.harness.cli.main import main
from streamproof.harness.exit_codes import ExitCode

SCENARIO = """\
name: it
title: It shows
pace: {first_ms: 300}
steps: [{raw: "data: 1\\n\\n"}, {raw: x}]
then: [{status: 503, steps: []}]
"""


@pytest.fixture
def folder(tmp_path):
    """Make a folder with one scenario in a group."""
    (tmp_path / "group").mkdir()
    (tmp_path / "group" / "it.yaml").write_text(SCENARIO)
    return tmp_path


def test_plan_is_printed_with_times_and_bytes(folder, capsys):
    assert main(["play", str(folder / "group" / "it.yaml")]) == ExitCode.OK
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "it: It shows"
    assert lines[1].startswith("  0 ms  200 OK  Content-Type: text/event-stream")
    assert lines[2:5] == [
        "300 ms  send 9 B  data: 1\\n\\n",
        "     +  send 1 B  x",
        "     +  finish",
    ]
    assert lines[5].startswith("1 event, 10 bytes")


def test_name_is_looked_up_below_a_folder(folder, capsys):
    assert main(["play", "it", "--scenarios", str(folder), "--attempt", "2"]) == ExitCode.OK
    assert "503 Service Unavailable" in capsys.readouterr().out


@pytest.mark.parametrize(("speed", "at"), [("10", 30), ("0.5", 600), ("0", 0)])
def test_speed_divides_every_silence(folder, capsys, speed, at):
    words = ["it", "--scenarios", str(folder), "--speed", speed]
    assert main(["play", *words]) == ExitCode.OK
    assert f"{at} ms  send 9 B" in capsys.readouterr().out
    assert main(["plan", *words, "--json"]) == ExitCode.OK
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[-2]["at_ms"] == at


def test_shipped_scenario_is_found_by_its_name(capsys):
    assert main(["play", "example-conversation"]) == ExitCode.OK
    assert "doc-123" in capsys.readouterr().out


def test_who_can_release_a_hold_is_said(capsys):
    assert main(["play", "held-between-two-tokens"]) == ExitCode.OK
    out = capsys.readouterr().out
    assert "0 ms  hold  until it is released\n" in out
    assert "POST /__mock/streams/NUMBER/release" in out


@pytest.mark.parametrize("name", ["example-conversation", "error-event-held-open"])
def test_nothing_is_said_of_releasing_where_nothing_can_be_released(capsys, name):
    assert main(["play", name]) == ExitCode.OK
    assert "release" not in capsys.readouterr().out


def test_json_has_one_object_for_each_line(folder, capsys):
    assert main(["play", "it", "--scenarios", str(folder), "--json"]) == ExitCode.OK
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["what"] for line in lines] == ["200 OK", "send", "send", "finish"]
    assert lines[1]["at_ms"] == 300


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["itt"], "no scenario is named 'itt'; did you mean 'it'?"),
        (["nothing.yaml"], "cannot be read"),
        (["/"], "/ is a folder: wanted the name or the file of a scenario; use --scenarios /"),
        (["it", "--attempt", "0"], "--attempt: wanted at least 1"),
    ],
)
def test_wrong_usage_is_said_in_a_line(folder, capsys, words, message):
    assert main(["play", *words, "--scenarios", str(folder)]) == ExitCode.USAGE
    assert message in capsys.readouterr().err
