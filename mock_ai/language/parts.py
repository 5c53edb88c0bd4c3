"""Parts: files with steps that several scenarios share, included by a path beside their own.

An error in a part is shown at its place in the part.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from contracts.source import Document, SourceError, load_yaml, validate_document
from mock_ai.errors import ScenarioErrors

if TYPE_CHECKING:
    from contracts.schema import Schema
    from mock_ai.language.scenario import PathInFile

PART_SUFFIX: Final = ".part.yaml"
MAX_PARTS: Final = 1_000  # parts that include parts could otherwise grow without end


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one scenario, with where in its steps each one stands."""

    document: Document
    schema: Schema
    chain: tuple[Path, ...] = ()
    """The files that include one another, from the scenario's on; empty for mere text."""
    included: dict[PathInFile, Document] = field(default_factory=dict)
    wanted: dict[Path, None] = field(default_factory=dict)
    """The files that were to be included, also those that could not be, in their order."""

    def include(self, name: str, at: PathInFile) -> tuple[Any, Parts]:
        """Return the steps of a part, and what resolves the names in it.

        Raises ValueError for a part that cannot be included here, `ScenarioErrors` for a wrong one.
        """
        path = self._path(name)
        self.wanted[path] = None
        try:
            document = load_yaml(path)
        except SourceError as error:
            if error.code == "unreadable":
                raise ValueError(f"'{name}' {error.message}") from error
            raise ScenarioErrors([error]) from error
        errors = validate_document(document, self.schema)
        if errors:
            raise ScenarioErrors(errors)
        self.included[at] = document
        inside = replace(self, chain=(*self.chain, path))
        return document.value["steps"], inside

    def _path(self, name: str) -> Path:
        if not self.chain:
            raise ValueError("only a scenario in a file can include another file")
        path = (self.chain[-1].parent / name).resolve()
        if path in self.chain:
            raise ValueError(f"'{name}' includes itself")
        if len(self.included) == MAX_PARTS:
            raise ValueError(f"more than {MAX_PARTS} parts are included")
        return path

    def place(self, path: PathInFile) -> tuple[Document, PathInFile]:
        """Return the file in which a value of the scenario stands, and its path there."""
        for length in range(len(path), 0, -1):
            document = self.included.get(path[:length])
            if document is not None:
                return document, ("steps", *path[length:])
        return self.document, path
