"""YAML text as plain values with their places, so that an error can name file, line and column.

Scalars mean what YAML 1.2 says: `on`, `no` and `12:30` are text, and `010` is ten.
Not supported are duplicate keys, tags, a second document, numbers that JSON cannot write, and
aliases that expand to very many values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import yaml

from streamproof.contracts.files import read_at_most, system_problem
from streamproof.contracts.source.errors import SourceError, SourceWarning
from streamproof.contracts.source.scalars import core_value
from streamproof.contracts.source.surrogate_pairs import with_marks, without_marks
from streamproof.contracts.source.yaml_problems import yaml_problem
from streamproof.contracts.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamproof.contracts.source.errors import Span
    from streamproof.contracts.source.path import DocumentPath

_Error = TypeVar("_Error", bound=SourceError)

MAX_FILE_BYTES: Final = 16 * 1_048_576
MAX_DEPTH: Final = 64
MAX_NODES: Final = 1_000_000  # an alias counts each time that it is used

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LINE_END: Final = re.compile("\r\n|\n|\r")
# Characters that YAML does not allow, and the line ends of YAML 1.1, which would change text.
_UNSUPPORTED: Final = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)
_STRING_TAGS: Final = (None, "!", "tag:yaml.org,2002:str")
_FIRST_CHARACTER: Final = (1, 1, 1, 1)


class SourcePosition(NamedTuple):
    """Where a value is in the text, and where its key is if it has one."""

    value: Span
    key: Span | None


@dataclass(frozen=True)
class Document:
    """The value of a YAML file, and the position of every value in it."""

    value: Any
    file: str
    text: str = field(repr=False)
    positions: dict[DocumentPath, SourcePosition] = field(repr=False)

    @cached_property
    def _lines(self) -> list[str]:
        return _lines_of(self.text)

    def error(
        self,
        path: DocumentPath,
        message: str,
        *,
        key: bool = False,
        help: str | None = None,
        code: str = "meaning",
    ) -> SourceError:
        """Return an error at the value of a path, or with `key` at its key.

        The error about a path that does not exist is at the nearest parent that does.
        """
        span = self._span(path, key=key)
        return _at_span(SourceError, message, self.file, self._lines, span, code=code, help=help)

    def warning(
        self, path: DocumentPath, message: str, *, code: str, help: str | None = None
    ) -> SourceWarning:
        """Return a warning at the key of a path, or at its value if it has no key."""
        span = self._span(path, key=True)
        return _at_span(SourceWarning, message, self.file, self._lines, span, code=code, help=help)

    def _span(self, path: DocumentPath, *, key: bool) -> Span:
        existing = path
        while existing not in self.positions and existing:
            existing = existing[:-1]
        position = self.positions.get(existing, SourcePosition(_FIRST_CHARACTER, None))
        at_key = key or existing != path
        return position.key if at_key and position.key else position.value


def load_yaml(source: Path | str, *, file: str = "<text>") -> Document:
    """Read a YAML file (a `Path`) or YAML text (a `str`, which errors call `file`).

    Raises `SourceError` for the first mistake that prevents reading.
    """
    if isinstance(source, Path):
        file, source = str(source), read_source(source)
    text = source.removeprefix("\ufeff")
    _check_characters(text, file)
    try:
        return _Reader(text, file).document()
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(error, file, text) from error


def _syntax_error(error: yaml.MarkedYAMLError, file: str, text: str) -> SourceError:
    message, advice, line, column = yaml_problem(error, text)
    span = (line, column, line, column)
    return _at_span(
        SourceError, message, file, _lines_of(text), span, code="yaml-syntax", help=advice
    )


def read_source(path: Path) -> str:
    """Return the text of a file; raises `SourceError` if it cannot be read, or is not UTF-8."""
    try:
        raw = read_at_most(path, MAX_FILE_BYTES + 1)
        if len(raw) > MAX_FILE_BYTES:
            message = f"the file has more than {counted(MAX_FILE_BYTES, 'byte')}"
            raise SourceError(message, file=str(path), code="too-large")
        return raw.decode()
    except OSError as error:
        message = f"cannot be read: {system_problem(error)}"
        raise SourceError(message, file=str(path), code="unreadable") from error
    except UnicodeDecodeError as error:
        valid = raw[: error.start].decode()
        raise _at_offset(
            "the file is not UTF-8 from here on", str(path), valid, len(valid), code="not-utf-8"
        ) from error


def _check_characters(text: str, file: str) -> None:
    found = _UNSUPPORTED.search(text)
    if found:
        escape = f"\\u{ord(found[0]):04x}"
        message = f"the character U+{ord(found[0]):04X} must be written as an escape"
        advice = f'write {escape} inside "double quotes"'
        raise _at_offset(message, file, text, found.start(), code="yaml-character", help=advice)


class _Reader:
    """Builds the value and the positions in one pass over the events of the parser."""

    def __init__(self, text: str, file: str) -> None:
        self._text = text
        self._file = file
        self._events: Iterator[Any] = yaml.parse(with_marks(text), Loader=_LOADER)
        self._positions: dict[DocumentPath, SourcePosition] = {}
        self._anchors: dict[str, tuple[object, int]] = {}  # a value, and how many nodes it has
        self._nodes = 0

    def document(self) -> Document:
        value = None
        found: Any = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if found:
                    raise self._error(
                        event, "wanted one document, found a second one", code="yaml-syntax"
                    )
                found = event
            elif isinstance(event, yaml.NodeEvent):
                value = self._node(event, ())
        return Document(value, self._file, self._text, self._positions)

    def _node(self, event: yaml.NodeEvent, path: DocumentPath, key: Span | None = None) -> object:
        before = self._nodes
        self._count(event, 1)
        if len(path) > MAX_DEPTH:
            raise self._error(event, f"nested deeper than {MAX_DEPTH} levels", code="too-deep")
        value, end = self._value(event, path)
        self._positions[path] = SourcePosition(_span(event, end), key)
        if event.anchor and not isinstance(event, yaml.AliasEvent):
            self._anchors[event.anchor] = (value, self._nodes - before)
        return value

    def _value(self, event: yaml.NodeEvent, path: DocumentPath) -> tuple[object, yaml.Event]:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event), event
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event), event
        if isinstance(event, yaml.CollectionStartEvent) and event.tag is not None:
            raise self._error(event, f"tags are not supported: {event.tag}", code="tag")
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        return self._mapping(path)

    def _sequence(self, path: DocumentPath) -> tuple[list[object], yaml.Event]:
        items: list[object] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, (*path, len(items))))
        return items, event

    def _mapping(self, path: DocumentPath) -> tuple[dict[str, object], yaml.Event]:
        found: dict[str, object] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event)
            if key in found:
                first = self._positions[(*path, key)].key or _FIRST_CHARACTER
                message = f"duplicate key '{key}', first used in line {first[0]}"
                raise self._error(event, message, code="duplicate-key")
            found[key] = self._node(next(self._events), (*path, key), _span(event, event))
        return found, event

    def _key(self, event: yaml.Event) -> str:
        """Return a key as text, also if it looks like a number or `true`."""
        if not isinstance(event, yaml.ScalarEvent):
            raise self._error(event, "a key must be plain text", code="key")
        return _text_of(event)

    def _alias(self, event: yaml.AliasEvent) -> object:
        if event.anchor not in self._anchors:
            raise self._error(event, f"unknown alias '*{event.anchor}'", code="alias")
        value, nodes = self._anchors[event.anchor]
        self._count(event, nodes)
        return value

    def _scalar(self, event: yaml.ScalarEvent) -> str | int | float | bool | None:
        if event.tag not in _STRING_TAGS:
            raise self._error(event, f"tags are not supported: {event.tag}", code="tag")
        if event.tag is not None or not event.implicit[0]:
            return _text_of(event)
        try:
            return core_value(_text_of(event))
        except ValueError as error:
            raise self._error(event, str(error), code="number") from error

    def _count(self, event: yaml.Event, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise self._error(event, f"more than {MAX_NODES} values", code="too-large")

    def _error(self, event: yaml.Event, message: str, *, code: str) -> SourceError:
        lines, span = _lines_of(self._text), _span(event, event)
        return _at_span(SourceError, message, self._file, lines, span, code=code)


def _text_of(scalar: yaml.ScalarEvent) -> str:
    return without_marks(str(scalar.value), in_double_quotes=scalar.style == '"')


def _span(start: Any, end: Any) -> Span:  # noqa: ANN401 - events of the parser, which have marks
    first, last = start.start_mark, end.end_mark
    return (first.line + 1, first.column + 1, last.line + 1, last.column + 1)


def _at_offset(
    message: str, file: str, text: str, offset: int, *, code: str, help: str | None = None
) -> SourceError:
    before = _LINE_END.split(text[:offset])
    at = (len(before), len(before[-1]) + 1)
    span = (*at, at[0], at[1] + 1)
    return _at_span(SourceError, message, file, _lines_of(text), span, code=code, help=help)


def _lines_of(text: str) -> list[str]:
    """Return the lines of a text, without empty ones at its end."""
    lines = _LINE_END.split(text)
    while len(lines) > 1 and not lines[-1]:
        lines.pop()
    return lines


def _at_span(
    kind: type[_Error],
    message: str,
    file: str,
    lines: list[str],
    span: Span,
    *,
    code: str,
    help: str | None = None,
) -> _Error:
    """Build an error or a warning with its line; a place behind the text is the end of the text."""
    line, column, end_line, end_column = span
    if line > len(lines):
        line = end_line = len(lines)
        column = end_column = len(lines[-1]) + 1
    span = (line, column, end_line, end_column)
    return kind(message, file=file, code=code, span=span, help=help, text=lines[line - 1])


def flow_yaml(value: object) -> str:
    """Write a value in the flow style of YAML, in one line; a text stays as it is."""
    if isinstance(value, str):
        return value
    flow = yaml.safe_dump(value, default_flow_style=True, width=inf, sort_keys=False)
    return flow.partition("\n")[0]
