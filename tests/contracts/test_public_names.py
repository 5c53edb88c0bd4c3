"""The public names of the package are lazy, complete and documented."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from streamproof import contracts

PAGE = Path(__file__).parents[2] / "docs" / "contracts.md"


@pytest.mark.parametrize("name", contracts.__all__)
def test_a_public_name_is_imported_from_its_module(name):
    assert getattr(contracts, name).__name__ == name


def test_every_public_name_has_a_module():
    assert sorted(contracts._MODULE_OF) == sorted(contracts.__all__)
    assert set(contracts.__all__) <= set(dir(contracts))


def test_another_name_raises_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'parse'"):
        contracts.parse  # noqa: B018  # to read it is the test


def test_every_public_name_is_on_its_page():
    page = PAGE.read_text("utf-8")

    assert [name for name in contracts.__all__ if f"`{name}`" not in page] == []


@pytest.mark.parametrize(
    ("statement", "not_loaded"),
    [
        ("import streamproof.contracts", {"json", "streamproof.contracts.sse"}),
        ("from streamproof.contracts import Decoder, encode", {"json"}),
        ("from streamproof.contracts import Checker, read_message", {"difflib"}),
    ],
)
def test_an_import_loads_only_what_it_needs(statement, not_loaded):
    heavy = {"yaml", "jsonschema", "referencing", *not_loaded}
    code = f"import sys; {statement}; print(*sorted({heavy!r} & set(sys.modules)))"

    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert result.stdout.split() == []
