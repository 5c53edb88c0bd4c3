"""`relay --workers N`: processes that share a port, end together, and are started again."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import pytest

from streamproof.harness.cli.main import main
from streamproof.harness.exit_codes import ExitCode
from tests.processes import READY_SECONDS
from tests.relay.conftest import SECRET, Stream, bearer, kinds
from tests.relay.scripted_ai import END, content

NUMBER = 2
RELAY = ("-m", "streamproof", "relay", "--port", "0", "--json", "--workers", str(NUMBER))


@pytest.fixture
def environment(monkeypatch):
    for name in [name for name in os.environ if name.startswith("STREAMPROOF_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("STREAMPROOF_JWT_SECRET", SECRET)


@asynccontextmanager
async def started(database, ai_url="http://127.0.0.1:9", **variables):
    """Start the workers; yield the first process and its ready line."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *RELAY, "--ai-url", ai_url),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "STREAMPROOF_DATABASE": database, **variables},
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(READY_SECONDS):
            yield process, (await process.stdout.readline()).decode()
            await process.wait()
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def workers_of(process):
    """Return the process IDs of the workers."""
    tasks = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return {int(pid) for pid in tasks.read_text("ascii").split()}


def is_running(pid):
    return Path(f"/proc/{pid}/exe").exists()


def test_workers_need_a_database_that_they_can_share(environment, tmp_path, capsys):
    words = ["--ai-url", "http://127.0.0.1:9", "--database", str(tmp_path / "chat.db")]
    assert main(["relay", "--workers", "2", *words]) == ExitCode.USAGE
    assert "--workers: wanted a PostgreSQL database" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", ["0", "-1", "two"])
def test_a_number_of_workers_that_cannot_be_is_wrong_usage(environment, capsys, number):
    assert main(["relay", "--workers", number]) == ExitCode.USAGE
    assert "--workers" in capsys.readouterr().err


@pytest.mark.prove
async def test_workers_share_the_port_and_finish_their_turns_at_sigterm(environment, ai, postgres):
    async with started(postgres.migrated(), ai.url) as (process, line):
        ready = json.loads(line)
        assert len(workers_of(process)) == NUMBER
        rooms, streams = [], []
        for _ in range(3):
            # Each session is a new connection, which may reach another worker.
            async with aiohttp.ClientSession(ready["url"], headers=bearer("ana")) as browser:
                rooms.append((await (await browser.post("/api/chat/rooms")).json())["id"])
        async with aiohttp.ClientSession(ready["url"], headers=bearer("ana")) as browser:
            for room in rooms:
                path = f"/api/chat/{room}/stream"
                streams.append(Stream(await browser.post(path, data={"message": "Hello?"})))
            calls = [await ai.call() for _ in rooms]
            process.send_signal(signal.SIGTERM)
            for call in calls:
                await call.finish(content("Whole") + END)
            for stream in streams:
                assert kinds(await stream.rest()) == ["message", "message", "end"]
        assert await process.wait() == ExitCode.OK


@pytest.mark.prove
async def test_a_worker_that_is_killed_is_started_again(environment, postgres):
    async with started(postgres.migrated()) as (process, line):
        url = json.loads(line)["url"]
        before = workers_of(process)
        killed = min(before)
        os.kill(killed, signal.SIGKILL)
        while not (after := workers_of(process)) - before or killed in after:
            await asyncio.to_thread(os.sched_yield)
        async with aiohttp.ClientSession() as browser:
            for _ in range(10):
                with suppress(aiohttp.ClientError):  # the new worker may not listen yet
                    assert (await browser.get(f"{url}/healthz")).status == 200
        process.send_signal(signal.SIGINT)
        assert await process.wait() == ExitCode.INTERRUPTED


@pytest.mark.prove
async def test_no_worker_outlives_the_process_that_started_it(environment, postgres):
    async with started(postgres.migrated()) as (process, _):
        workers = workers_of(process)
        process.kill()
        await process.wait()
        while any(is_running(pid) for pid in workers):
            await asyncio.to_thread(os.sched_yield)


@pytest.mark.prove
async def test_a_worker_that_cannot_start_ends_all_with_its_exit_code(environment, tmp_path):
    async with started(f"postgresql://ana@/chat?host={tmp_path}") as (process, line):
        assert line == ""
        assert await process.wait() == ExitCode.UNREACHABLE
