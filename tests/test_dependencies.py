"""Every dependency has its line in docs/dependencies.md and its version in constraints.txt."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
EVERY = [*PROJECT["dependencies"], *(one for extra in EXTRAS.values() for one in extra)]


def name(requirement: str) -> str:
    """Return the name of the distribution that a requirement asks for."""
    match = re.match(r"[\w.-]+", requirement)
    assert match
    return match[0]


@pytest.mark.parametrize("requirement", EVERY, ids=name)
def test_dependency_is_explained(requirement):
    assert name(requirement).lower() in (ROOT / "docs/dependencies.md").read_text("utf-8").lower()


@pytest.mark.parametrize("requirement", EVERY, ids=name)
def test_dependency_is_pinned(requirement):
    pinned = (ROOT / "constraints.txt").read_text("utf-8").lower().replace("_", "-").splitlines()
    assert any(line.startswith(f"{name(requirement).lower()}==") for line in pinned)


def test_constraints_hold_no_addresses():
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []
