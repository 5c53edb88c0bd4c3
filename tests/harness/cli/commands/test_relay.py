"""`streamproof relay`, from the start to the exit code."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sqlite3
import stat
import sys
from pathlib import Path

import aiohttp
import pytest

from streamproof.harness.cli import main
from streamproof.harness.exit_codes import ExitCode
from streamproof.relay.dependencies import Dependencies
from streamproof.relay.service import running_relay
from streamproof.relay.settings import Settings
from streamproof.relay.storage.lock import database_lock
from tests.processes import READY_SECONDS
from tests.relay.conftest import SECRET, Stream, bearer, kinds
from tests.relay.scripted_ai import END, content


@pytest.fixture
def secret(monkeypatch):
    for name in [name for name in os.environ if name.startswith("STREAMPROOF_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("STREAMPROOF_JWT_SECRET", SECRET)


@pytest.fixture
def relay_arguments(tmp_path):
    database = str(tmp_path / "chat.db")
    return ["relay", "--ai-url", "http://127.0.0.1:9", "--database", database, "--port", "0"]


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


def test_a_database_of_a_newer_release_is_named(secret, relay_arguments, capsys):
    path = relay_arguments[4]
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE relay_alembic_version (version_num TEXT)")
        database.execute("INSERT INTO relay_alembic_version VALUES ('9999')")
    database.close()
    assert main.main(relay_arguments) == ExitCode.UNREACHABLE
    [line] = capsys.readouterr().err.splitlines()
    assert "got 9999, which a newer release wrote" in line
    assert path in line


def test_a_new_database_is_only_for_its_user(secret, relay_arguments):
    asyncio.run(start_and_stop(relay_arguments[4]))
    files = list(Path(relay_arguments[4]).parent.glob("chat.db"))
    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600]


async def start_and_stop(database):
    """Run the parts of a relay once."""
    settings = Settings(ai_url="http://127.0.0.1:9", database=database, jwt_secret=SECRET)
    async with running_relay(settings, Dependencies()):
        pass


def test_keys_that_cannot_be_read_are_wrong_usage(secret, relay_arguments, capsys, monkeypatch):
    monkeypatch.delenv("STREAMPROOF_JWT_SECRET")
    monkeypatch.setenv("STREAMPROOF_JWT_JWKS_FILE", "none.json")
    assert main.main(relay_arguments) == ExitCode.USAGE
    [line] = capsys.readouterr().err.splitlines()
    assert "STREAMPROOF_JWT_JWKS_FILE: none.json: cannot be read" in line


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


async def test_ready_line_is_text_and_ctrl_c_is_exit_130(tmp_path):
    words = ("--ai-url", "http://127.0.0.1:9", "--database", str(tmp_path / "chat.sqlite3"))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "streamproof", "relay", *words, "--port", "0", "--host", "::1"),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "STREAMPROOF_JWT_SECRET": "s" * 32},
    )
    assert process.stdout is not None
    async with asyncio.timeout(READY_SECONDS):
        ready = (await process.stdout.readline()).decode()
        assert ready.startswith("relay ready: http://[::1]:")
        assert ready.endswith("  (AI service: http://127.0.0.1:9)\n")
        process.send_signal(signal.SIGINT)
        assert await process.wait() == ExitCode.INTERRUPTED
