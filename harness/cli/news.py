"""What `serve` reports about scenarios while it runs: as lines for people, or in a JSON log."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Final, Protocol

from streamproof.contracts.text import visible
from streamproof.harness.cli.commands.mock import print_reload
from streamproof.harness.cli.problems import left_out, print_library
from streamproof.harness.cli.request_lines import advice_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from streamproof.contracts.source.errors import SourceError
    from streamproof.mock_ai.library.library import Library
    from streamproof.mock_ai.library.reload import Reloaded
    from streamproof.mock_ai.serving.matching import Unmatched

_LOG: Final = logging.getLogger("streamproof.serve")


class News(Protocol):
    """Reports what a user should know about the scenarios."""

    def loaded(self, library: Library, folders: Sequence[Path]) -> None:
        """Report the problems of a library, and what is not a scenario in its folders."""

    def reloaded(self, reloaded: Reloaded) -> None:
        """Report which scenarios changed, and the problems of the changed files."""

    def unmatched(self, found: Unmatched) -> None:
        """Report a request that no scenario answered."""


class PrintedNews:
    """Prints lines to standard error."""

    def loaded(self, library: Library, folders: Sequence[Path]) -> None:
        """Print the first problems with their carets."""
        print_library(library, folders)

    def reloaded(self, reloaded: Reloaded) -> None:
        """Print the first problems with their carets, then the names."""
        print_reload(reloaded)

    def unmatched(self, found: Unmatched) -> None:
        """Print a line."""
        print(visible(_refused(found)), file=sys.stderr)


class LoggedNews:
    """Writes a record of the log for each of them."""

    def loaded(self, library: Library, folders: Sequence[Path]) -> None:
        """Log every problem."""
        for line in left_out(folders):
            _LOG.warning("%s", line)
        _log_problems(library.errors, library.warnings)

    def reloaded(self, reloaded: Reloaded) -> None:
        """Log every problem and every name; a broken file is an error, a change is a warning."""
        _log_problems(reloaded.errors, reloaded.warnings)
        for change, names in (("reloaded", reloaded.loaded), ("removed", reloaded.removed)):
            for name in names:
                _LOG.warning("scenario %s: %s", change, name)

    def unmatched(self, found: Unmatched) -> None:
        """Log a warning."""
        _LOG.warning("%s", _refused(found))


def _refused(found: Unmatched) -> str:
    return f"{found.message}{advice_of(found.as_json())}"


def _log_problems(errors: Iterable[SourceError], warnings: Iterable[SourceError]) -> None:
    for error in errors:
        _LOG.error("%s", error.render())
    for warning in warnings:
        _LOG.warning("%s", warning.render())
