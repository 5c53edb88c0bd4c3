"""The texts of errors and findings in the code, found in its syntax tree."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).resolve().parents[2]
PACKAGES: Final = ("contracts", "mock_ai", "relay", "harness")
REPORTING: Final = (
    "Error",
    "Errors",
    "Problem",
    "Finding",
    "error",
    "warning",
    "_add",
    "_add_here",
)
"""The ends of the names of calls that report a mistake to a user."""
SHORTEST_WORDS: Final = 2
"""A message has at least this many words; a shorter text is a name or a key."""


@dataclass(frozen=True, slots=True)
class MessageInCode:
    """A text in the code; `{…}` stands for what is filled in."""

    place: str
    text: str

    def __str__(self) -> str:
        """Return the place and the text in one line."""
        return f"{self.place}: {self.text}"


def messages_in_code() -> Iterator[MessageInCode]:
    """Yield the messages of all packages, in the order of their files."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            place = path.relative_to(ROOT).as_posix()
            yield from messages_of(path.read_text("utf-8"), place)


def messages_of(code: str, place: str) -> Iterator[MessageInCode]:
    """Yield the messages of one module, in the order of their lines."""
    texts = {text for node in ast.walk(ast.parse(code)) for text in _reported(node)}
    for text in sorted(texts, key=lambda one: (one.lineno, one.col_offset)):
        words = _written(text).split()
        if len(words) >= SHORTEST_WORDS:
            yield MessageInCode(f"{place}:{text.lineno}", " ".join(words))


def _reported(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the texts that a statement or a call reports."""
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        yield from _texts(node.exc)
    elif isinstance(node, ast.Call) and _name(node.func).endswith(REPORTING):
        yield from _texts(node)
    elif isinstance(node, ast.Assign) and _name(node.targets[0]) in {
        "message",
        "problem",
        "advice",
    }:
        yield from _texts(node.value)
    elif isinstance(node, ast.FunctionDef) and node.name.endswith(("problem", "problems", "_text")):
        for inner in ast.walk(node):
            if isinstance(inner, ast.Return | ast.Yield) and inner.value is not None:
                yield from _texts(inner.value)


def _texts(node: ast.expr) -> Iterator[ast.expr]:
    """Yield the outermost texts in an expression."""
    if isinstance(node, ast.JoinedStr) or _is_text(node):
        yield node
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.keyword):
            yield from _texts(child.value)
        elif isinstance(child, ast.expr):
            yield from _texts(child)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _written(node: ast.expr) -> str:
    """Return a text as it is written, with names in braces for what is filled in."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_written(part) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return f"{{{ast.unparse(node.value)}}}"
    return str(node.value) if isinstance(node, ast.Constant) else ""


def _name(node: ast.expr) -> str:
    """Return the last part of a name."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
