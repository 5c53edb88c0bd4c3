"""Every module has a test file of its name, or the list of its package says where it is tested.

The list is the docstring of `tests/PACKAGE/__init__.py`. A line has modules or folders, a colon and
test files; both are relative to their package. A folder stands for its modules without a test file.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parent.parent
TESTS: Final = ROOT / "tests"
PACKAGES: Final = ("contracts", "mock_ai", "relay", "harness")
EVERY_MODULE: Final = "every module"
USED_ELSEWHERE: Final = frozenset({"__init__", "errors"})
"""Modules without a test of their own: what they define is tested where it is used."""

_LINE: Final = re.compile(r"^- (.+): (.+)$", re.MULTILINE)


@cache
def listed(package: str) -> dict[str, list[str]]:
    """Return the list of a package: the test files of each module or folder."""
    text = (TESTS / package / "__init__.py").read_text("utf-8")
    lines = _LINE.findall(ast.get_docstring(ast.parse(text)) or "")
    return {
        subject: tests.split(", ") for subjects, tests in lines for subject in subjects.split(", ")
    }


def modules(package: str) -> list[Path]:
    """Return the modules of a package that need a test, relative to the package."""
    folder = ROOT / package
    paths = (path.relative_to(folder) for path in folder.rglob("*.py"))
    return sorted(path for path in paths if path.stem not in USED_ELSEWHERE)


def own_tests(package: str, module: Path) -> list[Path]:
    """Return the test files that have the name of a module, or are in a folder of its name."""
    folder, name = TESTS / package / module.parent, module.stem.rstrip("_")
    found = [*folder.glob(f"test_{name}.py"), *folder.glob(f"test_{name}_*.py")]
    return [*found, *(folder / name).glob("test_*.py")]


def is_listed(package: str, module: Path) -> bool:
    """Tell whether the list has a module, or its folder."""
    names = listed(package)
    return str(module.with_suffix("")) in names or f"{module.parent}/" in names


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_has_a_test_or_is_listed(package):
    found = modules(package)
    missing = [
        str(one) for one in found if not own_tests(package, one) and not is_listed(package, one)
    ]
    assert missing == [], f"add them to the docstring of tests/{package}/__init__.py"


@pytest.mark.parametrize("package", PACKAGES)
def test_every_test_file_has_the_name_of_a_module_or_is_listed(package):
    folder = TESTS / package
    named = {(folder / test).resolve() for tests in listed(package).values() for test in tests}
    named.update(test for module in modules(package) for test in own_tests(package, module))
    assert sorted(str(test) for test in {*folder.rglob("test_*.py")} - named) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_the_list_names_only_what_exists(package):
    wrong = []
    for subject, tests in listed(package).items():
        path = ROOT / package / subject
        if not (subject == EVERY_MODULE or path.exists() or path.with_suffix(".py").exists()):
            wrong.append(subject)
        wrong += [test for test in tests if not (TESTS / package / test).exists()]
    assert wrong == []
