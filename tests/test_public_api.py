"""`import streamproof` has one list of public names, and imports them when they are first used."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import streamproof
from streamproof.contracts.errors import ContractsError
from streamproof.harness.errors import HarnessError
from streamproof.mock_ai.errors import MockError
from streamproof.relay.errors import RelayError

SOURCE = Path(streamproof.__file__)
LOADED = """\
import sys
before = set(sys.modules)
{statement}
print(*sorted({{name.split(".")[0] for name in set(sys.modules) - before}}))
print(*sorted(name for name in sys.modules if name.startswith("streamproof")))
"""


def loaded_by(statement: str) -> tuple[list[str], list[str]]:
    """Return the packages, and the modules of streamproof, that a statement loads."""
    code = LOADED.format(statement=statement)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    packages, modules = done.stdout.splitlines()
    return packages.split(), modules.split()


def imports_of_type_checkers() -> set[tuple[str, str]]:
    """Return the modules and names that only a type checker imports."""
    body = ast.parse(SOURCE.read_text("utf-8")).body
    [block] = [node for node in body if isinstance(node, ast.If)]
    return {
        (str(node.module), alias.name)
        for node in block.body
        if isinstance(node, ast.ImportFrom) and node.module != "typing"
        for alias in node.names
    }


def names_of(home: str) -> list[str]:
    """Return the public names of a module of the package."""
    names: list[str] = import_module(f"streamproof.{home}").__all__
    return names


@pytest.mark.parametrize("name", streamproof.__all__)
def test_public_name_can_be_imported_and_is_listed(name):
    assert getattr(streamproof, name) is not None
    assert name in dir(streamproof)


def test_star_import_has_every_public_name():
    public = "set(sys.modules['streamproof'].__all__)"
    loaded_by(f"from streamproof import *; assert {public} <= {{*dir()}}")


def test_type_checkers_see_the_objects_that_are_imported_at_run_time():
    homes = {name: f"streamproof.{home}" for home in streamproof._HOMES for name in names_of(home)}
    assert imports_of_type_checkers() == {(home, name) for name, home in homes.items()}
    assert set(streamproof.__all__) == {*homes, "__version__"}


def test_no_name_has_two_homes():
    names = [name for home in streamproof._HOMES for name in names_of(home)]
    assert len(names) == len(set(names))


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="MockAi"):
        _ = streamproof.MockAi


@pytest.mark.parametrize("base", [ContractsError, MockError, RelayError, HarnessError])
def test_every_error_has_one_base(base):
    assert issubclass(base, streamproof.StreamproofError)


def test_import_alone_loads_no_library_and_no_other_module():
    packages, modules = loaded_by("import streamproof")
    assert set(packages) - set(sys.stdlib_module_names) == {"streamproof"}
    assert not {"asyncio", "dataclasses", "importlib", "re", "typing"} & set(packages)
    assert modules == ["streamproof"]


@pytest.mark.parametrize("name", ["Decoder", "encode", "read_message", "StreamproofError"])
def test_the_codec_loads_no_library(name):
    packages, _ = loaded_by(f"from streamproof import {name}")
    assert set(packages) - set(sys.stdlib_module_names) == {"streamproof"}


@pytest.mark.parametrize("name", ["check", "load_contract"])
def test_the_checker_loads_no_server(name):
    packages, modules = loaded_by(f"from streamproof import {name}")
    assert not {"aiohttp", "sqlalchemy", "rich"} & set(packages)
    assert [module for module in modules if module.startswith("streamproof.mock_ai")] == []
