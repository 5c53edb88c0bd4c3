"""The commands `relay` and `token`, from the start to the exit code."""

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
from streamproof.relay.storage.lock import database_lock
from tests.relay.conftest import SECRET, Stream, bearer, kinds
from tests.relay.scripted_ai import END, content, scripted_ai


@pytest.fixture
async def ai():
    async with scripted_ai() as ai:
        yield ai


@pytest.fixture
def secret(monkeypatch):
    for name in [name for name in os.environ if name.startswith("STREAMPROOF_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("STREAMPROOF_JWT_SECRET", SECRET)


@pytest.fixture
def relay_arguments(tmp_path):
    database = str(tmp_path / "chat.db")
    return ["relay", "--ai-url", "http://127.0.0.1:9", "--database", database, "--port", "0"]


def test_a_token_identifies_its_user(secret, capsys):
    assert main.main(["token", "--user", "ana", "--seconds", "60"]) == ExitCode.OK
    token = capsys.readouterr().out.strip()
    assert Authenticator(SECRET, "cookie").user_id(token) == "ana"


@pytest.mark.parametrize(
    ("value", "problem"),
    [("", "STREAMPROOF_JWT_SECRET is not set"), ("short", "at least 32 bytes")],
)
def test_a_token_needs_a_valid_secret(secret, monkeypatch, capsys, value, problem):
    monkeypatch.setenv("STREAMPROOF_JWT_SECRET", value)
    assert main.main(["token", "--user", "ana"]) == ExitCode.USAGE
    assert problem in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [["--user", " "], [], ["--user", "ana", "--seconds", "0"], ["--user", "ana", "--seconds", "x"]],
)
def test_a_token_needs_a_user_and_a_time(secret, capsys, arguments):
    assert main.main(["token", *arguments]) == ExitCode.USAGE


def test_all_missing_settings_are_reported_together(secret, monkeypatch, capsys):
    monkeypatch.delenv("STREAMPROOF_JWT_SECRET")
    assert main.main(["relay"]) == ExitCode.USAGE
    err = capsys.readouterr().err
    for name in ("AI_URL", "DATABASE", "JWT_SECRET"):
        assert f"STREAMPROOF_{name} is not set" in err
    [line] = [line for line in err.splitlines() if "AI_URL" in line]
    assert "--ai-url" in line


def test_a_taken_port_is_one_clear_line(secret, relay_arguments, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main.main([*relay_arguments, "--port", str(port)]) == ExitCode.USAGE
    [line] = capsys.readouterr().err.splitlines()
    assert str(port) in line
    assert "--port" in line


@pytest.mark.parametrize("port", ["99999", "-1", "http"])
def test_a_port_number_that_cannot_exist_is_wrong_usage(secret, relay_arguments, capsys, port):
    assert main.main([*relay_arguments, "--port", port]) == ExitCode.USAGE
    assert f"'{port}'" in capsys.readouterr().err


def test_a_database_in_use_is_one_clear_line(secret, relay_arguments, capsys):
    with database_lock(relay_arguments[4]):
        assert main.main(relay_arguments) == ExitCode.UNREACHABLE
    [line] = capsys.readouterr().err.splitlines()
    assert relay_arguments[4] in line


async def test_sigterm_lets_a_running_turn_finish(secret, relay_arguments, ai):
    process = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-m",
            "streamproof.harness.cli.main",
            *relay_arguments,
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
