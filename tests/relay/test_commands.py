"""`streamproof relay` and `streamproof token`, from start to exit code."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys

import aiohttp
import pytest

from streamproof.harness.cli import main
from streamproof.harness.exit_codes import ExitCode
from streamproof.relay.auth import Authenticator
from streamproof.relay.storage.lock import sole_user
from tests.relay.conftest import SECRET, Stream, bearer, kinds
from tests.relay.scripted_ai import END, content


@pytest.fixture
def secret(monkeypatch):
    for name in [name for name in os.environ if name.startswith("STREAMPROOF_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("STREAMPROOF_JWT_SECRET", SECRET)


@pytest.fixture
def relay_words(tmp_path):
    database = str(tmp_path / "chat.db")
    return ["relay", "--ai-url", "http://127.0.0.1:9", "--database", database, "--port", "0"]


def test_a_token_is_good_for_the_user_it_names(secret, capsys):
    assert main.main(["token", "--user", "ana", "--seconds", "60"]) == ExitCode.OK
    token = capsys.readouterr().out.strip()
    assert Authenticator(SECRET, "cookie").user_id(token) == "ana"


@pytest.mark.parametrize(
    ("value", "complaint"),
    [("", "STREAMPROOF_JWT_SECRET is not set"), ("short", "at least 32 bytes")],
)
def test_a_token_needs_a_good_secret(secret, monkeypatch, capsys, value, complaint):
    monkeypatch.setenv("STREAMPROOF_JWT_SECRET", value)
    assert main.main(["token", "--user", "ana"]) == ExitCode.USAGE
    assert complaint in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [["--user", " "], [], ["--user", "ana", "--seconds", "0"], ["--user", "ana", "--seconds", "x"]],
)
def test_a_token_needs_a_user_and_a_time(secret, capsys, words):
    assert main.main(["token", *words]) == ExitCode.USAGE


def test_what_is_missing_is_said_at_once(secret, monkeypatch, capsys):
    monkeypatch.delenv("STREAMPROOF_JWT_SECRET")
    assert main.main(["relay"]) == ExitCode.USAGE
    said = capsys.readouterr().err
    for name in ("AI_URL", "DATABASE", "JWT_SECRET"):
        assert f"STREAMPROOF_{name} is not set" in said
    assert "AI_URL is not set; set it, or use --ai-url" in said


def test_a_taken_port_is_one_clear_line(secret, relay_words, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main.main([*relay_words, "--port", str(port)]) == ExitCode.USAGE
    advice = "choose another with --port"
    assert capsys.readouterr().err == f"error: port {port} of 127.0.0.1 is taken: {advice}\n"


@pytest.mark.parametrize("port", ["99999", "-1", "http"])
def test_a_port_that_there_cannot_be_is_wrong_usage(secret, relay_words, capsys, port):
    assert main.main([*relay_words, "--port", port]) == ExitCode.USAGE
    assert f"wanted a number from 0 to 65535, got '{port}'" in capsys.readouterr().err


def test_a_database_in_use_is_one_clear_line(secret, relay_words, capsys):
    with sole_user(relay_words[4]):
        assert main.main(relay_words) == ExitCode.UNREACHABLE
    assert capsys.readouterr().err == f"error: database: another relay is using {relay_words[4]}\n"


async def test_sigterm_lets_a_running_turn_finish(secret, relay_words, ai):
    process = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-m",
            "streamproof.harness.cli.main",
            *relay_words,
            "--ai-url",
            ai.url,
            "--json",
        ),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ},
    )
    assert process.stdout is not None
    ready = json.loads(await process.stdout.readline())
    assert ready["ready"] is True
    async with aiohttp.ClientSession(ready["url"], headers=bearer("ana")) as browser:
        room = await (await browser.post("/api/chat/rooms")).json()
        form = {"message": "Hello?"}
        stream = Stream(await browser.post(f"/api/chat/{room['id']}/stream", data=form))
        call = await ai.call()
        process.send_signal(signal.SIGTERM)
        while (await browser.get("/readyz")).status == 200:
            pass
        await call.finish(content("Whole") + END)
        assert kinds(await stream.rest()) == ["message", "message", "end"]
    assert await process.wait() == ExitCode.OK
