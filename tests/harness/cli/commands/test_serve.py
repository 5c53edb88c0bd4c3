"""`streamproof serve`: ready lines, ports in use, and the snippets that it prints."""

import asyncio
import json
import shlex
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession

from streamproof.harness.cli.main import main
from streamproof.harness.exit_codes import ExitCode
from streamproof.mock_ai.library.files import shipped_folder
from tests.processes import READY_SECONDS

PLAIN = str(shipped_folder() / "plain")
FREE = ("--port", "0", "--mock-port", "0", "--scenarios", PLAIN)
TORN = "name: torn\ntitle: T\nsteps: [content: a, end]\nfaults: [reset: {after_events: 1}]\n"
QUICK = ("--default", "example-conversation")


@asynccontextmanager
async def serving(*words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the command in a process of its own, with few scenarios and on free ports."""
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-m", "streamproof", "serve", *FREE, *words)
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()  # so that it removes its temporary files
        await process.communicate()


async def line(process: asyncio.subprocess.Process) -> str:
    """Read a line of its output."""
    assert process.stdout is not None
    async with asyncio.timeout(READY_SECONDS):
        return (await process.stdout.readline()).decode()


async def test_curl_line_of_the_banner_streams_an_answer():
    async with serving(*QUICK) as process:
        while not (printed := await line(process)).startswith("curl "):
            assert printed, "the banner has no curl line"
        curl = await asyncio.create_subprocess_exec(
            *shlex.split(printed), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        out, _ = await curl.communicate()
        assert b"HR policy" in out
        assert out.endswith(b'data: {"type":"end"}\n\n')


async def test_sigterm_stops_it_and_the_file_keeps_the_chats(tmp_path):
    file = tmp_path / "chat.sqlite3"
    for expected in (0, 2):
        words = ("--json", "--database", str(file), *QUICK)
        async with serving(*words) as process, ClientSession() as client:
            ready = json.loads(await line(process))
            assert ready["database"] == str(file)
            room = f"{ready['url']}/api/chat/{ready['room']}"
            async with client.get(f"{room}/messages") as history:
                assert len((await history.json())["messages"]) == expected
            async with client.post(f"{room}/stream", data={"message": "Hello"}) as stream:
                assert (await stream.read()).count(b"\nevent: end\n") == 1
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == ExitCode.OK


@pytest.mark.prove
async def test_quiet_prints_one_line():
    async with serving("--quiet") as process:
        assert " ready: http://127.0.0.1:" in await line(process)
        process.send_signal(signal.SIGTERM)
        assert await process.communicate() == (b"", b"")


@pytest.mark.prove
async def test_scenarios_are_listed_with_what_is_wrong_in_their_files(tmp_path):
    (tmp_path / "bad.yaml").write_text("name: bad\n")
    async with serving("--json", "--scenarios", str(tmp_path)) as process:
        ready = json.loads(await line(process))
        async with ClientSession() as client, client.get(f"{ready['url']}/scenarios.json") as reply:
            listed = await reply.json()
    assert "example-conversation" in {scenario["name"] for scenario in listed["scenarios"]}
    assert {scenario["group"] for scenario in listed["scenarios"]} == {"plain"}
    assert listed["default"] == "sample-answer"
    assert "bad.yaml:1:" in listed["errors"][0]


async def test_new_scenario_file_is_taken_over_and_a_broken_one_is_shown(tmp_path):
    async with serving("--scenarios", str(tmp_path), "--json") as process:
        url = json.loads(await line(process))["url"]
        (tmp_path / "bad-one.yaml").write_text("name: bad-one\ntitel: Bad\nsteps: [end]\n")
        (tmp_path / "new-one.yaml").write_text("name: new-one\ntitle: New\nsteps: [end]\n")
        assert process.stderr is not None
        printed = b""
        async with asyncio.timeout(READY_SECONDS):
            while b"reloaded: new-one" not in printed:
                printed += await process.stderr.readline()
        assert b"did you mean 'title'?" in printed
        async with ClientSession() as client, client.get(f"{url}/scenarios.json") as reply:
            shown = await reply.json()
    assert "new-one" in {one["name"] for one in shown["scenarios"]}
    assert "bad-one" in json.dumps(shown["errors"])


@pytest.mark.prove
async def test_message_with_an_unknown_scenario_prints_a_similar_name():
    async with serving("--json") as process, ClientSession() as client:
        ready = json.loads(await line(process))
        room = f"{ready['url']}/api/chat/{ready['room']}"
        async with client.post(f"{room}/stream", data={"message": "/exmple-conversation"}) as reply:
            await reply.read()
        assert process.stderr is not None
        async with asyncio.timeout(READY_SECONDS):
            printed = (await process.stderr.readline()).decode()
    assert "'exmple-conversation'; did you mean 'example-conversation'?" in printed


async def test_json_log_has_an_object_on_every_line(tmp_path, monkeypatch):
    monkeypatch.setenv("STREAMPROOF_LOG_FORMAT", "json")
    (tmp_path / "bad-one.yaml").write_text("name: bad-one\ntitel: Bad\nsteps: [end]\n")
    (tmp_path / "torn.yaml").write_text(TORN)
    async with serving("--scenarios", str(tmp_path), *QUICK) as process, ClientSession() as client:
        ready = await line(process)
        url = ready.rsplit(maxsplit=1)[-1]
        (tmp_path / "new-one.yaml").write_text("name: new-one\ntitle: New\nsteps: [end]\n")
        for message in ("/exmple-conversation", "/torn"):
            data = {"message": message}
            async with client.post(f"{url}api/chat/demo/stream", data=data) as reply:
                await reply.read()
        assert process.stderr is not None
        wanted = {
            "did you mean 'title'?",
            "'exmple-conversation'; did you mean",
            "aborted: the connection was reset",
            "scenario reloaded: new-one",
        }
        async with asyncio.timeout(READY_SECONDS):
            while wanted:
                record = json.loads(await process.stderr.readline())
                assert {"time", "level", "logger", "message"} <= record.keys()
                wanted -= {text for text in wanted if text in record["message"]}


@pytest.mark.prove
async def test_backend_can_listen_on_ipv6():
    async with serving("--json", "--host", "[::1]") as process:
        ready = json.loads(await line(process))
        assert ready["url"].startswith("http://[::1]:")
        assert ready["mockUrl"].startswith("http://[::1]:")
        async with ClientSession() as client:
            for url in (
                f"{ready['url']}/healthz",
                f"{ready['url']}/",
                f"{ready['mockUrl']}/healthz",
            ):
                async with client.get(url) as reply:
                    assert reply.status == 200, url


@pytest.mark.parametrize("option", ["--port", "--mock-port"])
def test_port_that_is_taken_is_printed_in_a_line(capsys, option):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["serve", *FREE, option, str(port)]) == ExitCode.USAGE
    printed = f"error: port {port} of 127.0.0.1 is taken: choose another with {option}\n"
    assert capsys.readouterr().err == printed


def test_folder_that_is_not_there_is_wrong_usage(capsys):
    assert main(["serve", "--scenarios", "nowhere"]) == ExitCode.USAGE
    assert "nowhere does not exist" in capsys.readouterr().err


def test_default_that_no_scenario_has_is_wrong_usage(capsys):
    assert main(["serve", *FREE, "--default", "sampel-answer"]) == ExitCode.USAGE
    assert "'sampel-answer'; did you mean 'sample-answer'?" in capsys.readouterr().err


def test_variable_that_cannot_work_is_wrong_usage(capsys, monkeypatch):
    monkeypatch.setenv("STREAMPROOF_JWT_SECRET", "short")
    assert main(["serve", *FREE]) == ExitCode.USAGE
    assert "STREAMPROOF_JWT_SECRET: wanted at least 32 bytes" in capsys.readouterr().err
