"""A backend that the harness starts is ready, or the error says why not; nothing stays behind."""

import asyncio
import os
import shlex
import signal
import socket
import sys
from contextlib import asynccontextmanager, suppress

import pytest
from aiohttp import ClientSession

from streamproof.harness.errors import SetUpError, UsageError
from streamproof.harness.verify.settings.model import BackendSettings
from streamproof.harness.verify.targets.backend_process import BackendProcess

SERVER = """
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(os.environ.get("STATUS", "404")))
        self.send_header("X-Answer", os.environ.get("AI", "") + " " + " ".join(sys.argv[2:]))
        self.end_headers()
    def do_POST(self):
        print("asked for the end", flush=True)
        os._exit(7)
    def log_message(self, *_):
        pass
print("it listens", flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
PARENT = """
import subprocess, sys
subprocess.Popen([sys.executable, *sys.argv[1:]]).wait()
"""


@pytest.fixture
def settings(tmp_path, unused_tcp_port):
    """Return a function that makes the settings of a server on a free port."""
    (tmp_path / "server.py").write_text(SERVER)
    (tmp_path / "parent.py").write_text(PARENT)

    def make(start: str = "server.py {port} {ai_url}", **more: object) -> BackendSettings:
        words = start.replace("{port}", str(unused_tcp_port))
        command = f"{shlex.quote(sys.executable)} {words}"
        url = f"http://127.0.0.1:{unused_tcp_port}"
        return BackendSettings(url=url, start=command, directory=tmp_path, **more)  # type: ignore[arg-type]  # of the fields

    return make


@asynccontextmanager
async def started(settings: BackendSettings):
    process = BackendProcess(settings, "http://ai.test")
    try:
        await process.start()
        yield process
    finally:
        await process.stop()


async def is_reachable(url: str) -> bool:
    with suppress(OSError):
        async with ClientSession() as session, session.get(url):
            return True
    return False


async def test_the_command_and_its_variables_have_the_url_of_the_ai_service(settings):
    made = settings(environment={"AI": "{ai_url}/v1"})
    async with started(made), ClientSession() as session, session.get(made.url) as answer:
        assert answer.headers["X-Answer"] == "http://ai.test/v1 http://ai.test"
    assert not await is_reachable(made.url)


async def test_the_output_of_a_backend_that_ends_at_start_is_shown(settings):
    made = settings('-c \'print("one"); print("two\\033[31m"); raise SystemExit(3)\'')
    message = r"ended with exit code 3 before it was ready; it printed:\none\ntwo\\u001b\[31m$"
    with pytest.raises(SetUpError, match=message):
        async with started(made):
            pass


async def test_a_backend_that_fails_every_request_is_not_ready(settings):
    made = settings(environment={"STATUS": "503"}, ready_seconds=4.0)
    message = r"was not ready within 4 s: status 503; see url, ready_path .*printed:\nit listens$"
    with pytest.raises(SetUpError, match=f"(?s){message}"):
        async with started(made):
            pass
    assert not await is_reachable(made.url)


@pytest.mark.parametrize("start", ["no-such-program", "'"])
async def test_a_command_that_cannot_run_is_wrong_usage(tmp_path, unused_tcp_port, start):
    made = BackendSettings(
        url=f"http://127.0.0.1:{unused_tcp_port}", start=start, directory=tmp_path
    )
    with pytest.raises(UsageError, match=r"relay\.start: .* cannot run"):
        async with started(made):
            pass


async def test_another_program_at_the_address_is_not_verified_in_its_place(settings):
    made = settings()
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(made.url.rpartition(":")[2])))
        other.listen()
        with pytest.raises(UsageError, match=r"another program listens at .* already; end it"):
            async with started(made):
                pass


async def test_the_children_of_the_command_end_with_it(settings):
    made = settings("parent.py server.py {port}")
    async with started(made):
        assert await is_reachable(made.url)
    assert not await is_reachable(made.url)


async def test_children_whose_parent_has_ended_end_as_well(settings):
    made = settings("parent.py server.py {port}")
    async with started(made) as process:
        os.kill(_pid(process), signal.SIGKILL)
        assert await process.restart_if_ended() == "the signal SIGKILL"
        assert await is_reachable(made.url)
    assert not await is_reachable(made.url)


async def test_a_backend_that_has_ended_is_started_again_once(settings):
    made = settings()
    async with started(made) as process:
        assert await process.restart_if_ended() is None
        async with ClientSession() as session:
            with suppress(Exception):
                await session.post(made.url)
        tries = (process.restart_if_ended() for _ in range(2))
        assert [*await asyncio.gather(*tries)] == ["exit code 7", None]
        assert process.is_running
        assert "asked for the end" in process.last_lines


async def test_only_the_beginning_of_a_long_line_is_shown(settings):
    made = settings("-c 'print(\"x\" * 100_000); raise SystemExit(1)'")
    with pytest.raises(SetUpError, match=r"(?s)exit code 1 .*xxx$") as caught:
        async with started(made):
            pass
    assert 1000 < len(str(caught.value)) < 2000


def _pid(process: BackendProcess) -> int:
    """Return the process of a backend; only a test kills it."""
    running = process._process
    assert running is not None
    return running.pid
