"""A client has ended when its own process has, whatever it leaves behind."""

import sys
import time

import pytest

from streamproof.harness.verify.clients.process import run_client
from streamproof.harness.verify.clients.served import MockAddress, served
from streamproof.harness.verify.clients.verifier import first_scenario

LEAVES_A_HELPER = (
    "import subprocess, sys; print('hi', flush=True); subprocess.Popen([sys.executable, '-c',"
    " 'import time; time.sleep(60)'], start_new_session={})"
)


async def run(code: str, limit_seconds: float = 20):
    async with served(first_scenario(), MockAddress()) as scenario:
        return await run_client([sys.executable, "-c", code], {}, limit_seconds, scenario)


@pytest.mark.parametrize("leaves_the_group", [False, True])
async def test_a_helper_that_keeps_the_output_open_does_not_count(leaves_the_group):
    found = await run(LEAVES_A_HELPER.format(leaves_the_group))
    assert found.outcome.ended
    assert found.outcome.finished
    assert found.outcome.text == "hi\n"
    assert found.took_ms < 30_000


async def test_a_helper_outside_the_group_does_not_prolong_the_time_limit():
    began = time.monotonic()
    found = await run(f"{LEAVES_A_HELPER.format(True)}; import time; time.sleep(60)", 1)
    assert not found.outcome.ended
    assert time.monotonic() - began < 30
