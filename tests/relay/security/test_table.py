"""Every line of the table has a test."""

from __future__ import annotations

import re
from pathlib import Path

from tests.relay import security

TESTS = Path(__file__).resolve().parents[2]
LINE = re.compile(r"^- (\d+): ", re.MULTILINE)
MARK = re.compile(r"pytest\.mark\.security\((\d+)\)")


def test_every_line_of_the_table_has_a_test():
    lines = {int(number) for number in LINE.findall(security.__doc__ or "")}
    marks = {
        int(number)
        for file in TESTS.rglob("test_*.py")
        for number in MARK.findall(file.read_text("utf-8"))
    }
    assert lines == set(range(1, 24))
    assert marks == lines
