"""With pytest-xdist, one process runs the tests of a relay, and no test is lost."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from typing import Final

import pytest

from streamproof.harness.http.server import serving
from tests.broken_relays.in_memory import InMemoryRelay
from tests.harness.pytest_plugin.running import (
    ONLY_NAMED_PLUGINS,
    PLUGIN,
    STRICT,
    write,
    write_scenario,
)
from tests.harness.pytest_plugin.test_relay_items import SETTINGS
from tests.harness.pytest_plugin.test_scenario_items import ALL
from tests.long_runs import some_of
from tests.ports import free_port

pytest_plugins = ["pytester"]

OTHERS_NEEDED: Final = ("-p", "pytest_asyncio.plugin", "-p", "xdist.plugin")
GIVEN: Final = ("--streamproof-scenarios=scenarios",)
DIVIDED: Final = ("load", "worksteal", "loadscope", "loadgroup", "loadfile", "each")
HEADER: Final = "streamproof: one process runs all tests, because the relay has one AI service; *"
OTHERS: Final = """\
import os
import pytest

@pytest.mark.parametrize("number", range(6))
def test_it(number):
    if number == {crashes}:
        os._exit(1)
"""


def printed(pytester: pytest.Pytester, *arguments: str, python: str = sys.executable) -> str:
    """Run pytest in a process of its own, and return what it prints."""
    own = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    done = subprocess.run(
        [python, "-m", "pytest", *STRICT, *PLUGIN, *OTHERS_NEEDED, *arguments],
        cwd=pytester.path,
        env={**own, **ONLY_NAMED_PLUGINS},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return done.stdout + done.stderr


def outcomes(text: str) -> Mapping[str, int]:
    """Return how many tests had each outcome, by the last line of a run."""
    *_, last = text.splitlines()
    return Counter({what: int(count) for count, what in re.findall(r"(\d+) ([a-z]+)", last)})


def with_own_relay(pytester: pytest.Pytester, *arguments: str, python: str = sys.executable) -> str:
    """Run two scenarios, the gates and the sessions with a relay in memory, and other tests."""
    mock_port = free_port()

    async def served() -> str:
        async with serving(InMemoryRelay(f"http://127.0.0.1:{mock_port}").app()) as url:
            write(pytester, "streamproof.toml", SETTINGS.format(url=url, mock_port=mock_port))
            return await asyncio.to_thread(printed, pytester, *GIVEN, *arguments, python=python)

    write(pytester, "test_others.py", OTHERS.format(crashes=None))
    for name in ("one", "two"):
        write_scenario(pytester, name)
    return asyncio.run(served())


def check_one_process(text: str) -> None:
    """Check that all tests of a run with `-v` passed, and that nothing divided them."""
    assert "[gw" not in text
    assert outcomes(text).keys() <= {"passed", "skipped"}, text
    assert re.search(r"capabilities\.tested PASSED", text), text
    assert outcomes(text)["passed"] > 40


@pytest.mark.parametrize("dist", some_of(DIVIDED, len(DIVIDED), DIVIDED))
def test_one_process_runs_the_tests_of_a_relay_of_the_users_own(pytester, dist):
    text = with_own_relay(pytester, "-v", "-n", "2", "--dist", dist)
    check_one_process(text)
    pytest.LineMatcher(text.splitlines()).fnmatch_lines([HEADER])


def test_a_run_without_the_scenarios_is_divided(pytester):
    write(pytester, "streamproof.toml", SETTINGS.format(url="http://127.0.0.1:1", mock_port=1))
    write_scenario(pytester, "one")
    write(pytester, "tests/test_others.py", OTHERS.format(crashes=None))
    ini = ("-o", "streamproof_scenarios=scenarios", "-n", "2")
    divided = printed(pytester, *ini, "tests")
    assert "2 workers" in divided
    assert outcomes(divided) == {"passed": 6}
    one = printed(pytester, *ini, "scenarios/one.yaml::target.answers")
    assert "2 workers" not in one
    assert outcomes(one) == {"failed": 1}, one


def test_a_crash_loses_no_test(pytester):
    """The folder is another argument as well, as in the next test."""
    write(pytester, "tests/test_others.py", OTHERS.format(crashes=3))
    write_scenario(pytester, "one")
    text = printed(pytester, *GIVEN, "-n", "2", "--dist", "load", "tests")
    found = outcomes(text)
    assert found["failed"] == 1
    assert found["passed"] + found["skipped"] == 5 + ALL


@pytest.mark.prove
def test_a_folder_next_to_other_arguments_runs_in_several_processes(pytester):
    """pytest-xdist gives its processes the arguments without what a plugin added."""
    write(pytester, "tests/test_others.py", OTHERS.format(crashes=None))
    write_scenario(pytester, "one")
    found = outcomes(printed(pytester, *GIVEN, "-n", "2", "tests"))
    assert found["passed"] + found["skipped"] == 6 + ALL
