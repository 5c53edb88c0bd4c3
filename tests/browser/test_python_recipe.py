"""The tests of the recipe for Python pass, in a process of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.requirements import chromium_path
from tests.harness.pytest_plugin.running import STRICT

RECIPE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "playwright-python"


@pytest.mark.prove  # it starts a browser of its own
def test_the_python_tests_pass(tmp_path):
    folder = shutil.copytree(RECIPE, tmp_path / "recipe")
    plugin = ("-p", "streamproof.harness.pytest_plugin.plugin")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *STRICT, *plugin],
        cwd=folder,
        env={**os.environ, "CHROMIUM": chromium_path()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout
