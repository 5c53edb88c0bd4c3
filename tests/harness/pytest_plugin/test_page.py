"""The examples of docs/pytest.md are a project whose tests pass, and its tables are complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from streamproof.harness.client_variables import VARIABLES
from streamproof.harness.pytest_plugin import plugin
from streamproof.harness.pytest_plugin.options import OPTIONS
from tests.harness.pytest_plugin.running import run, write

pytest_plugins = ["pytester"]

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "pytest.md").read_text("utf-8")
FILE = re.compile(r"^```(?:python|yaml|ini)\n# (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILES = dict(FILE.findall(PAGE))


def test_the_examples_pass(pytester):
    pytest.importorskip("openai")
    for name, text in FILES.items():
        write(pytester, name, text)
    done = run(pytester)
    outcomes = done.parseoutcomes()
    assert outcomes.keys() == {"passed", "skipped"}
    line = re.compile(r"^scenarios/greeting\.yaml ([.s]+)", re.MULTILINE)
    [shown], [printed] = line.findall(PAGE), line.findall(done.stdout.str())
    assert printed.startswith(shown)
    assert outcomes["passed"] == printed.count(".") + PAGE.count("def test_")


def test_every_example_is_a_file():
    assert len(FILES) == len(re.findall(r"^```(?:python|yaml|ini)$", PAGE, re.MULTILINE))


def test_the_tables_have_every_option_fixture_and_variable():
    for option in OPTIONS:
        assert f"| `{option.flag}` | `{option.ini}` | `{option.variable}` |" in PAGE
    fixtures = [name for name in vars(plugin) if name.startswith("streamproof_")]
    assert [name for name in fixtures if f"`{name}`" not in PAGE] == []
    given = {name for variables in VARIABLES.values() for name, value in variables.items() if value}
    assert [name for name in given if f"`{name}`" not in PAGE] == []
