"""Parts: files with steps that several scenarios share, included by a path beside their own.

An error in a part is shown at its place in the part. All errors of a scenario are gathered here,
as one that is found keeps nobody from looking for the next.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar

from streamproof.contracts.source.document import Document, SourceError, load_yaml, problem_error
from streamproof.contracts.source.path import format_path
from streamproof.contracts.validation import validate
from streamproof.mock_ai.errors import InvalidScenario, ScenarioErrors, refused_at
from streamproof.mock_ai.scenario.valid_parts import valid_steps

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamproof.contracts.schema import Schema
    from streamproof.mock_ai.scenario.model import DocumentPath

_T = TypeVar("_T")
_P = ParamSpec("_P")

PART_SUFFIX: Final = ".part.yaml"
MAX_PARTS: Final = 1_000  # parts that include parts could otherwise grow without end


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one scenario, with where in its steps each one stands."""

    document: Document
    schema: Schema
    chain: tuple[Path, ...] = ()
    """The files that include one another, from the scenario's on; empty for mere text."""
    included: dict[DocumentPath, Document] = field(default_factory=dict)
    wanted: dict[Path, None] = field(default_factory=dict)
    """The files that were to be included, also those that could not be, in their order."""
    errors: list[SourceError] = field(default_factory=list)
    """What is wrong with the scenario, as far as it has been looked at."""
    broken: set[DocumentPath] = field(default_factory=set)
    """Where it is wrong, with all that is around such a place."""

    def note(self, at: DocumentPath, *errors: SourceError) -> None:
        """Keep what is wrong at a path."""
        self.errors.extend(errors)
        self.broken.update(at[:length] for length in range(len(at) + 1))

    def refuse(self, path: DocumentPath, message: str, help: str | None = None) -> None:
        """Keep what is wrong at a path, in words."""
        document, place = self.place(path)
        self.note(path, document.error(place, f"{format_path(place)}: {message}", help=help))

    def tried(
        self, at: DocumentPath, make: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs
    ) -> _T | None:
        """Return what a call makes of values at a path; None if it refuses, which is kept."""
        try:
            with refused_at(*at):
                return make(*args, **kwargs)
        except InvalidScenario as error:
            self.refuse(error.path, str(error))
        except ScenarioErrors as error:
            self.note(at, *error.errors)
        return None

    def include(self, name: str, at: DocumentPath) -> tuple[list[Any], Parts]:
        """Return the sound steps of a part, and what resolves the names in it.

        Raises ValueError for a part that cannot be included here, `ScenarioErrors` for no YAML.
        """
        path = self._path(name)
        self.wanted[path] = None
        try:
            document = load_yaml(path)
        except SourceError as error:
            if error.code == "unreadable":
                raise ValueError(f"'{name}' {error.message}") from error
            raise ScenarioErrors([error]) from error
        for problem in validate(document.value, self.schema):
            self.note((*at, *problem.path[1:]), problem_error(document, problem))
        self.included[at] = document
        inside = replace(self, chain=(*self.chain, path))
        steps = document.value.get("steps") if isinstance(document.value, dict) else None
        return valid_steps(steps, at, self.broken), inside

    def _path(self, name: str) -> Path:
        if not self.chain:
            raise ValueError("only a scenario in a file can include another file")
        path = (self.chain[-1].parent / name).resolve()
        if path in self.chain:
            raise ValueError(f"'{name}' includes itself")
        if len(self.included) == MAX_PARTS:
            raise ValueError(f"more than {MAX_PARTS} parts are included")
        return path

    def place(self, path: DocumentPath) -> tuple[Document, DocumentPath]:
        """Return the file in which a value of the scenario stands, and its path there."""
        for length in range(len(path), 0, -1):
            document = self.included.get(path[:length])
            if document is not None:
                return document, ("steps", *path[length:])
        return self.document, path
