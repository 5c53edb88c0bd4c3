"""The page about the control API is correct: its examples run, and its table has every route."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from streamproof.mock_ai.control.routes import ROUTES

PAGE = (Path(__file__).parents[3] / "docs" / "control.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(
    "example",
    [
        pytest.param(EXAMPLES[0], id="asynchronous"),
        pytest.param(EXAMPLES[1], id="synchronous", marks=pytest.mark.prove),
    ],
)
def test_example_runs(example):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", example], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_table_has_every_route():
    named = {
        (method, path)
        for methods, path in re.findall(r"^\| ((?:`?[A-Z]+`?,? )+)(/[^`]+)`", PAGE, re.MULTILINE)
        for method in re.findall("[A-Z]+", methods)
    }
    assert named == {(r.method, re.sub(r":\[.+?}}", "}", r.path)) for r in ROUTES}
