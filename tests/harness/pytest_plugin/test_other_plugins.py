"""The plugin next to pytest-asyncio, pytest-aiohttp and pytest-xdist, and on older versions."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pytest

import streamproof
from tests.harness.pytest_plugin.running import PLUGIN, STRICT, write, write_scenario
from tests.harness.pytest_plugin.test_processes import check_one_process, with_own_relay

pytest_plugins = ["pytester"]

ROOT: Final = Path(streamproof.__file__).parent.parent

TESTS: Final = """\
import pytest
from aiohttp import web
from streamproof import assert_contract, read_stream, read_stream_async

SPEEDY = pytest.mark.scenario("example-conversation", speed=0)


@SPEEDY
def test_in_a_thread(streamproof_mock):
    url = f"{streamproof_mock.url}/chat/stream"
    assert_contract(read_stream(url, json={"question": "Hello"}), "ai-service")


@SPEEDY
@pytest.mark.asyncio
async def test_in_a_loop(streamproof_async_mock):
    url = f"{streamproof_async_mock.url}/chat/stream"
    assert_contract(await read_stream_async(url, json={"question": "Hello"}), "ai-service")
    assert len(await streamproof_async_mock.wait_for(ended=True)) == 1


@SPEEDY
@pytest.mark.asyncio
async def test_a_relay(streamproof_relay):
    assert_contract(await streamproof_relay.ask_async("Hello"))
"""
ON_AIOHTTP: Final = """

@SPEEDY
async def test_an_application(aiohttp_client, streamproof_mock):
    async def passed_on(request):
        stream = await read_stream_async(f"{streamproof_mock.url}/chat", json={"question": "Hi"})
        return web.Response(body=stream.body, content_type="text/event-stream")

    app = web.Application()
    app.router.add_get("/", passed_on)
    client = await aiohttp_client(app)
    assert_contract(await read_stream_async(str(client.make_url("/"))), "ai-service")
"""
OF_PROJECTS: Final[Mapping[str, tuple[str, ...]]] = {
    "asyncio strict": ("-o", "asyncio_mode=strict", "-p", "no:aiohttp"),
    "asyncio auto, aiohttp": ("-o", "asyncio_mode=auto"),
    "xdist": ("-o", "asyncio_mode=auto", "-n", "2"),
    "xdist in groups": ("-o", "asyncio_mode=auto", "-n", "2", "--dist", "loadgroup"),
}
OLDER: Final = ("pytest==8.3.*", "pytest==8.4.*")
OTHERS: Final = ("pytest-asyncio", "pytest-aiohttp", "pytest-xdist")


def project(pytester: pytest.Pytester, options: Sequence[str]) -> None:
    """Write the tests of a project; only pytest-aiohttp has its fixtures."""
    has_aiohttp = "no:aiohttp" not in options
    write(pytester, "test_it.py", TESTS + (ON_AIOHTTP if has_aiohttp else ""))
    write_scenario(pytester, "one")
    write_scenario(pytester, "wrong", last="error")


def outcome(pytester: pytest.Pytester, python: str, options: Sequence[str]) -> str:
    """Return the last line of a run in a process of its own, and check what it printed."""
    arguments = (*STRICT, *PLUGIN, *options, "--streamproof-scenarios=scenarios", "-k")
    selection = ("test_it or frames.kinds or frames.verbatim", "-q", "-rfE")
    environment = dict(os.environ)
    environment.pop("PYTEST_XDIST_WORKER", None)
    done = subprocess.run(
        [python, "-m", "pytest", *arguments, *selection],
        cwd=pytester.path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "broken: scenarios/wrong" in done.stdout, done.stdout + done.stderr
    assert "rror" not in done.stderr, done.stderr
    return done.stdout.splitlines()[-1]


@pytest.mark.prove  # each run is a process of its own, and some are three
@pytest.mark.parametrize("options", OF_PROJECTS.values(), ids=OF_PROJECTS)
def test_next_to_other_plugins(pytester, options):
    project(pytester, options)
    passed = 5 if "no:aiohttp" in options else 6
    line = outcome(pytester, sys.executable, options)
    assert line.startswith(f"1 failed, {passed} passed, 1 skipped"), line


@pytest.fixture(scope="module", params=OLDER)
def older_python(request, tmp_path_factory) -> str:
    """Return the Python of an environment with an older pytest, and the libraries of this one."""
    folder: Path = tmp_path_factory.mktemp("older")
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    wanted = [request.param, *OTHERS, *streamproof_requirements()]
    command = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *wanted]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"pip cannot install {request.param}: {done.stderr[-300:]}")
    [packages] = folder.glob("lib/python*/site-packages")
    (packages / "checkout.pth").write_text(str(ROOT))
    return python


def streamproof_requirements() -> list[str]:
    """Return what this checkout of streamproof needs at run time."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    needed: list[str] = tomllib.loads(text)["project"]["dependencies"]
    return needed


@pytest.mark.prove  # it installs packages
def test_on_an_older_version(pytester, older_python):
    options = OF_PROJECTS["asyncio auto, aiohttp"]
    project(pytester, options)
    line = outcome(pytester, older_python, options)
    assert line.startswith("1 failed, 6 passed, 1 skipped"), line


@pytest.mark.prove  # it installs packages
def test_one_process_asks_the_relay_on_an_older_version(pytester, older_python):
    check_one_process(with_own_relay(pytester, "-v", "-n", "2", python=older_python))
