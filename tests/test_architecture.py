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

# The library, and the only files that may know it.
MAY_IMPORT_LIBRARY = {
    "aiohttp": [
        "mock_ai/answering.py",
        "mock_ai/app.py",
        "mock_ai/control/*",
        "mock_ai/driver.py",
        "mock_ai/edge.py",
        "mock_ai/wire.py",
        "relay/app.py",
        "relay/connection.py",
        "relay/routes.py",
        "relay/upstream.py",
        "harness/*.py",
    ],
    "sqlalchemy": ["relay/storage/*", "relay/log/*", "harness/stored.py"],
    "sqlite3": ["relay/storage/*"],
    "alembic": ["relay/storage/*"],
    "jwt": ["relay/auth.py"],
    "markdown_it": ["relay/markdown.py"],
    "nh3": ["relay/markdown.py"],
    "faker": ["mock_ai/*"],
    "yaml": ["contracts/yaml_text.py"],
    "jsonschema": ["contracts/*"],
    "rich": ["harness/*"],
    "random": [],
    "time": ["mock_ai/wheel.py"],
    "socket": ["mock_ai/wire.py"],
}

# Only the harness's door to the reference relay knows it; expectations never come from it.
MAY_IMPORT_RELAY = [
    "harness/reference.py",
    "harness/serving/backend.py",
    "harness/serving/told_log.py",
    "harness/commands/relay.py",
    "harness/commands/token.py",
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


def imports(module: str) -> Iterator[tuple[str, int]]:
    """Yield the top-level names that a module imports, with the line."""
    for node in nodes_of(ast.parse((ROOT / module).read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name.split(".")[0], node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0], node.lineno


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


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("contracts/sse.py", "relay"),
        ("mock_ai/plan.py", "relay"),
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
