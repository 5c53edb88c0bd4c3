"""Validates JUnit reports with `junit.xsd`, by a library that shares nothing with the writer."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

SCHEMA = Path(__file__).with_name("junit.xsd")


@cache
def _schema() -> Any:
    library = pytest.importorskip("xmlschema", reason="xmlschema is in the extra dev")
    return library.XMLSchema11(str(SCHEMA))


def problems_of(report: str) -> list[str]:
    """Return what does not fit in a report."""
    found = _schema().iter_errors(report.partition("?>\n")[2])
    return [f"{one.path}: {one.reason}" for one in found]
