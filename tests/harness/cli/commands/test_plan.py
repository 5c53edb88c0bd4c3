"""`streamproof plan` prints what a scenario puts on the wire, and starts no server."""

import json

import pytest

from streamproof.harness.cli.commands.plan import hex_lines
from streamproof.harness.cli.main import main
from streamproof.harness.cli.program import command
from streamproof.harness.exit_codes import ExitCode
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.listing import plan_hash
from streamproof.mock_ai.planning.plan import plan

SCENARIO = """\
name: it
title: It shows
pace: {first_ms: 300}
steps: [{raw: "data: 1\\n\\n"}, {raw: x}]
then: [{status: 503, steps: []}]
"""
BYTES = """\
name: it
title: It
pace: {gap_ms: 5, jitter: 0.5, seed: 3}
steps: [{raw: a}, {hold: until-released}, {raw: "é"}]
faults: [{reset: {after_bytes: 3}}]
then: [{status: 503, steps: []}]
"""


@pytest.fixture
def folder(tmp_path):
    """Make a folder with one scenario in a group."""
    (tmp_path / "group").mkdir()
    (tmp_path / "group" / "it.yaml").write_text(SCENARIO)
    return tmp_path


@pytest.fixture
def file(tmp_path):
    """Write a scenario file."""
    path = tmp_path / "it.yaml"
    path.write_text(BYTES, "utf-8")
    return str(path)


@pytest.mark.parametrize("command", ["plan", "play"])
def test_plan_is_printed_with_times_and_bytes(folder, capsys, command):
    assert main([command, str(folder / "group" / "it.yaml")]) == ExitCode.OK
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
    assert main(["plan", "it", "--scenarios", str(folder), "--attempt", "2"]) == ExitCode.OK
    assert "503 Service Unavailable" in capsys.readouterr().out


def test_turn_is_chosen(tmp_path, capsys):
    text = "name: it\ntitle: It\nturns: [{steps: [{raw: call}]}, {steps: [{raw: done}]}]\n"
    file = tmp_path / "it.yaml"
    file.write_text(text, "utf-8")
    assert main(["plan", str(file), "--turn", "2"]) == ExitCode.OK
    assert "send 4 B  done" in capsys.readouterr().out


@pytest.mark.parametrize(("speed", "at"), [("10", 30), ("0.5", 600), ("0", 0)])
def test_speed_divides_every_delay(folder, capsys, speed, at):
    words = ["it", "--scenarios", str(folder), "--speed", speed]
    assert main(["plan", *words]) == ExitCode.OK
    assert f"{at} ms  send 9 B" in capsys.readouterr().out
    assert main(["plan", "--hex", *words, "--json"]) == ExitCode.OK
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[-2]["at_ms"] == at


def test_shipped_scenario_is_found_by_its_name(capsys):
    assert main(["plan", "example-conversation"]) == ExitCode.OK
    assert "doc-123" in capsys.readouterr().out


def test_plan_with_a_hold_says_how_it_is_released(capsys):
    assert main(["plan", "held-between-two-tokens"]) == ExitCode.OK
    out = capsys.readouterr().out
    assert "0 ms  hold  until it is released\n" in out
    assert "POST /__mock/streams/NUMBER/release" in out


@pytest.mark.parametrize("name", ["example-conversation", "error-event-held-open"])
def test_plan_without_such_a_hold_does_not_say_it(capsys, name):
    assert main(["plan", name]) == ExitCode.OK
    assert "release" not in capsys.readouterr().out


def test_json_has_one_object_for_each_line(folder, capsys):
    assert main(["plan", "it", "--scenarios", str(folder), "--json"]) == ExitCode.OK
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["what"] for line in lines] == ["200 OK", "send", "send", "finish"]
    assert lines[1]["at_ms"] == 300


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["itt"], "no scenario is named 'itt'; did you mean 'it'?"),
        (["zzzzzz"], f"no scenario is named 'zzzzzz'; `{command('scenarios')}` lists them"),
        (["nothing.yaml"], "cannot be read"),
        (["/"], "/ is a folder: wanted the name or the file of a scenario; use --scenarios /"),
        (["it", "--attempt", "0"], "--attempt: wanted a whole number from 1 to"),
        (["it", "--turn", "0"], "--turn: wanted a whole number from 1 to"),
    ],
)
def test_wrong_usage_is_one_line(folder, capsys, words, message):
    assert main(["plan", *words, "--scenarios", str(folder)]) == ExitCode.USAGE
    assert message in capsys.readouterr().err


def test_hex_shows_each_write_as_hexadecimal_and_text(file, capsys):
    assert main(["plan", "--hex", file]) == ExitCode.OK
    out = capsys.readouterr().out
    assert "0.000 ms  write 1, " in out
    assert "48 54 54 50 2f 31 2e 31 20 32 30 30 20 4f 4b 0d  |HTTP/1.1 200 OK.|" in out
    assert "hold until it is released" in out
    assert "ms  reset\n" in out
    assert f"sha256 of the plan: {plan_hash(plan(load_scenario(BYTES).reply))}" in out


def test_hex_as_json_has_all_bytes(file, capsys):
    assert main(["plan", file, "--hex", "--json"]) == ExitCode.OK
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    writes = [line for line in lines if line.get("what") == "write"]
    sent = bytes.fromhex("".join(write["hex"] for write in writes))
    assert sent.endswith(b"1\r\na\r\n2\r\n\xc3\xa9\r\n")
    assert lines[-2]["what"] == "reset"
    assert set(lines[-1]) == {"sha256"}


def test_later_attempt_has_its_own_plan(file, capsys):
    assert main(["plan", "--hex", file, "--attempt", "2"]) == ExitCode.OK
    assert "|HTTP/1.1 503 Ser|" in capsys.readouterr().out


def test_long_writes_are_shortened_without_whole(tmp_path, capsys):
    path = tmp_path / "long.yaml"
    path.write_text("name: long\ntitle: L\nsteps: [{content: {text: x, times: 2000}}]\n")
    main(["plan", str(path), "--hex"])
    assert "more bytes; use --whole to print all" in capsys.readouterr().out
    main(["plan", str(path), "--whole"])
    out = capsys.readouterr().out
    assert "more bytes" not in out
    assert "sha256 of the plan" in out


@pytest.mark.parametrize(
    "change",
    [
        ("raw: a", "raw: b"),
        ("seed: 3", "seed: 4"),
        ("{raw: a}", "{wait_ms: 0}, {raw: a}"),
        ("reset", "cut"),
    ],
    ids=["bytes", "times", "writes", "ending"],
)
def test_hash_differs_with_everything_that_is_sent(change):
    def hash_of(text):
        return plan_hash(plan(load_scenario(text).reply))

    assert hash_of(BYTES) == hash_of(f"# a comment\n{BYTES}")
    assert hash_of(BYTES.replace(*change)) != hash_of(BYTES)


def test_hexadecimal_lines_have_sixteen_bytes():
    first, second = hex_lines(bytes(range(0x40, 0x52)))
    assert first == "00000000  40 41 42 43 44 45 46 47 48 49 4a 4b 4c 4d 4e 4f  |@ABCDEFGHIJKLMNO|"
    assert second.startswith("00000010  50 51  ")
    assert second.endswith("  |PQ|")


NEUTRAL = "name: it\ntitle: It\nsteps: [{content: hi}, end]\n"


@pytest.fixture
def neutral(tmp_path):
    """Write a scenario file with neutral steps."""
    path = tmp_path / "it.yaml"
    path.write_text(NEUTRAL)
    return str(path)


def test_plan_is_printed_in_a_dialect(neutral, capsys):
    assert main(["plan", neutral, "--dialect", "anthropic"]) == ExitCode.OK
    assert "event: message_start" in capsys.readouterr().out
    assert main(["plan", neutral, "--dialect", "openai-chat", "--no-stream"]) == ExitCode.OK
    assert "Content-Type: application/json" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--dialect", "antropic"], "got 'antropic'; did you mean 'anthropic'?"),
        (["--no-stream"], "every reply in the dialect chat is streamed; add --dialect"),
    ],
)
def test_dialect_that_cannot_be_planned_is_refused(neutral, capsys, arguments, message):
    assert main(["plan", neutral, *arguments]) == ExitCode.USAGE
    assert message in capsys.readouterr().err
