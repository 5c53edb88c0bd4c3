"""`streamproof mock` serves until SIGTERM; its ready message has a command to paste."""

import asyncio
import json
import re
import shlex
import signal
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession
from yarl import URL

from streamproof.harness.cli.commands.mock import print_reload
from streamproof.harness.cli.main import main
from streamproof.harness.exit_codes import ExitCode
from streamproof.mock_ai.embedded import MockAI
from streamproof.mock_ai.library.reload import Reloaded

ANSWER = "name: answer\ntitle: A\nsteps: [{raw: answer}]\n"
RECORD = ["--record-misses", "--upstream", "http://127.0.0.1:9"]
ON_A_FREE_PORT = ("--port", "0", "--speed", "0")
GOOD = "name: good\ntitle: Good\nsteps: [{wait_ms: 3600000}, {raw: good}]\n"


@pytest.fixture
def folder(tmp_path):
    """Make a folder with a slow scenario."""
    (tmp_path / "good.yaml").write_text(GOOD)
    return tmp_path


@asynccontextmanager
async def process(*words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the command in a process of its own."""
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-m", "streamproof", "mock", *words)
    started = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.communicate()


async def line(stream: asyncio.StreamReader | None) -> str:
    """Read a line of its output."""
    assert stream is not None
    return (await stream.readline()).decode().rstrip()


@pytest.mark.parametrize("plain", [[], ["--plain"]], ids=["fast path", "aiohttp alone"])
async def test_ready_line_leads_to_a_stream_and_sigterm_stops_it(folder, plain):
    words = ("--scenarios", str(folder), "--port", "0", "--speed", "0", *plain)
    async with process(*words) as mock:
        ready, attempt = await line(mock.stdout), await line(mock.stdout)
        assert ready.startswith("mock ready: http://127.0.0.1:")
        assert ready.endswith("(1 scenario)")
        assert attempt.startswith("try: curl -N ")
        async with ClientSession() as client, client.get(shlex.split(attempt)[-1]) as reply:
            assert await reply.text() == "good"
        mock.send_signal(signal.SIGTERM)
        assert await mock.wait() == ExitCode.OK


async def test_ready_line_over_tls_can_be_pasted(folder, tmp_path):
    words = ("--scenarios", str(folder), "--port", "0", "--speed", "0")
    async with process(*words, "--ca-file", str(tmp_path / "ca.pem")) as mock:
        assert (await line(mock.stdout)).startswith("mock ready: https://127.0.0.1:")
        command = shlex.split((await line(mock.stdout)).removeprefix("try: "))
        assert command[:4] == ["curl", "-N", "--cacert", str(tmp_path / "ca.pem")]
        trusting = ssl.create_default_context(cafile=command[3])
        async with ClientSession() as client, client.get(command[-1], ssl=trusting) as reply:
            assert await reply.text() == "good"


@pytest.mark.prove
async def test_ready_json_has_the_file_of_the_authority(folder):
    words = ("--scenarios", str(folder), "--port", "0", "--json")
    async with process(*words, "--tls") as mock:
        ready = json.loads(await line(mock.stdout))
        assert ssl.create_default_context(cafile=ready["ca_file"]).get_ca_certs()


def test_certificate_that_is_not_a_file_is_wrong_usage(folder, capsys):
    words = ["mock", "--scenarios", str(folder), "--port", "0", "--cert", "missing.pem"]
    assert main(words) == ExitCode.USAGE
    assert "missing.pem: not a file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        (
            (),
            [
                "#1 GET /s/good/chat/stream?question=%1b[31m: good, 200, N writes, finished",
                "#2 GET /s/goo/x?question=a: 404, no scenario is named 'goo'; did you mean 'good'?",
                "#3 POST /chat/stream: 415, wanted application/json in UTF-8, got text/plain",
            ],
        ),
        (("--quiet",), []),
    ],
    ids=["usual", "quiet"],
)
async def test_each_request_is_a_line_unless_the_mock_is_quiet(folder, words, lines):
    async with process("--scenarios", str(folder), *ON_A_FREE_PORT, *words) as mock:
        url = (await line(mock.stdout)).split()[2]
        async with ClientSession() as client:
            for path in ("/s/good/chat/stream?question=%1b[31m", "/s/goo/x?question=a"):
                await (await client.get(URL(f"{url}{path}", encoded=True))).read()
            headers = {"Content-Type": "text/plain"}
            await (await client.post(f"{url}/chat/stream", data="x", headers=headers)).read()
        mock.send_signal(signal.SIGTERM)
        assert mock.stderr is not None
        printed = (await mock.stderr.read()).decode()
    assert re.sub(r"\d+ writes? in \d+ ms", "N writes", printed).splitlines() == lines


async def test_sigterm_ends_replies_that_wait(folder):
    async with process("--scenarios", str(folder), "--port", "0", "--json") as mock:
        ready = json.loads(await line(mock.stdout))
        assert (ready["scenarios"], ready["errors"]) == (1, 0)
        async with ClientSession() as client, client.get(ready["try"]) as reply:
            mock.send_signal(signal.SIGTERM)
            assert await mock.wait() == ExitCode.OK
            assert reply.status == 200


@pytest.mark.prove
async def test_broken_file_is_shown_and_the_rest_is_served(folder):
    (folder / "bad.yaml").write_text("name: bad\n")
    words = ("--scenarios", str(folder), "--port", "0", "--default", "good")
    async with process(*words) as mock:
        assert (await line(mock.stdout)).endswith("(1 scenario, 2 errors)")
        assert "bad.yaml:1:" in await line(mock.stderr) + await line(mock.stderr)


def test_folder_with_broken_files_only_is_wrong_usage(tmp_path, capsys):
    (tmp_path / "bad.yaml").write_text("name: bad\n")
    assert main(["mock", "--scenarios", str(tmp_path), "--port", "0"]) == ExitCode.USAGE
    error = capsys.readouterr().err
    assert "bad.yaml:1:" in error
    assert "--scenarios: wanted at least one valid scenario file in " in error


@pytest.mark.prove
async def test_old_keys_are_warned_of(folder):
    (folder / "old.yaml").write_text(
        "name: old\ntitle: O\nsteps: [end]\nfaults: [{cut: {after_events: 1, owing: 2}}]\n"
    )
    async with process("--scenarios", str(folder), "--port", "0") as mock:
        assert (await line(mock.stdout)).endswith("(2 scenarios)")
        warned = await line(mock.stderr)
    assert warned == "warning[renamed-key]: owing is now called missing_bytes"


def test_port_in_use_is_one_line(folder, capsys, unused_tcp_port):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", unused_tcp_port))
        taken.listen()
        words = ["--scenarios", str(folder), "--port", str(unused_tcp_port)]
        assert main(["mock", *words]) == ExitCode.USAGE
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert f"port {unused_tcp_port} of 127.0.0.1 is taken" in error
    assert "--port" in error


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--default", "goood"], "no scenario is named 'goood'; did you mean 'good'?"),
        (["--speed", "-1"], "wanted 0, or from 0.001 to 1,000,000, got '-1'"),
        (["--speed", "nan"], "wanted 0, or from 0.001 to 1,000,000, got 'nan'"),
        (["--port", "many"], "wanted a whole number from 0 to 65535, got 'many'"),
        (["--port", "99999"], "wanted a whole number from 0 to 65535"),
        (["--scenarios", "nowhere"], "nowhere does not exist"),
    ],
)
def test_wrong_usage_is_one_line(folder, capsys, words, message):
    assert main(["mock", "--scenarios", str(folder), *words]) == ExitCode.USAGE
    assert message in capsys.readouterr().err


@pytest.mark.prove
async def test_broken_file_is_reported_and_then_its_recovery(folder):
    async with process("--scenarios", str(folder), "--port", "0", "--json") as mock:
        await line(mock.stdout)
        (folder / "good.yaml").write_text(GOOD + "stpes: []\n")
        assert await line(mock.stderr) == "error[unknown-key]: stpes: unknown key 'stpes'"
        while await line(mock.stderr) != "The last valid version stays in use.":
            pass
        (folder / "good.yaml").write_text(GOOD)
        assert await line(mock.stderr) == "reloaded: good"
        (folder / "good.yaml").unlink()
        assert await line(mock.stderr) == "removed: good"


@pytest.mark.prove
async def test_control_answers_to_the_hosts_that_are_allowed(folder):
    words = ("--scenarios", str(folder), "--port", "0", "--json", "--allow-host", "mock")
    async with process(*words) as mock, ClientSession() as client:
        url = json.loads(await line(mock.stdout))["url"]
        for host, status in (("mock:8787", 200), ("other", 403)):
            async with client.get(f"{url}/__mock/runs", headers={"Host": host}) as reply:
                assert reply.status == status


async def ask(url: str, question: str) -> tuple[int, str]:
    """Ask at a path that only a rule can answer."""
    body = {"messages": [{"role": "user", "content": question}]}
    async with ClientSession() as client, client.post(f"{url}/ask", json=body) as reply:
        return reply.status, await reply.text()


async def test_misses_are_recorded_and_then_played_strictly(folder, tmp_path):
    recordings = tmp_path / "new" / "recordings"
    words = ("--scenarios", str(folder), "--port", "0", "--json")
    record = ("--record-misses", "--record-dir", str(recordings), "--upstream")
    async with MockAI(ANSWER, default="answer") as service:
        async with process(*words, *record, service.url) as mock:
            url = json.loads(await line(mock.stdout))["url"]
            assert await ask(url, "hi") == (200, "answer")
            [file] = recordings.iterdir()
            assert await line(mock.stderr) == f"recorded: POST /ask: 200 -> {file}"
            assert await ask(url, "hi") == (200, "answer")
            mock.send_signal(signal.SIGTERM)
            assert await mock.wait() == ExitCode.OK
        assert len(service.journal) == 1
    strict = ("--scenarios", str(recordings), "--port", "0", "--json", "--strict")
    async with process(*strict) as mock:
        url = json.loads(await line(mock.stdout))["url"]
        assert await ask(url, "hi") == (200, "answer")
        assert (await ask(url, "ho"))[0] == 404
        assert (await line(mock.stderr)).startswith("#2 POST /ask: 404, the request does not name")
        mock.send_signal(signal.SIGINT)
        assert await line(mock.stderr) == "error: no scenario answered 1 request"
        assert await mock.wait() == ExitCode.BROKEN


def test_recorded_scenario_counts_as_reloaded_only_after_a_change(capsys):
    reloaded, recorded = Reloaded(loaded=("good", "new")), {"new"}
    for _ in range(2):
        print_reload(reloaded, recorded)
    assert capsys.readouterr().err == "reloaded: good\nreloaded: good, new\n"


@pytest.mark.prove
async def test_mock_with_misses_needs_no_scenario(tmp_path):
    words = ("--scenarios", str(tmp_path), "--record-misses", "--upstream", "http://127.0.0.1:9")
    async with process(*words, "--record-dir", str(tmp_path), "--port", "0") as mock:
        assert (await line(mock.stdout)).endswith("(0 scenarios)")
        passed_on = f"passed on to http://127.0.0.1:9, and recorded in {tmp_path}"
        assert await line(mock.stdout) == f"requests without a scenario: {passed_on}"


@pytest.mark.prove
async def test_strict_mock_without_a_miss_is_fine(folder):
    async with process("--scenarios", str(folder), "--port", "0", "--json", "--strict") as mock:
        await line(mock.stdout)
        mock.send_signal(signal.SIGTERM)
        assert await mock.wait() == ExitCode.OK


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--record-misses"], "--record-misses needs --upstream"),
        (["--upstream", "http://a"], "--upstream needs --record-misses"),
        (["--record-dir", "."], "--record-dir needs --record-misses"),
        (["--mask-field", "a"], "--mask-field needs --record-misses"),
        ([*RECORD, "--strict"], "--record-misses and --strict exclude each other"),
        ([*RECORD, "--default", "good"], "--record-misses and --default exclude each other"),
        ([*RECORD, "--record-dir", __file__], f"--record-dir: {__file__} is a file"),
        ([*RECORD, "--port", "9"], "--upstream: http://127.0.0.1:9 is the mock itself"),
        (["--record-misses", "--upstream", "http://u@a"], "--upstream: wanted a URL without user"),
    ],
)
def test_options_that_do_not_fit_are_wrong_usage(folder, capsys, words, message):
    assert main(["mock", "--scenarios", str(folder), *words]) == ExitCode.USAGE
    assert message in capsys.readouterr().err
