"""TOML files as plain values with the lines of their keys, so that an error can name its place."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any, Final

from streamproof.contracts.source.errors import SourceError
from streamproof.contracts.source.yaml_text import Document, SourcePosition, read_source

if TYPE_CHECKING:
    from pathlib import Path

    from streamproof.contracts.source.path import DocumentPath

_TABLE: Final = re.compile(r"\s*\[(?P<path>[^\[\]]+)\]")
_KEY: Final = re.compile(r"""\s*(?P<path>[\w"'.-]+(?:\s*\.\s*[\w"'-]+)*)\s*=\s*(?P<value>.*)""")
_PART: Final = re.compile(r""""([^"]*)"|'([^']*)'|([\w-]+)""")
_PLACE: Final = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def load_toml(path: Path) -> Document:
    """Read a TOML file; raises `SourceError` if it cannot be read or is not TOML."""
    return parse_toml(read_source(path).removeprefix("\ufeff"), str(path))


def parse_toml(text: str, file: str = "<text>") -> Document:
    """Read TOML text, which errors call `file`; raises `SourceError`."""
    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(str(error), text, file) from error
    except RecursionError as error:
        message = "values are nested too deeply"
        raise SourceError(message, file=file, code="too-deep") from error
    return Document(value, file, text, _positions(value, text))


def _syntax_error(problem: str, text: str, file: str) -> SourceError:
    lines = text.splitlines() or [""]
    place = _PLACE.search(problem)
    if place and place[1]:
        line, column = int(place[1]), int(place[2])
    else:
        line, column = len(lines), len(lines[-1]) + 1
    message = _PLACE.sub("", problem)
    return SourceError(
        f"{message[:1].lower()}{message[1:]}",
        file=file,
        code="toml-syntax",
        span=(line, column, line, column + 1),
        text=lines[min(line, len(lines)) - 1],
    )


def _positions(value: Any, text: str) -> dict[DocumentPath, SourcePosition]:  # noqa: ANN401  # any TOML value
    """Return the places of the tables, and of the keys that stand at the beginning of a line."""
    found: dict[DocumentPath, SourcePosition] = {(): SourcePosition((1, 1, 1, 1), None)}
    table: DocumentPath = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if head := _TABLE.match(line):
            table = _parts(head["path"])
            span = (number, head.start("path") + 1, number, head.end("path") + 1)
            for length in range(1, len(table) + 1):  # a table also makes those around it
                if _exists(value, table[:length]):
                    found.setdefault(table[:length], SourcePosition(span, span))
        elif key := _KEY.match(line):
            path = (*table, *_parts(key["path"]))
            span = (number, key.start("path") + 1, number, key.end("path") + 1)
            of_value = (number, key.start("value") + 1, number, len(line.rstrip()) + 1)
            if _exists(value, path):
                found[path] = SourcePosition(of_value, span)
    return found


def _parts(path: str) -> DocumentPath:
    return tuple(next(filter(None, found.groups()), "") for found in _PART.finditer(path))


def _exists(value: Any, path: DocumentPath) -> bool:  # noqa: ANN401  # any TOML value
    for part in path:
        if not isinstance(value, dict) or part not in value:
            return False
        value = value[part]
    return True
