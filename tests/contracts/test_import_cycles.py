"""The modules of the package do not import each other in a circle, not even for types."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "contracts"


def imports_of(path: Path) -> set[str]:
    """Return the modules that a module imports, also under TYPE_CHECKING."""
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    return {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}


def test_no_module_imports_itself_through_others():
    graph = {}
    for path in FOLDER.rglob("*.py"):
        if path.parent != FOLDER or path.stem != "__init__":
            module = ".".join(path.relative_to(FOLDER.parent).with_suffix("").parts)
            graph[f"streamproof.{module}"] = imports_of(path)

    order = [*TopologicalSorter(graph).static_order()]
    assert order.index("streamproof.contracts.errors") < order.index("streamproof.contracts.sse")
