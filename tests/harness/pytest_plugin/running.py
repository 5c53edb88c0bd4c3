"""Runs pytest with the plugin, as strictly as a project can ask for."""

from __future__ import annotations

import os
from pathlib import Path
from textwrap import dedent
from typing import Final

import pytest

import streamproof.harness.pytest_plugin.scenario_items
import streamproof.harness.pytest_plugin.services  # noqa: F401  # a run must not import them again
from streamproof.harness.pytest_plugin import plugin
from streamproof.harness.pytest_plugin.options import WORKER

OTHER_PLUGINS: Final = ("faker", "hypothesispytest", "playwright", "schemathesis", "streamproof")
STRICT: Final = (
    *("-W", "error", "--strict-markers", "--strict-config"),
    *("-o", "asyncio_default_fixture_loop_scope=function"),
    *(word for name in OTHER_PLUGINS for word in ("-p", f"no:{name}")),
    *("-p", "no:cacheprovider"),
)
PLUGIN: Final = ("-p", "streamproof.harness.pytest_plugin.plugin")
"""For a run in a process of its own."""
NEIGHBOURS: Final = ("-p", "pytest_asyncio.plugin", "-p", "pytest_aiohttp.plugin")
ONLY_NAMED_PLUGINS: Final = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
"""A variable for a run: to look for all installed plugins takes as long as many a run."""
ANSWER: Final = """\
name: {name}
title: An answer
steps: [{{content: {text}}}, end]
"""
EXPECT: Final = """\
expect:
  verdict: completed
  frontend: [start, content, {last}]
  stored: {{turn: completed, answer: {text}}}
"""


def write(pytester: pytest.Pytester, name: str, text: str) -> Path:
    """Write a file of the project whose tests run."""
    path = pytester.path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text), "utf-8")
    return path


def write_scenario(
    pytester: pytest.Pytester, name: str, *, last: str = "end", more: str = ""
) -> Path:
    """Write the scenario `scenarios/NAME.yaml`; with another `last` than `end`, it must fail."""
    text = ANSWER.format(name=name, text="Hello") + EXPECT.format(last=last, text="Hello") + more
    return write(pytester, f"scenarios/{name}.yaml", text)


def run(pytester: pytest.Pytester, *arguments: str, **options: str) -> pytest.RunResult:
    """Run pytest in this process; `options` are environment variables."""
    with pytest.MonkeyPatch.context() as patch:
        own = [name for name in os.environ if name.startswith("STREAMPROOF_")]
        for name in (WORKER, *own):
            patch.delenv(name, raising=False)
        for name, value in {**ONLY_NAMED_PLUGINS, **options}.items():
            patch.setenv(name, value)
        return pytester.runpytest_inprocess(*STRICT, *NEIGHBOURS, *arguments, plugins=[plugin])
