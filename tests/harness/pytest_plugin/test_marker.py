"""`@pytest.mark.scenario` chooses what the mock of a test plays."""

from __future__ import annotations

import pytest

from tests.harness.pytest_plugin.running import run, write

pytest_plugins = ["pytester"]

MINE = "name: mine\ntitle: An answer\nsteps: [{content: from a file}, end]\n"
SLOW = "name: slow\ntitle: Slow\nsteps: [{wait_ms: 3600000}, {content: at last}, end]\n"
READ = """\
import pytest
from streamproof import read_stream

def ask(mock):
    reading = read_stream(f"{mock.url}/chat/stream", json={"question": "hi"})
    return reading.body.decode()
"""


@pytest.mark.parametrize(
    ("marker", "answers"),
    [
        ('"mine.yaml"', ["from a file", "from a file"]),
        ('Path("mine.yaml")', ["from a file"]),
        ('"mine.yaml", "example-conversation"', ["from a file", "Based", "Based"]),
        ('"folder/slow.yaml", speed=0', ["at last"]),
    ],
)
def test_a_marker_chooses_by_name_by_file_and_by_speed(pytester, marker, answers):
    write(pytester, "tests/mine.yaml", MINE)
    write(pytester, "tests/folder/slow.yaml", SLOW)
    test = f"""\
from pathlib import Path
@pytest.mark.scenario({marker})
def test_it(streamproof_mock):
    for answer in {answers}:
        assert answer in ask(streamproof_mock)
"""
    write(pytester, "tests/test_it.py", READ + test)
    run(pytester, "tests").assert_outcomes(passed=1)


def test_the_closest_marker_counts_and_only_for_its_test(pytester):
    test = """\
pytestmark = pytest.mark.scenario("example-conversation")

@pytest.mark.scenario("sample-answer")
def test_own(streamproof_mock):
    assert "Based" not in ask(streamproof_mock)

def test_of_the_module(streamproof_mock):
    assert "Based" in ask(streamproof_mock)
"""
    write(pytester, "test_it.py", READ + test)
    run(pytester).assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("marker", "problem"),
    [
        ('"sample-answr"', "no scenario is named 'sample-answr'; did you mean 'sample-answer'?"),
        ('"missing.yaml"', "*missing.yaml*"),
        ('"wrong.yaml"', "*did you mean 'title'?*"),
        ("", "wanted the name or the file of at least one scenario"),
        ('"sample-answer", sped=0', "*unexpected keyword argument 'sped'*"),
        ('"sample-answer", speed=-1', "speed: wanted a number of at least 0, got -1"),
    ],
)
def test_a_marker_that_cannot_work_says_why(pytester, marker, problem):
    write(pytester, "wrong.yaml", MINE.replace("title", "titel"))
    test = f"@pytest.mark.scenario({marker})\ndef test_it(streamproof_mock): pass\n"
    write(pytester, "test_it.py", READ + test)
    done = run(pytester)
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["@pytest.mark.scenario(*): *"])
    done.stdout.fnmatch_lines([f"*{problem}"])
    assert "Traceback" not in done.stdout.str()
    assert "During handling" not in done.stdout.str()
