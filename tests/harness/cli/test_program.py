"""Printed commands start with the program that the user has."""

import os
import sys

from streamproof.harness.cli import program


def test_words_are_quoted_for_a_shell(monkeypatch):
    monkeypatch.setattr(sys, "prefix", "/usr")
    assert program.command("lint", "my file.yaml") == "streamproof lint 'my file.yaml'"


def test_environment_of_a_checkout_has_its_own_program(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "prefix", str(program.CHECKOUT / ".venv"))
    monkeypatch.chdir(program.CHECKOUT)
    assert program.program() == os.path.join(".", "run")  # noqa: PTH118  # a Path drops the dot
    monkeypatch.chdir(program.CHECKOUT / "docs")
    assert program.program() == os.path.join("..", "run")  # noqa: PTH118  # as above
