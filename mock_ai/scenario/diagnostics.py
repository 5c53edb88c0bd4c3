"""The errors and warnings of one scenario, and which of its values are broken.

They are collected, so that an error in one value does not hide the errors in the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ParamSpec, TypeVar

from streamproof.contracts.source.path import format_path
from streamproof.mock_ai.errors import InvalidScenario, ScenarioErrors, refused_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamproof.contracts.source.document import Document
    from streamproof.contracts.source.errors import SourceError, SourceWarning
    from streamproof.contracts.source.path import DocumentPath

_T = TypeVar("_T")
_P = ParamSpec("_P")


class Diagnostics:
    """Collects errors and warnings of a scenario.

    `locate` returns the document in which a path stands, and the path there.
    """

    def __init__(self, locate: Callable[[DocumentPath], tuple[Document, DocumentPath]]) -> None:
        self.errors: list[SourceError] = []
        self.warnings: list[SourceWarning] = []
        """What works, but should be changed."""
        self.broken: set[DocumentPath] = set()
        """The paths of values with an error, and the paths of everything around them."""
        self._locate = locate

    def add(self, path: DocumentPath, *errors: SourceError) -> None:
        """Collect errors of the value at a path."""
        self.errors.extend(errors)
        self.broken.update(path[:length] for length in range(len(path) + 1))

    def error(
        self, path: DocumentPath, message: str, help: str | None = None, *, key: bool = False
    ) -> None:
        """Collect an error of the value at a path, or with `key` of its key, given in words."""
        document, place = self._locate(path)
        text = f"{format_path(place)}: {message}"
        self.add(path, document.error(place, text, key=key, help=help))

    def warning(self, path: DocumentPath, message: str, *, code: str, help: str) -> None:
        """Collect a warning about the value at a path."""
        document, place = self._locate(path)
        text = f"{format_path(place)}: {message}"
        self.warnings.append(document.warning(place, text, code=code, help=help))

    def catch(
        self, path: DocumentPath, build: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs
    ) -> _T | None:
        """Return what `build` makes of the value at a path.

        If it refuses the value, collect the error and return None.
        """
        try:
            with refused_at(*path):
                return build(*args, **kwargs)
        except InvalidScenario as error:
            self.error(error.path, str(error))
        except ScenarioErrors as error:
            self.add(path, *error.errors)
        return None
