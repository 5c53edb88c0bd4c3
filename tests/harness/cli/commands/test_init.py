"""`streamproof init` writes a file that verifies the backend, or says what to change."""

import os
import shlex
import sys
from pathlib import Path

import pytest

from streamproof.harness.cli.main import main
from streamproof.harness.exit_codes import ExitCode
from streamproof.harness.verify.settings.loading import load_settings
from tests.terminals import answered_in_a_terminal

BACKEND = Path(__file__).parents[3] / "foreign_backends" / "use_chat.py"
OPENAI = "OPENAI_BASE_URL={ai_url}/v1"


@pytest.fixture
def backend(tmp_path, unused_tcp_port, monkeypatch):
    """Return the options that start the backend; the current folder is empty."""
    monkeypatch.chdir(tmp_path)
    start = shlex.join([sys.executable, str(BACKEND), str(unused_tcp_port)])
    return ["--url", f"http://127.0.0.1:{unused_tcp_port}", "--start", start]


def init(*words: str) -> int:
    return main(["init", *words])


def test_the_request_the_profile_and_the_dialect_are_recognised(backend, capsys):
    assert init(*backend, "--environment", OPENAI) == ExitCode.OK
    out = capsys.readouterr().out
    assert "the backend asked the mock: POST /v1/chat/completions (openai-chat)" in out
    assert '#4 message {"type": "text-delta", "id": "0", "delta": "Gr' in out
    found = load_settings(Path("streamproof.toml"))
    assert (found.profile, found.ai.dialect) == ("vercel-ui", "openai-chat")
    assert found.ask is not None
    assert (found.ask.path, found.ask.json) == ("/api/chat", None)
    assert found.capabilities == {"headers", "reports_errors"}


def test_events_of_its_own_get_a_mapping_and_the_file_verifies_the_backend(backend, capsys):
    body = '{"text": "{message}"}'
    asking = ["--ask-path", "/api/plain/{room}", "--json-body", body, "--environment", OPENAI]
    assert init(*backend, *asking) == ExitCode.OK
    found = load_settings(Path("streamproof.toml"))
    assert found.profile == "events"
    assert set(found.events) == {"content", "end", "error"}
    capsys.readouterr()
    assert main(["verify", "relay", "--scenario", "end-missing"]) == ExitCode.OK


def test_a_file_is_replaced_only_with_force(backend, capsys):
    Path("streamproof.toml").write_text("mine")
    assert init(*backend, "--environment", OPENAI) == ExitCode.USAGE
    assert "streamproof.toml already exists; --force replaces it" in capsys.readouterr().err
    assert Path("streamproof.toml").read_text() == "mine"
    assert init(*backend, "--environment", OPENAI, "--force") == ExitCode.OK


def test_the_schema_in_the_folder_is_named(backend):
    assert main(["schema", "settings", "--folder", "."]) == ExitCode.OK
    assert init(*backend, "--environment", OPENAI) == ExitCode.OK
    text = Path("streamproof.toml").read_text()
    assert text.startswith("#:schema ./settings.schema.json\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "--url is missing: URL of the backend; without a terminal it is required"),
        (["--url", "http://127.0.0.1:1"], "--mock-port is missing"),
        (["--url", "http://127.0.0.1:1", "--start", "x"], "--environment is missing"),
        (["--url", "ftp://x"], "does not start with http"),
        (["--environment", "X"], "wanted NAME=VALUE, got 'X'"),
        (["--ask-path", "api"], "wanted a path that begins with /"),
        (["--json-body", "{"], "wanted JSON, got '{': wanted property name"),
        (["--json-body", "x"], "wanted JSON, got 'x': wanted a value at character 1"),
        (["--json-body", "[" * 501], "nested deeper than 500 levels"),
        (["--json-body", "9" * 4301], "a number has too many digits"),
        (["--json-body", '{"a": null}'], "null has no place in TOML; leave its key out"),
        (["--form", "a=b", "--json-body", "{}"], "--form"),
        (
            ["--url", "http://127.0.0.1:1", "--mock-port", "8089", "--form", "a={message}"],
            "--ask-path is missing: a body of its own needs a path",
        ),
        (["--settings", "no/such/file.toml"], "no/such is not a folder; make it first"),
    ],
    ids=lambda one: " ".join(one)[:40] if isinstance(one, list) else "",
)
def test_what_is_missing_or_wrong_is_named(words, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert init(*words) == ExitCode.USAGE
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--environment", "OPENAI_BASE_URL=http://127.0.0.1:1"], "no question reached our AI"),
        (["--ask-path", "/nowhere", "--environment", OPENAI], "the backend refused every question"),
    ],
    ids=["other-service", "other-path"],
)
def test_a_backend_that_cannot_be_asked_is_named_with_what_was_tried(
    backend, words, message, capsys
):
    assert init(*backend, *words) == ExitCode.UNREACHABLE
    error = capsys.readouterr().err
    assert message in error
    assert "the request of useChat at http://127.0.0.1" in error
    assert not Path("streamproof.toml").exists()


def test_in_a_terminal_the_missing_answers_are_asked(backend):
    url, start = backend[1], backend[3]
    command = [sys.executable, "-m", "streamproof", "init", "--no-color"]
    shown = answered_in_a_terminal(command, [url, start, "wrong", OPENAI], dict(os.environ))
    assert "URL of the backend [http://127.0.0.1:3000]: " in shown
    assert "wanted NAME=VALUE, got 'wrong'" in shown
    assert "written: streamproof.toml" in shown
    assert load_settings(Path("streamproof.toml")).backend.start == start
