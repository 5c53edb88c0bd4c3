"""Who may import whom, as tables; what a table does not allow is an error."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

import streamproof

ROOT: Final = Path(__file__).resolve().parent.parent
PACKAGES: Final = ("contracts", "mock_ai", "relay", "harness")
LAYERED: Final = ("mock_ai", "relay", "harness")
"""The packages with a table of layers in docs/architecture.md."""

MAY_IMPORT_PACKAGE: Final[Mapping[str, set[str]]] = {
    "contracts": set(),
    "mock_ai": {"contracts"},
    "relay": {"contracts"},
    "harness": {"contracts", "mock_ai", "relay"},
}
FOR_EVERYBODY: Final = {"errors"}
"""The modules of `streamproof` itself that every package may import."""
NOT_INSTALLED: Final = {*PACKAGES, "scenarios", "tests", "bench", "tools", "docs"}
"""Folders of the checkout: as top-level names they do not exist in a user's environment."""

# An import inside a function, of the layer above.
MAY_LOOK_UP: Final = {
    ("mock_ai", "embedded", "threaded"): "`MockAI.in_thread` returns the mock in a thread",
    ("mock_ai", "__init__", "embedded"): "the package has `MockAI`",
}

# A library, and the only files that may import it. `*` stands for a part of one folder's name.
MAY_IMPORT_LIBRARY: Final[Mapping[str, tuple[str, ...]]] = {
    "aiohttp": (
        "mock_ai/app.py",
        "mock_ai/control/*.py",
        "mock_ai/serving/middleware.py",
        "mock_ai/serving/aiohttp_path.py",
        "relay/app.py",
        "relay/http_client.py",
        "relay/routes.py",
        "relay/upstream.py",
        "harness/cli/commands/*.py",
        "harness/doctor/*.py",
        "harness/http/*.py",
        "harness/serving/*.py",
        "harness/verify/*.py",
        "harness/verify/stored/*.py",
        "harness/verify/targets/*.py",
    ),
    "sqlalchemy": (
        "relay/log/*.py",
        "relay/storage/*.py",
        "relay/storage/migrations/versions/*.py",
        "relay/local_dev.py",
        "harness/verify/stored/database.py",
    ),
    "sqlite3": ("relay/storage/transaction.py",),
    "alembic": (
        "relay/storage/schema.py",
        "relay/storage/migrations/env.py",
        "relay/storage/migrations/versions/*.py",
    ),
    "jwt": ("relay/auth.py",),
    "markdown_it": ("relay/markdown.py",),
    "nh3": ("relay/markdown.py",),
    "faker": ("mock_ai/planning/fake.py",),
    "yaml": ("contracts/source/yaml_text.py",),
    "jsonschema": ("contracts/schema.py", "contracts/validation.py"),
    "rich": ("harness/console.py",),
    "regex": ("mock_ai/scenario/rules.py",),
    "uuid_utils": ("relay/dependencies.py",),
    "shtab": ("harness/cli/commands/completion.py",),
    "random": (),
    "time": ("mock_ai/playing/exact_clock.py",),
    "socket": ("mock_ai/playing/wire.py",),
}

# What the harness expects of a relay never comes from the reference relay.
MAY_IMPORT_RELAY: Final = (
    "harness/verify/targets/reference.py",
    "harness/serving/backend.py",
    "harness/cli/commands/relay.py",
    "harness/cli/commands/token.py",
)

MAY_SHARE_A_NAME: Final[Mapping[str, str]] = {}
"""Public classes that two modules define, with the reason."""


@cache
def modules() -> tuple[str, ...]:
    """Return every module of the packages as a path from the root."""
    found = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return tuple(sorted(str(path.relative_to(ROOT)) for path in found))


@cache
def tree(module: str) -> ast.Module:
    """Return the syntax tree of a module."""
    return ast.parse((ROOT / module).read_text("utf-8"))


def nodes_of(node: ast.AST) -> Iterator[ast.AST]:
    """Walk a tree, but not into what only a type checker sees: a type is not a dependency."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield from nodes_of(child)


def imported(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, int]]:
    """Yield the dotted names that are imported, with the line.

    What comes from a package, and not from a module, is named in full: a package or a public name.
    """
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                if node.module == "streamproof":
                    module = streamproof._MODULE_OF.get(alias.name, alias.name)
                    name = f"streamproof.{module}"
                yield name, node.lineno


@cache
def imports(module: str) -> tuple[tuple[str, int], ...]:
    """Return the dotted names that a module imports when it runs, with the line."""
    return tuple(imported(nodes_of(tree(module))))


def matches(module: str, pattern: str) -> bool:
    """Tell whether a pattern names the module; `*` does not cross a folder."""
    return re.fullmatch(re.escape(pattern).replace(r"\*", "[^/]*"), module) is not None


def allowed(module: str, patterns: Iterable[str]) -> bool:
    """Tell whether one of the patterns names the module."""
    return any(matches(module, pattern) for pattern in patterns)


def breaks_the_table(module: str, name: str) -> bool:
    """Tell whether the module may not import that dotted name."""
    top, *rest = name.split(".")
    if top != "streamproof":
        return top in NOT_INSTALLED or not allowed(module, MAY_IMPORT_LIBRARY.get(top, ("*",) * 0))
    return bool(rest) and _breaks_the_table_of_packages(module, rest[0])


def _breaks_the_table_of_packages(module: str, part: str) -> bool:
    package = module.partition("/")[0]
    if part in FOR_EVERYBODY or part == package:
        return False
    if part not in MAY_IMPORT_PACKAGE[package]:
        return True
    return package == "harness" and part == "relay" and not allowed(module, MAY_IMPORT_RELAY)
