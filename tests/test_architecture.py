"""Who may import whom, as a table; a module that is not in the table may import no such part."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("contracts", "mock_ai", "relay", "harness")

MAY_IMPORT_PACKAGE = {
    "contracts": set(),
    "mock_ai": {"contracts"},
    "relay": {"contracts"},
    "harness": {"contracts", "mock_ai", "relay"},
}

# Inside the mock, from the ground up; on one floor nobody knows the others.
FLOORS_OF_THE_MOCK = (
    {"errors", "clock", "providers"},
    {"actions"},
    {"asking", "faults"},
    {"facts"},
    {"language"},
    {"planning"},
    {"library", "playing"},
    {"answering", "recording"},
    {"control"},
    {"app"},
    {"embedded"},
    {"threaded"},
)
# `MockAI.in_thread`, and the lazy import of `MockAI`, look up.
MAY_LOOK_UP = {("embedded", "threaded"), ("__init__", "embedded")}

# The library, and the only files that may know it.
MAY_IMPORT_LIBRARY = {
    "aiohttp": [
        "mock_ai/app.py",
        "mock_ai/control/*",
        "mock_ai/serving/middleware.py",
        "mock_ai/serving/aiohttp_path.py",
        "relay/app.py",
        "relay/http_client.py",
        "relay/routes.py",
        "relay/upstream.py",
        "harness/*.py",
    ],
    "sqlalchemy": ["relay/storage/*", "relay/log/*", "harness/verify/stored/database.py"],
    "sqlite3": ["relay/storage/*"],
    "alembic": ["relay/storage/*"],
    "jwt": ["relay/auth.py"],
    "markdown_it": ["relay/markdown.py"],
    "nh3": ["relay/markdown.py"],
    "faker": ["mock_ai/*"],
    "yaml": ["contracts/source/yaml_text.py"],
    "jsonschema": ["contracts/*"],
    "rich": ["harness/*"],
    "random": [],
    "time": ["mock_ai/playing/exact_clock.py"],
    "socket": ["mock_ai/playing/wire.py"],
}

# Only the harness's door to the reference relay knows it; expectations never come from it.
MAY_IMPORT_RELAY = [
    "harness/verify/targets/reference.py",
    "harness/serving/backend.py",
    "harness/cli/commands/relay.py",
    "harness/cli/commands/token.py",
]


def modules() -> list[str]:
    """Return every module of the packages as a path from the root."""
    found = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return sorted(str(path.relative_to(ROOT)) for path in found)


def nodes_of(node: ast.AST) -> Iterator[ast.AST]:
    """Walk a tree, but not into what only the type checker sees: naming a type knows nothing."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield from nodes_of(child)


def imported(module: str) -> Iterator[tuple[str, int]]:
    """Yield the names of the modules that a module imports, with the line."""
    for node in nodes_of(ast.parse((ROOT / module).read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module, node.lineno


def imports(module: str) -> Iterator[tuple[str, int]]:
    """Yield the top-level names that a module imports, with the line."""
    yield from ((name.split(".")[0], line) for name, line in imported(module))


def allowed(module: str, patterns: list[str]) -> bool:
    """Tell whether one of the patterns names the module."""
    return any(fnmatch(module, pattern) for pattern in patterns)


def breaks_the_table(module: str, name: str) -> bool:
    """Tell whether the module may not import that name."""
    package = module.split("/")[0]
    if name in PACKAGES:
        foreign = name != package and name not in MAY_IMPORT_PACKAGE[package]
        return foreign or (
            package == "harness" and name == "relay" and not allowed(module, MAY_IMPORT_RELAY)
        )
    return name in MAY_IMPORT_LIBRARY and not allowed(module, MAY_IMPORT_LIBRARY[name])


def test_modules_import_only_what_the_table_allows():
    broken = [
        f"{module}:{line}: {name}"
        for module in modules()
        for name, line in imports(module)
        if breaks_the_table(module, name)
    ]
    assert broken == []


def floor_of(part: str) -> int:
    """Return the floor of a part of the mock; `__init__` is on the ground."""
    return next((n for n, floor in enumerate(FLOORS_OF_THE_MOCK) if part in floor), -1)


def looks_up(part: str, name: str) -> bool:
    """Tell whether a part of the mock may not import another."""
    return part != name and floor_of(name) >= floor_of(part) and (part, name) not in MAY_LOOK_UP


def parts_of_the_mock(module: str) -> tuple[str, list[tuple[str, int]]]:
    """Return the part that a module of the mock belongs to, and those that it imports."""
    names = [(name.split("."), line) for name, line in imported(module)]
    used = [(name[1], line) for name, line in names if name[0] == "mock_ai" and name[1:]]
    return module.split("/")[1].removesuffix(".py"), used


def test_parts_of_the_mock_import_only_what_is_below_them():
    broken = [
        f"{module}:{line}: {name}"
        for module in modules()
        if module.startswith("mock_ai/")
        for part, used in [parts_of_the_mock(module)]
        for name, line in used
        if looks_up(part, name)
    ]
    assert broken == []


def test_every_part_of_the_mock_has_a_floor():
    parts = {path.stem for path in (ROOT / "mock_ai").iterdir() if (path / "__init__.py").exists()}
    parts |= {path.stem for path in (ROOT / "mock_ai").glob("*.py")} - {"__init__"}
    assert parts == set().union(*FLOORS_OF_THE_MOCK)


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("faults", "playing"),
        ("planning", "library"),
        ("library", "playing"),
        ("playing", "control"),
    ],
)
def test_the_floors_refuse(part, name):
    assert looks_up(part, name)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("contracts/sse.py", "relay"),
        ("mock_ai/planning/plan.py", "relay"),
        ("relay/turn.py", "mock_ai"),
        ("relay/turn.py", "aiohttp"),
        ("relay/turn.py", "time"),
        ("harness/checks/order.py", "relay"),
    ],
)
def test_the_table_refuses(module, name):
    assert breaks_the_table(module, name)


def test_every_pattern_of_the_table_names_a_module():
    patterns = {pattern for patterns in MAY_IMPORT_LIBRARY.values() for pattern in patterns}
    unused = [
        p for p in patterns | set(MAY_IMPORT_RELAY) if not any(fnmatch(m, p) for m in modules())
    ]
    assert unused == []
