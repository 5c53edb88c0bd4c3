"""The errors of streamproof as the text of a failed test, without a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamproof.contracts.source.errors import SourceErrors
from streamproof.harness.cli.problems import problem_paragraphs
from streamproof.mock_ai.errors import ScenarioErrors

if TYPE_CHECKING:
    from streamproof.errors import StreamproofError


def error_text(error: StreamproofError) -> str:
    """Return an error in words; those of a file have their line with a caret."""
    if isinstance(error, ScenarioErrors | SourceErrors):
        return "\n\n".join(problem_paragraphs(error.errors))
    return str(error)
