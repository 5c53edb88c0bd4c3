"""`streamproof plan`: every byte of a reply, at its time, and the hash of it all."""

import json

import pytest

from streamproof.harness.cli.commands.plan import hex_lines
from streamproof.harness.cli.main import main
from streamproof.harness.exit_codes import ExitCode
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.listing import plan_hash
from streamproof.mock_ai.planning.plan import plan

TEXT = """\
name: it
title: It
pace: {gap_ms: 5, jitter: 0.5, seed: 3}
steps: [{raw: a}, {hold: until-released}, {raw: "é"}]
faults: [{reset: {after_bytes: 3}}]
then: [{status: 503, steps: []}]
"""


@pytest.fixture
def file(tmp_path):
    """Write a scenario file."""
    path = tmp_path / "it.yaml"
    path.write_text(TEXT, "utf-8")
    return str(path)


def test_plan_shows_each_write_as_hexadecimal_and_text(file, capsys):
    assert main(["plan", file]) == ExitCode.OK
    out = capsys.readouterr().out
    assert "0.000 ms  write 1, " in out
    assert "48 54 54 50 2f 31 2e 31 20 32 30 30 20 4f 4b 0d  |HTTP/1.1 200 OK.|" in out
    assert "hold until it is released" in out
    assert "ms  reset\n" in out
    assert f"sha256 of the plan: {plan_hash(plan(load_scenario(TEXT).reply))}" in out


def test_plan_as_json_has_all_bytes(file, capsys):
    assert main(["plan", file, "--json"]) == ExitCode.OK
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    writes = [line for line in lines if line.get("what") == "write"]
    sent = bytes.fromhex("".join(write["hex"] for write in writes))
    assert sent.endswith(b"1\r\na\r\n2\r\n\xc3\xa9\r\n")
    assert lines[-2]["what"] == "reset"
    assert set(lines[-1]) == {"sha256"}


def test_later_attempt_has_its_own_plan(file, capsys):
    assert main(["plan", file, "--attempt", "2"]) == ExitCode.OK
    assert "|HTTP/1.1 503 Ser|" in capsys.readouterr().out
    assert main(["plan", file, "--attempt", "0"]) == ExitCode.USAGE


def test_long_writes_are_cut_unless_asked_for_whole(tmp_path, capsys):
    path = tmp_path / "long.yaml"
    path.write_text("name: long\ntitle: L\nsteps: [{content: {text: x, times: 2000}}]\n")
    main(["plan", str(path)])
    assert "more bytes: --whole shows them" in capsys.readouterr().out
    main(["plan", str(path), "--whole"])
    assert "more bytes" not in capsys.readouterr().out


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
def test_hash_differs_with_anything_that_leaves(change):
    def hash_of(text):
        return plan_hash(plan(load_scenario(text).reply))

    assert hash_of(TEXT) == hash_of(f"# a comment\n{TEXT}")
    assert hash_of(TEXT.replace(*change)) != hash_of(TEXT)


def test_hexadecimal_lines_have_sixteen_bytes():
    first, second = hex_lines(bytes(range(0x40, 0x52)))
    assert first == "00000000  40 41 42 43 44 45 46 47 48 49 4a 4b 4c 4d 4e 4f  |@ABCDEFGHIJKLMNO|"
    assert second.startswith("00000010  50 51  ")
    assert second.endswith("  |PQ|")
