"""A test without its program is skipped, or fails on a machine that must have it."""

from __future__ import annotations

import sys

import pytest

from tests.programs import REQUIRED, program


@pytest.mark.parametrize(
    ("required", "outcome"), [("", pytest.skip.Exception), ("1", pytest.fail.Exception)]
)
def test_missing_program_is_named(required, outcome, monkeypatch):
    monkeypatch.setenv(REQUIRED, required)
    with pytest.raises(outcome, match="no-such-program is not installed"):
        program("no-such-program")
    assert program(sys.executable) == sys.executable
