"""With pytest-xdist, one process runs the tests of a relay, however the tests are divided."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import pytest

from streamproof.harness.http.server import serving
from tests.broken_relays.in_memory import InMemoryRelay
from tests.harness.pytest_plugin.running import PLUGIN, STRICT, write, write_scenario
from tests.harness.pytest_plugin.test_relay_items import SETTINGS
from tests.long_runs import some_of
from tests.ports import free_port

pytest_plugins = ["pytester"]

GIVEN: Final = ("--streamproof-scenarios=scenarios", "-p", "no:aiohttp")
ONE_PROCESS: Final = ("load", "worksteal", "loadscope", "loadgroup", "loadfile")
LINE: Final = re.compile(r"\[(gw\d)\] \[ *\d+%\] ([A-Z]+) (\S+)")
JUDGED: Final = "scenarios::capabilities::capabilities.tested"
"""It is skipped unless every other case ran before it in its process."""
OTHERS: Final = """\
import pytest

@pytest.mark.parametrize("number", range(20))
def test_it(number):
    pass
"""


def results(
    pytester: pytest.Pytester, python: str, *arguments: str
) -> dict[str, list[tuple[str, str]]]:
    """Run pytest in two processes of xdist; return the process and outcome of each test."""
    done = subprocess.run(
        [python, "-m", "pytest", *STRICT, *PLUGIN, *GIVEN, "-v", "-n", "2", *arguments],
        cwd=pytester.path,
        env={key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for worker, outcome, name in LINE.findall(done.stdout):
        found[name.partition("@")[0]].append((worker, outcome))
    return found


def with_own_relay(
    pytester: pytest.Pytester, dist: str, python: str = sys.executable
) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Run two scenarios, the gates and the sessions with a relay in memory, and other tests."""
    mock_port = free_port()

    async def served() -> Mapping[str, Sequence[tuple[str, str]]]:
        async with serving(InMemoryRelay(f"http://127.0.0.1:{mock_port}").app()) as url:
            write(pytester, "streamproof.toml", SETTINGS.format(url=url, mock_port=mock_port))
            return await asyncio.to_thread(results, pytester, python, "--dist", dist)

    write(pytester, "test_others.py", OTHERS)
    for name in ("one", "two"):
        write_scenario(pytester, name)
    return asyncio.run(served())


def check_one_process(found: Mapping[str, Sequence[tuple[str, str]]]) -> None:
    """Check that one process ran each test of the relay, those of what it declares last."""
    of_relay = {name: runs for name, runs in found.items() if name.startswith("scenarios")}
    assert {"PASSED", "SKIPPED"} == {outcome for [(_, outcome)] in of_relay.values()}
    assert len({worker for [(worker, _)] in of_relay.values()}) == 1
    assert len(of_relay) > 40
    assert [outcome for _, outcome in found[JUDGED]] == ["PASSED"]
    others = [runs for name, runs in found.items() if name.startswith("test_others")]
    assert len(others) == 20


@pytest.mark.parametrize("dist", some_of(ONE_PROCESS, 3, ONE_PROCESS))
def test_one_process_asks_a_relay_of_the_users_own(pytester, dist):
    check_one_process(with_own_relay(pytester, dist))


def test_one_of_the_processes_that_run_all_tests_asks_the_relay(pytester):
    found = with_own_relay(pytester, "each")
    for name, runs in found.items():
        outcomes = dict(runs)
        assert outcomes.keys() == {"gw0", "gw1"}
        if name.startswith("scenarios"):
            assert outcomes["gw1"] == "SKIPPED"
    assert "PASSED" in {outcome for runs in found.values() for _, outcome in runs}


def test_a_case_of_the_reference_relay_runs_in_one_process(pytester):
    for name in ("one", "two"):
        write_scenario(pytester, name)
    found = results(pytester, sys.executable, "--dist", "load")
    workers = defaultdict(set)
    for name, [(worker, _)] in found.items():
        workers[name.partition("::")[0]].add(worker)
    assert list(workers.values()) in ([{"gw0"}, {"gw1"}], [{"gw1"}, {"gw0"}])
