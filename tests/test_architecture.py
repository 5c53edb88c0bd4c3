"""Who may import whom, as tables; what a table does not allow is an error."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest

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
SHARED: Final = {"errors"}
"""The modules of `streamproof` itself that every package may import."""
NOT_INSTALLED: Final = {*PACKAGES, "scenarios", "tests", "bench", "tools", "docs"}
"""Folders of the checkout: as top-level names they do not exist in a user's environment."""

# An import inside a function, of the layer above.
MAY_LOOK_UP: Final = {
    ("mock_ai", "embedded", "threaded"): "`MockAI.in_thread` returns the mock in a thread",
}

# A library, and the only files that may import it. `*` stands for a part of one folder's name.
MAY_IMPORT_LIBRARY: Final[Mapping[str, tuple[str, ...]]] = {
    "aiohttp": (
        "mock_ai/app.py",
        "mock_ai/control/*.py",
        "mock_ai/serving/middleware.py",
        "mock_ai/serving/aiohttp_path.py",
        "mock_ai/serving/invalid_http.py",
        "relay/app.py",
        "relay/browser_connection.py",
        "relay/forms.py",
        "relay/responses.py",
        "relay/routes.py",
        "relay/sending.py",
        "harness/cli/commands/*.py",
        "harness/doctor/*.py",
        "harness/http/*.py",
        "harness/reliability/*.py",
        "harness/serving/*.py",
        "harness/verify/*.py",
        "harness/verify/probing/probe.py",
        "harness/verify/sessions/stage.py",
        "harness/verify/stored/*.py",
        "harness/verify/targets/*.py",
    ),
    "sqlalchemy": (
        "relay/log/*.py",
        "relay/storage/*.py",
        "relay/storage/migrations/versions/*.py",
        "harness/verify/stored/database.py",
    ),
    "sqlite3": (
        "harness/reliability/disturbances.py",
        "harness/reliability/failpoints.py",
        "harness/reliability/trial_database.py",
        "relay/storage/checkpoints.py",
        "relay/storage/sqlite.py",
        "relay/storage/sqlite_connections.py",
    ),
    "asyncpg": ("relay/storage/postgres_connections.py",),
    "psycopg": (
        "relay/storage/connect_options.py",
        "relay/storage/bounded_connection.py",
        "harness/reliability/trial_database.py",
        "relay/storage/postgres_connections.py",
    ),
    "alembic": (
        "relay/storage/schema.py",
        "relay/storage/migrations/env.py",
        "relay/storage/migrations/versions/*.py",
    ),
    "httptools": ("relay/http_response.py",),
    "aiohappyeyeballs": ("relay/http_client.py",),
    "jwt": ("relay/auth.py", "relay/token_keys.py"),
    "markdown_it": ("relay/markdown.py",),
    "prometheus_client": ("relay/exposition.py",),
    "nh3": ("relay/markdown.py", "harness/verify/stored/html_document.py"),
    "faker": ("mock_ai/planning/fake.py",),
    "jinja2": ("harness/reports/html/template.py",),
    "yaml": ("contracts/source/yaml_text.py",),
    "jsonschema": ("contracts/schema.py",),
    "rich": ("harness/console.py", "harness/progress.py"),
    "brotli": ("mock_ai/request/decoders.py",),
    "backports": ("mock_ai/request/decoders.py",),
    "re2": ("mock_ai/scenario/regular_expressions.py",),
    "trustme": ("mock_ai/tls.py",),
    "uuid_utils": ("relay/dependencies.py",),
    "pytest": ("harness/pytest_plugin/*.py",),
    "schemathesis": ("harness/schemathesis_hooks.py",),
    "hypothesis": ("harness/fuzzing/*.py", "harness/cli/arguments/fuzzing.py"),
    "shtab": ("harness/cli/commands/completion.py",),
    "random": (),
    "time": (
        "mock_ai/playing/exact_clock.py",
        "harness/progress.py",
        "relay/metrics.py",
        "harness/reliability/postgres_server.py",
        "relay/storage/bounded_connection.py",
        "relay/storage/frames_files.py",
        "relay/storage/postgres.py",
        "relay/storage/sqlite.py",
    ),
    "socket": (
        "mock_ai/playing/wire.py",
        "harness/cli/workers.py",
        "harness/reliability/relay_program.py",
        "harness/reliability/visitors.py",
        "relay/broken_replies.py",
        "relay/browser_connection.py",
        "relay/http_client.py",
    ),
}

# What the harness expects of a relay never comes from the reference relay.
MAY_IMPORT_RELAY: Final = (
    "harness/verify/targets/reference.py",
    "harness/reliability/relay_program.py",
    "harness/serving/backend.py",
    "harness/verify/stored/database.py",  # only how a URL is read, with its hosts and password
    "harness/cli/arguments/settings.py",
    "harness/cli/commands/check_prisma.py",
    "harness/cli/commands/migrate.py",
    "harness/http/connection_limits.py",  # only the fair queue
    "harness/cli/commands/relay.py",
    "harness/cli/commands/serve.py",
    "harness/cli/commands/token.py",
    "harness/cli/settings_list.py",
)

MAY_SHARE_A_NAME: Final[Mapping[str, str]] = {}
"""Public classes that two modules define, with the reason."""


BLOCKS: Final = (ast.stmt, ast.excepthandler, ast.match_case)
"""What can have statements in it."""


@cache
def modules() -> tuple[str, ...]:
    """Return every module of the packages as a path from the root."""
    found = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return tuple(sorted(str(path.relative_to(ROOT)) for path in found))


@cache
def tree(module: str) -> ast.Module:
    """Return the syntax tree of a module."""
    return ast.parse((ROOT / module).read_text("utf-8"))


def imports_in(node: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yield the imports in a tree, but not what only a type checker sees: it does not run."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child
        elif isinstance(child, BLOCKS) and not _is_for_a_type_checker(child):
            yield from imports_in(child)


def _is_for_a_type_checker(node: ast.AST) -> bool:
    test = node.test if isinstance(node, ast.If) else None
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"


@cache
def home_of(name: str) -> str:
    """Return the module that a name of `streamproof` comes from, or the name if it is a module."""
    homes = (
        home for home in streamproof._HOMES if name in import_module(f"streamproof.{home}").__all__
    )
    return next(homes, name)


def imported(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield the dotted names that are imported in a tree, with the line.

    A name that comes from `streamproof` itself counts as its module.
    """
    for node in imports_in(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif node.module and not node.level:
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                if node.module == "streamproof":
                    name = f"streamproof.{home_of(alias.name)}"
                yield name, node.lineno


@cache
def imports(module: str) -> tuple[tuple[str, int], ...]:
    """Return the dotted names that a module imports when it runs, with the line."""
    return tuple(imported(tree(module)))


@cache
def importers() -> Mapping[str, list[str]]:
    """Return the modules that import each library, by its name."""
    found = defaultdict(list)
    for module in modules():
        for name in {name.partition(".")[0] for name, _ in imports(module)}:
            found[name].append(module)
    return found


def matches(module: str, pattern: str) -> bool:
    """Tell whether a pattern names the module; `*` does not cross a folder."""
    return re.fullmatch(re.escape(pattern).replace(r"\*", "[^/]*"), module) is not None


def allowed(module: str, patterns: Iterable[str]) -> bool:
    """Tell whether one of the patterns names the module."""
    return any(matches(module, pattern) for pattern in patterns)


def breaks_the_table(module: str, name: str) -> bool:
    """Tell whether the module may not import that dotted name."""
    top, *rest = name.split(".")
    if top == "streamproof":
        return bool(rest) and _breaks_the_table_of_packages(module, rest[0])
    if top in MAY_IMPORT_LIBRARY:
        return not allowed(module, MAY_IMPORT_LIBRARY[top])
    return top in NOT_INSTALLED


def _breaks_the_table_of_packages(module: str, part: str) -> bool:
    package = module.partition("/")[0]
    if part in SHARED or part == package:
        return False
    if part not in MAY_IMPORT_PACKAGE[package]:
        return True
    return package == "harness" and part == "relay" and not allowed(module, MAY_IMPORT_RELAY)


def test_modules_import_only_what_the_tables_allow():
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
        ("contracts/sse.py", "streamproof.relay.turn"),
        ("mock_ai/planning/plan.py", "streamproof.relay"),
        ("relay/turn.py", "streamproof.mock_ai.errors"),
        ("relay/turn.py", "contracts.sse"),
        ("relay/turn.py", "tests.processes"),
        ("relay/turn.py", "aiohttp.web"),
        ("relay/turn.py", "time"),
        ("harness/verify/checks/storing.py", "aiohttp"),
        ("harness/verify/checks/storing.py", "streamproof.relay.turn"),
    ],
)
def test_the_tables_refuse(module, name):
    assert breaks_the_table(module, name)


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("import streamproof.relay.turn as turn", "streamproof.relay.turn"),
        ("from streamproof.relay.turn import Turn", "streamproof.relay.turn.Turn"),
        ("from streamproof import relay", "streamproof.relay"),
        ("from streamproof import MockAI", "streamproof.mock_ai"),
        ("def f():\n    import aiohttp", "aiohttp"),
    ],
)
def test_every_form_of_import_is_seen(statement, name):
    assert [found for found, _ in imported(ast.parse(statement))] == [name]


def test_what_only_a_type_checker_sees_is_not_an_import():
    code = "if TYPE_CHECKING:\n    import aiohttp"
    assert list(imported(ast.parse(code))) == []


def test_star_does_not_cross_a_folder():
    assert matches("relay/log/sqlite.py", "relay/log/*.py")
    assert not matches("relay/storage/migrations/env.py", "relay/storage/*.py")
    assert not matches("relay/log/sqlite.py", "relay/*.py")


@pytest.mark.parametrize(
    ("library", "pattern"),
    [(library, pattern) for library, ones in MAY_IMPORT_LIBRARY.items() for pattern in ones],
)
def test_a_pattern_names_a_module_that_imports_the_library(library, pattern):
    assert any(matches(module, pattern) for module in importers()[library])


@pytest.mark.parametrize("pattern", MAY_IMPORT_RELAY)
def test_a_pattern_names_a_module_that_imports_the_relay(pattern):
    importing = [m for m in modules() for name, _ in imports(m) if "streamproof.relay." in name]
    assert any(matches(module, pattern) for module in importing)


# --- Layers


@cache
def layers(package: str) -> tuple[frozenset[str], ...]:
    """Return the layers of a package as docs/architecture.md has them, the lowest first."""
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    section = page.partition(f"\n### Layers of `{package}`\n")[2].partition("\n#")[0]
    cells = re.findall(r"^\| (`[^|]+) \|", section, re.MULTILINE)
    return tuple(frozenset(re.findall(r"`([\w]+)/?`", cell)) for cell in cells)


def layer_of(package: str, part: str) -> int:
    """Return the layer of a part of a package; `__init__`, which has none, is below all."""
    return next((n for n, layer in enumerate(layers(package)) if part in layer), -1)


def looks_up(package: str, part: str, other: str) -> bool:
    """Tell whether a part of a package may not import another."""
    return (
        part != other
        and layer_of(package, other) >= layer_of(package, part)
        and (package, part, other) not in MAY_LOOK_UP
    )


def parts_imported(module: str) -> Iterator[tuple[str, str, str, int]]:
    """Yield package, part, the imported part of the same package, and the line."""
    package, *rest = module.removesuffix(".py").split("/")
    for name, line in imports(module):
        words = name.split(".")
        if words[:2] == ["streamproof", package] and words[2:]:
            yield package, rest[0], words[2], line


def test_parts_import_only_layers_below_them():
    broken = [
        f"{module}:{line}: {other}"
        for module in modules()
        if module.startswith(LAYERED)
        for package, part, other, line in parts_imported(module)
        if looks_up(package, part, other)
    ]
    assert broken == []


@pytest.mark.parametrize("package", LAYERED)
def test_every_part_has_one_layer(package):
    folder = ROOT / package
    parts = {path.stem for path in folder.glob("*.py") if path.stem != "__init__"}
    parts |= {path.name for path in folder.iterdir() if path.is_dir() and path.name[0] != "_"}
    listed = [part for layer in layers(package) for part in layer]
    assert sorted(listed) == sorted(parts)


@pytest.mark.parametrize("look", MAY_LOOK_UP)
def test_a_look_up_that_is_allowed_is_needed(look):
    package, part, other = look
    found = {
        (a, b, c)
        for module in modules()
        if module.startswith(f"{package}/")
        for a, b, c, _ in parts_imported(module)
    }
    assert look in found
    assert layer_of(package, other) > layer_of(package, part)


@pytest.mark.parametrize(
    ("package", "part", "other"),
    [
        ("mock_ai", "faults", "playing"),
        ("mock_ai", "planning", "library"),
        ("mock_ai", "library", "playing"),
        ("mock_ai", "playing", "control"),
        ("relay", "turn", "routes"),
        ("harness", "reports", "cli"),
        ("harness", "verify", "doctor"),
    ],
)
def test_the_layers_refuse(package, part, other):
    assert looks_up(package, part, other)


# --- Names


def test_no_two_modules_define_public_classes_of_the_same_name():
    homes: dict[str, list[str]] = defaultdict(list)
    for module in modules():
        for node in tree(module).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(module)
    shared = {name: found for name, found in homes.items() if len(found) > 1}
    assert {name: found for name, found in shared.items() if name not in MAY_SHARE_A_NAME} == {}
    assert set(MAY_SHARE_A_NAME) <= set(shared)
