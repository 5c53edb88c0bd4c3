"""A program ends as a whole, and a process that has left its group holds nothing up."""

import asyncio
import signal
import sys
import time
from collections.abc import Sequence

import pytest

from streamproof.harness.child_process import ChildProcess, start_child

AWAY = (
    "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import sys, time;"
    " sys.stdin.read(); time.sleep(60)'], start_new_session={})"
)
"""Starts a helper that keeps the output open; the argument says whether it leaves the group."""


async def start(code: str, printed: list[bytes], **more) -> ChildProcess:
    return await start_child([sys.executable, "-c", code], printed.append, **more)


@pytest.mark.parametrize("leaves", [False, True])
async def test_a_helper_that_keeps_the_output_open_holds_nothing_up(leaves):
    printed: list[bytes] = []
    began = time.monotonic()
    child = await start(f"print('hi', flush=True); {AWAY.format(leaves)}", printed)
    assert await child.wait() == 0
    await child.end()
    assert time.monotonic() - began < 30  # the helper lives longer
    assert b"".join(printed) == b"hi\n"


async def test_the_whole_output_arrives():
    printed: list[bytes] = []
    errors: list[bytes] = []
    code = "import sys; print('a' * 1_000_000); print('b', file=sys.stderr)"
    child = await start(code, printed, on_errors=errors.append)
    assert await child.wait() == child.exit_code == 0
    await child.end()
    assert (len(b"".join(printed)), b"".join(errors)) == (1_000_001, b"b\n")


async def test_errors_go_with_the_output_by_default():
    printed: list[bytes] = []
    child = await start("raise SystemExit('no')", printed)
    assert await child.wait() == 1
    await child.end()
    assert b"".join(printed) == b"no\n"


async def test_a_program_that_goes_on_is_ended():
    child = await start("import time; time.sleep(60)", [])
    assert child.exit_code is None
    await child.end()
    assert child.exit_code == -signal.SIGKILL


@pytest.mark.parametrize("words", [["/nowhere/program"], ["\0"]])
async def test_a_program_that_cannot_run_leaves_nothing_open(words: Sequence[str]):
    with pytest.raises((OSError, ValueError)):
        await start_child(words, print)
    await asyncio.sleep(0)
