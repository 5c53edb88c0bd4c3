"""Included files: steps that several scenarios share.

The path of an included file is relative to the file that includes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from streamproof.contracts.source.document import (
    Document,
    SourceError,
    SourceErrors,
    document_problems,
    load_yaml,
    problem_error,
)
from streamproof.mock_ai.errors import ScenarioErrors

if TYPE_CHECKING:
    from streamproof.contracts.schema import Schema
    from streamproof.contracts.source.path import DocumentPath

MAX_INCLUDES: Final = 1_000  # files that include files could otherwise grow without end


class IncludedSteps(NamedTuple):
    """The steps of an included file, not yet checked, and its errors by path in the scenario."""

    steps: object
    errors: tuple[tuple[DocumentPath, SourceError], ...]


class Includes:
    """Reads the files that a scenario includes, and knows where in its steps each one stands.

    `schema` returns the schema of an included file.
    """

    def __init__(self, document: Document, schema: Callable[[], Schema], path: Path | None) -> None:
        self._document = document
        self._schema = schema
        self._path = None if path is None else path.resolve()
        self._included: dict[DocumentPath, tuple[Path, Document]] = {}
        self._requested: dict[Path, None] = {}

    @property
    def requested(self) -> tuple[Path, ...]:
        """The files that were to be included, in order, with those that could not be read."""
        return tuple(self._requested)

    def load(self, name: str, at: DocumentPath) -> IncludedSteps:
        """Read the file that the step at a path includes.

        Raises ValueError for a file that cannot be included here, and `ScenarioErrors` for a file
        that is not valid YAML.
        """
        path = self._resolve(name, at)
        self._requested[path] = None
        try:
            document = load_yaml(path)
        except SourceError as error:
            if error.code == "unreadable":
                raise ValueError(f"'{name}' {error.message}") from error
            raise ScenarioErrors([error]) from error
        self._included[at] = path, document
        try:
            problems = document_problems(document, self._schema())
        except SourceErrors as error:
            raise ScenarioErrors(error.errors) from error
        errors = tuple(((*at, *p.path[1:]), problem_error(document, p)) for p in problems)
        steps = document.value.get("steps") if isinstance(document.value, dict) else None
        return IncludedSteps(steps, errors)

    def locate(self, path: DocumentPath) -> tuple[Document, DocumentPath]:
        """Return the document in which a value of the scenario stands, and its path there."""
        for length in range(len(path), 0, -1):
            included = self._included.get(path[:length])
            if included is not None:
                return included[1], ("steps", *path[length:])
        return self._document, path

    def _resolve(self, name: str, at: DocumentPath) -> Path:
        including = list(self._files_around(at))
        if not including:
            raise ValueError("only a scenario in a file can include another file")
        path = (including[-1].parent / name).resolve()
        if path in including:
            raise ValueError(f"'{name}' includes itself")
        if len(self._included) == MAX_INCLUDES:
            raise ValueError(f"more than {MAX_INCLUDES} files are included")
        return path

    def _files_around(self, at: DocumentPath) -> Iterator[Path]:
        """Yield the files that a path is in, from the scenario's file to the innermost one."""
        if self._path is not None:
            yield self._path
        for length in range(1, len(at)):
            included = self._included.get(at[:length])
            if included is not None:
                yield included[0]
