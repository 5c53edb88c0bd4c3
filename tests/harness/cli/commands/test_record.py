"""`streamproof record` and `streamproof import`, as their users run them."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from streamproof.harness.cli import main
from streamproof.harness.exit_codes import ExitCode
from streamproof.mock_ai.library.files import shipped_folder
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.plan import plan, planned_body
from tests.processes import READY_SECONDS, ready_line, serving

SEED = shipped_folder() / "plain" / "example-conversation.yaml"
ASKED = "/s/example-conversation/chat/stream?question=hi&token=very-secret"


@contextmanager
def recording(upstream: str, out: Path, *more: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the command until the block ends; gives the process and its URL."""
    words = [
        sys.executable,
        "-m",
        "streamproof.harness.cli.main",
        "record",
        "--upstream",
        upstream,
        "--port",
        "0",
    ]
    process = subprocess.Popen(
        [*words, "--json", "--out", str(out), *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process, ready_line(process)["url"]
    finally:
        process.kill()
        process.communicate(timeout=READY_SECONDS)


@contextmanager
def reply(url: str, path: str) -> Iterator[HTTPResponse]:
    """Ask, with a secret."""
    asking = HTTPConnection(url.removeprefix("http://"))
    asking.request("GET", path, headers={"Authorization": "Bearer sk-very-secret"})
    with closing(asking):
        yield asking.getresponse()


def body_of(url: str, path: str) -> bytes:
    """Ask, and read the whole body."""
    with reply(url, path) as got:
        return got.read()


def test_what_was_recorded_plays_the_same_and_tells_no_secret(tmp_path):
    out = tmp_path / "talk.yaml"
    with (
        serving("mock", "--speed", "0") as upstream,
        recording(upstream, out, "--count", "2") as (process, url),
    ):
        bodies = [body_of(url, ASKED), body_of(url, ASKED)]
        printed, _ = process.communicate(timeout=READY_SECONDS)
        assert process.returncode == ExitCode.OK
    lines = [json.loads(line) for line in printed.splitlines()]
    files = [Path(line["file"]) for line in lines]
    assert files == [out, tmp_path / "talk-2.yaml"]
    assert [line["asked"] for line in lines] == ["GET /s/example-conversation/chat/stream"] * 2
    wanted = planned_body(plan(load_scenario(SEED).reply))
    assert bodies == [wanted, wanted]
    for file in files:
        assert planned_body(plan(load_scenario(file).reply)) == wanted
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert "very-secret" not in file.read_text("utf-8")


@pytest.mark.prove
def test_a_recording_that_is_stopped_keeps_the_reply_that_runs(tmp_path):
    out = tmp_path / "talk.yaml"
    with (
        serving("mock") as upstream,
        recording(upstream, out) as (process, url),
        reply(url, "/s/stall-mid-answer/chat/stream?question=hi") as got,
    ):
        assert got.readline() == b"event: message\n"
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=READY_SECONDS)
        assert process.returncode == ExitCode.OK
    assert "stall:" in out.read_text("utf-8")


@pytest.mark.prove
def test_a_service_that_is_not_there_is_exit_3(tmp_path):
    with recording("http://127.0.0.1:9", tmp_path / "talk.yaml", "--count", "1") as (process, url):
        assert b"cannot be reached" in body_of(url, "/")
        _, errors = process.communicate(timeout=READY_SECONDS)
        assert process.returncode == ExitCode.UNREACHABLE
    assert "cannot be reached" in errors
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--upstream", "ftp://x", "--out", "a.yaml"], "--upstream: wanted a URL"),
        (["--upstream", "http://x", "--out", "a.json"], "wanted a name like"),
        (["--upstream", "http://x", "--out", "a.yaml", "--count", "0"], "--count"),
        (["--upstream", "http://x", "--out", "a.yaml", "--host", "192.0.2.1"], "--public"),
        (["--upstream", "http://x", "--out", "there.yaml"], "--force"),
    ],
    ids=["upstream", "name", "count", "host", "overwrites"],
)
def test_what_cannot_be_recorded_is_wrong_usage(tmp_path, monkeypatch, capsys, words, message):
    monkeypatch.chdir(tmp_path)
    Path("there.yaml").write_text("mine", "utf-8")
    assert main.main(["record", *words]) == ExitCode.USAGE
    assert message in capsys.readouterr().err
    assert Path("there.yaml").read_text("utf-8") == "mine"


def test_a_dump_becomes_a_scenario_that_is_valid(tmp_path, capsys):
    body = planned_body(plan(load_scenario(SEED).reply))
    dump, out = tmp_path / "dump.txt", tmp_path / "talk.yaml"
    dump.write_bytes(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + body)
    assert main.main(["import", str(dump), "--out", str(out)]) == ExitCode.OK
    assert main.main(["lint", str(out)]) == ExitCode.OK
    assert planned_body(plan(load_scenario(out).reply)) == body
    assert main.main(["import", str(dump), "--out", str(out)]) == ExitCode.USAGE
    assert main.main(["import", str(dump), "--out", str(out), "--force"]) == ExitCode.OK


def archive(folder: Path, *texts: str) -> str:
    """Write an archive with these streams."""
    entries = [
        {
            "request": {"method": "GET", "url": f"http://ai.example.com/{n}"},
            "response": {
                "status": 200,
                "content": {"mimeType": "text/event-stream", "text": text},
            },
        }
        for n, text in enumerate(texts, 1)
    ]
    file = folder / "page.har"
    file.write_text(json.dumps({"log": {"entries": entries}}), "utf-8")
    return str(file)


@pytest.mark.parametrize(
    ("entry", "bodies"),
    [
        (["--entry", "2"], {"talk.yaml": b"data: 2\n\n"}),
        (["--entry", "all"], {"talk.yaml": b"data: 1\n\n", "talk-2.yaml": b"data: 2\n\n"}),
    ],
    ids=["one", "all"],
)
def test_the_wanted_streams_of_an_archive_become_scenarios(tmp_path, entry, bodies):
    file = archive(tmp_path, "data: 1\n\n", "data: 2\n\n")
    out = str(tmp_path / "talk.yaml")
    assert main.main(["import", file, "--out", out, *entry]) == ExitCode.OK
    written = {path.name: load_scenario(path) for path in tmp_path.glob("*.yaml")}
    assert {name: planned_body(plan(s.reply)) for name, s in written.items()} == bodies


@pytest.mark.parametrize(
    ("texts", "entry", "message"),
    [
        (["data: 1\n\n", "data: 2\n\n"], [], "--entry 2  GET http://ai.example.com/2"),
        (["data: 1\n\n"], ["--entry", "2"], "has 1 event stream, got '2'"),
        (["data: 1\n\n"], ["--entry", "0"], "has 1 event stream, got '0'"),
        ([], [], "wanted at least one event stream"),
    ],
    ids=["several", "too many", "from 1", "none"],
)
def test_an_unclear_choice_lists_the_streams(tmp_path, capsys, texts, entry, message):
    file = archive(tmp_path, *texts)
    out = str(tmp_path / "talk.yaml")
    assert main.main(["import", file, "--out", out, *entry]) == ExitCode.USAGE
    assert message in capsys.readouterr().err


def test_streams_that_cannot_be_imported_are_skipped_with_a_line(tmp_path, capsys):
    file = Path(archive(tmp_path, *["data: 1\n\n"] * 9))
    page = json.loads(file.read_text())
    for entry in page["log"]["entries"][1:8]:
        del entry["response"]["content"]["text"]
    page["log"]["entries"][8]["response"]["status"] = 0  # a request that was blocked
    file.write_text(json.dumps(page))
    words = ["import", str(file), "--out", str(tmp_path / "talk.yaml")]
    assert main.main([*words, "--entry", "all"]) == ExitCode.OK
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 7
    assert lines[0].startswith(f"skipped: {file}: $.log.entries[1].response.content.text: ")
    assert lines[5] == "skipped: 2 more"
    assert lines[6].startswith("skipped: the recording cannot be written as a scenario: status")
    assert [path.name for path in tmp_path.glob("*.yaml")] == ["talk.yaml"]
    assert main.main([*words, "--entry", "2", "--force"]) == ExitCode.USAGE


@pytest.mark.parametrize("text", ["", "data: 1\n", '{"error": "boom"}'])
def test_stream_without_an_event_is_imported_with_a_warning(tmp_path, capsys, text):
    out = tmp_path / "talk.yaml"
    assert main.main(["import", archive(tmp_path, text), "--out", str(out)]) == ExitCode.OK
    assert capsys.readouterr().err.startswith(f"warning: {out} has no event; ")
    assert planned_body(plan(load_scenario(out).reply)) == text.encode()


def test_reply_that_is_not_a_stream_needs_no_event(tmp_path, capsys):
    dump = tmp_path / "dump.txt"
    dump.write_bytes(b"HTTP/1.1 500 Oops\r\nContent-Type: application/json\r\n\r\n{}")
    words = ["import", str(dump), "--out", str(tmp_path / "talk.yaml")]
    assert main.main(words) == ExitCode.OK
    assert capsys.readouterr().err == ""


def test_dump_of_powershell_is_imported_with_a_warning(tmp_path, capsys):
    dump, out = tmp_path / "dump.txt", tmp_path / "talk.yaml"
    dump.write_text("data: 1\n\n", "utf-16", newline="\r\n")
    assert main.main(["import", str(dump), "--out", str(out)]) == ExitCode.OK
    assert "warning: " in (error := capsys.readouterr().err)
    assert "as PowerShell writes it" in error
    assert planned_body(plan(load_scenario(out).reply)) == b"data: 1\r\n\r\n"
    assert "as PowerShell writes it" in out.read_text()


def test_a_file_that_cannot_be_read_is_wrong_usage_with_its_place(tmp_path, capsys):
    file = tmp_path / "page.har"
    file.write_text('{"log": {\n "entries": [,]}}', "utf-8")
    out = str(tmp_path / "talk.yaml")
    assert main.main(["import", str(file), "--out", out]) == ExitCode.USAGE
    assert f"{file}:2:14: wanted a value" in capsys.readouterr().err
    assert main.main(["import", str(tmp_path / "none.har"), "--out", out]) == ExitCode.USAGE


@pytest.mark.prove
def test_text_output_names_the_file_and_the_reply(tmp_path):
    out = tmp_path / "talk.yaml"
    words = ["record", "--port", "0", "--count", "1", "--out", str(out)]
    with serving("mock", "--speed", "0") as upstream:
        command = [sys.executable, "-m", "streamproof", *words, "--upstream", upstream]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            ready = process.stdout.readline()
            [url] = [word for word in ready.split() if word.startswith("http://127.0.0.1")][1:]
            body_of(url, ASKED)
            printed, _ = process.communicate(timeout=READY_SECONDS)
        finally:
            process.kill()
    assert printed.startswith("1. GET /s/example-conversation/chat/stream: 200, ")
    assert printed.endswith(f" -> {out}\n")
