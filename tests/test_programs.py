"""A test without its program is skipped, or fails on a machine that must have it."""

from __future__ import annotations

import pytest

from tests import programs
from tests.programs import BROWSER, program


@pytest.mark.parametrize(
    ("required", "outcome"), [("", pytest.skip.Exception), ("1", pytest.fail.Exception)]
)
def test_missing_program_is_named(required, outcome, monkeypatch):
    monkeypatch.setenv(BROWSER, required)
    monkeypatch.setattr(programs, "PATH", "/nowhere")
    with pytest.raises(outcome, match="chromium is not installed"):
        program("chromium")


def test_program_is_found_in_the_path(monkeypatch, tmp_path):
    found = tmp_path / "curl"
    found.write_text("#!/bin/sh\n", "utf-8")
    found.chmod(0o755)
    monkeypatch.setattr(programs, "PATH", str(tmp_path))
    assert program("curl") == str(found)
