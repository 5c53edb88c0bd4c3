"""`./run coverage` lists the lines that no test ran, worst file first."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROW = re.compile(r"^(\S+\.py) +\d+ +(\d+) ", re.MULTILINE)


@pytest.mark.prove
def test_report_has_the_unrun_lines_of_every_file_worst_first(tmp_path):
    words = ["tests/contracts/test_media_type.py", "--numprocesses", "0"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.coverage_report", *words],
        cwd=ROOT,
        env={**os.environ, "COVERAGE_FILE": str(tmp_path / "data")},
        capture_output=True,
        text=True,
    )
    rows = {name: int(missed) for name, missed in ROW.findall(done.stdout)}
    assert done.returncode == 0, done.stderr
    assert list(rows.values()) == sorted(rows.values(), reverse=True)
    assert {name.partition("/")[0] for name in rows} == {"contracts", "harness", "mock_ai", "relay"}
    assert rows["contracts/sse.py"] > 0
    assert "contracts/media_type.py" not in done.stdout  # all of it ran
