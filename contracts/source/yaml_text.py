"""YAML text as plain values that know their place: every error can say file, line and column.

Scalars mean what YAML 1.2 says (`on`, `no` and `12:30` are text, `010` is ten). Refused are
duplicate keys, tags, a second document, numbers without a JSON form, and what could explode.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import yaml

from streamproof.contracts.amounts import counted
from streamproof.contracts.errors import SourceError
from streamproof.contracts.source.scalars import core_value

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_FILE_BYTES: Final = 16 * 1_048_576
MAX_DEPTH: Final = 64
MAX_NODES: Final = 1_000_000  # aliases count as often as they are used

DocumentPath: TypeAlias = tuple[str | int, ...]
Marks: TypeAlias = tuple[int, int, int, int]

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LINE_END: Final = re.compile("\r\n|\n|\r")
_ODD: Final = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)
_STRING_TAGS: Final = (None, "!", "tag:yaml.org,2002:str")


class SourcePosition(NamedTuple):
    """Where a value stands, and its key where it has one."""

    value: Marks
    key: Marks | None


@dataclass(frozen=True)
class Document:
    """The value of a YAML file, with the place of everything in it."""

    value: Any
    file: str
    text: str = field(repr=False)
    places: dict[DocumentPath, SourcePosition] = field(repr=False)

    def error(
        self,
        path: DocumentPath,
        message: str,
        *,
        key: bool = False,
        help: str | None = None,
        code: str = "meaning",
    ) -> SourceError:
        """Build an error at a path, at its key if asked; what is missing stands at its parent."""
        whole = path
        while path not in self.places and path:
            path = path[:-1]
        place = self.places.get(path, SourcePosition((1, 1, 1, 1), None))
        at_key = key or path != whole
        marks = place.key if at_key and place.key else place.value
        return _error(message, self.file, self.text, marks, code=code, help=help)


def load_yaml(source: Path | str, *, file: str = "<text>") -> Document:
    """Read a YAML file (a `Path`) or YAML text (a `str`, known as `file` in errors).

    Raises `SourceError` for the first thing that keeps it from being read.
    """
    if isinstance(source, Path):
        file, source = str(source), _read(source)
    text = source.removeprefix("\ufeff")
    _refuse_odd_characters(text, file)
    try:
        return _Reader(text, file).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = " ".join(part for part in (error.context, error.problem) if part)
        at = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise _error(message, file, text, (*at, *at), code="yaml-syntax") from error


def _read(path: Path) -> str:
    try:
        raw = path.read_bytes()
        if len(raw) > MAX_FILE_BYTES:
            message = f"the file has {counted(len(raw), 'byte')}, more than {MAX_FILE_BYTES}"
            raise SourceError(message, file=str(path), code="too-large")
        return raw.decode()
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise SourceError(message, file=str(path), code="unreadable") from error
    except UnicodeDecodeError as error:
        good = raw[: error.start].decode()
        raise _at_offset("not UTF-8", str(path), good, len(good), "not-utf-8") from error


def _refuse_odd_characters(text: str, file: str) -> None:
    """Refuse what YAML refuses, and the line ends of YAML 1.1, which would change text silently."""
    odd = _ODD.search(text)
    if odd:
        code_point = ord(odd[0])
        message = f"U+{code_point:04X} cannot stand here as itself"
        advice = f'write it as \\u{code_point:04X} inside "double quotes"'
        raise _at_offset(message, file, text, odd.start(), "yaml-character", help=advice)


class _Reader:
    """Builds the value and the places from the parser's events in one pass."""

    def __init__(self, text: str, file: str) -> None:
        self._text = text
        self._file = file
        self._events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)
        self._places: dict[DocumentPath, SourcePosition] = {}
        self._anchors: dict[str, tuple[object, int]] = {}
        self._nodes = 0

    def document(self) -> Document:
        value = None
        found: Any = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if found:
                    raise self._refused(event, "a second document", "yaml-syntax")
                found = event
            elif isinstance(event, yaml.NodeEvent):
                value = self._node(event, ())
        return Document(value, self._file, self._text, self._places)

    def _node(self, event: yaml.NodeEvent, path: DocumentPath, key: Marks | None = None) -> object:
        before = self._nodes
        self._count(event, 1)
        if len(path) > MAX_DEPTH:
            raise self._refused(event, f"nested deeper than {MAX_DEPTH}", "too-deep")
        value, end = self._value(event, path)
        self._places[path] = SourcePosition(_marks(event, end), key)
        if event.anchor and not isinstance(event, yaml.AliasEvent):
            self._anchors[event.anchor] = (value, self._nodes - before)
        return value

    def _value(self, event: yaml.NodeEvent, path: DocumentPath) -> tuple[object, yaml.Event]:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event), event
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event), event
        if isinstance(event, yaml.CollectionStartEvent) and event.tag is not None:
            raise self._refused(event, f"tags are not supported: {event.tag}", "tag")
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        return self._mapping(path)

    def _sequence(self, path: DocumentPath) -> tuple[list[object], yaml.Event]:
        items: list[object] = []
        for event in self._events:
            if isinstance(event, yaml.SequenceEndEvent):
                return items, event
            items.append(self._node(event, (*path, len(items))))
        raise AssertionError("the parser ends what it starts")

    def _mapping(self, path: DocumentPath) -> tuple[dict[str, object], yaml.Event]:
        found: dict[str, object] = {}
        for event in self._events:
            if isinstance(event, yaml.MappingEndEvent):
                return found, event
            key = self._key(event)
            if key in found:
                first = self._places[(*path, key)].key or (0, 0, 0, 0)
                message = f"duplicate key '{key}', first used in line {first[0]}"
                raise self._refused(event, message, "duplicate-key")
            found[key] = self._node(next(self._events), (*path, key), _marks(event, event))
        raise AssertionError("the parser ends what it starts")

    def _key(self, event: yaml.Event) -> str:
        """Take a key as the text that stands there, whatever it looks like."""
        if not isinstance(event, yaml.ScalarEvent):
            raise self._refused(event, "a key must be plain text", "key")
        return str(event.value)

    def _alias(self, event: yaml.AliasEvent) -> object:
        if event.anchor not in self._anchors:
            raise self._refused(event, f"unknown alias '*{event.anchor}'", "alias")
        value, nodes = self._anchors[event.anchor]
        self._count(event, nodes)
        return value

    def _scalar(self, event: yaml.ScalarEvent) -> str | int | float | bool | None:
        if event.tag not in _STRING_TAGS:
            raise self._refused(event, f"tags are not supported: {event.tag}", "tag")
        if event.tag is not None or not event.implicit[0]:
            return str(event.value)
        try:
            return core_value(event.value)
        except ValueError as error:
            raise self._refused(event, str(error), "number") from error

    def _count(self, event: yaml.Event, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise self._refused(event, f"more than {MAX_NODES} values", "too-large")

    def _refused(self, event: yaml.Event, message: str, code: str) -> SourceError:
        return _error(message, self._file, self._text, _marks(event, event), code=code)


def _marks(start: yaml.Event, end: yaml.Event) -> Marks:
    first, last = start.start_mark, end.end_mark
    if first is None or last is None:  # only events made by hand have none
        return (1, 1, 1, 1)
    return (first.line + 1, first.column + 1, last.line + 1, last.column + 1)


def _at_offset(
    message: str, file: str, text: str, offset: int, code: str, help: str | None = None
) -> SourceError:
    before = _LINE_END.split(text[:offset])
    at = (len(before), len(before[-1]) + 1)
    return _error(message, file, text, (*at, at[0], at[1] + 1), code=code, help=help)


def _error(
    message: str, file: str, text: str, marks: Marks, *, code: str, help: str | None = None
) -> SourceError:
    """Build the error; the parser may point past the last line, which is then the last line."""
    lines = _LINE_END.split(text)
    while len(lines) > 1 and not lines[-1]:
        lines.pop()
    line, column, end_line, end_column = marks
    if line > len(lines):
        line = end_line = len(lines)
        column = end_column = len(lines[-1]) + 1
    span = (line, column, end_line, end_column)
    return SourceError(message, file=file, code=code, span=span, help=help, text=lines[line - 1])
