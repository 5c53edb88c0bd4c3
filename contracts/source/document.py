"""Files that people write: read, checked by a schema, every error at its line and column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streamproof.contracts.errors import SourceError
from streamproof.contracts.source.yaml_text import Document, load_yaml
from streamproof.contracts.spelling import did_you_mean
from streamproof.contracts.validation import path_in_words, validate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamproof.contracts.schema import Schema
    from streamproof.contracts.validation import Problem

__all__ = [
    "Document",
    "SourceError",
    "did_you_mean",
    "load_yaml",
    "problem_error",
    "shown_errors",
    "validate_document",
]

MOST_ERRORS: Final = 100
"""Errors shown for one file; after so many, the rest are mostly echoes."""


def validate_document(document: Document, schema: Schema) -> list[SourceError]:
    """Check a document; returns what is wrong in the order of the file, as `shown_errors` does."""
    problems = validate(document.value, schema)
    return shown_errors(document, [problem_error(document, problem) for problem in problems])


def problem_error(document: Document, problem: Problem) -> SourceError:
    """Return what a schema has against a document as an error at its place."""
    words = path_in_words(problem.path)
    return document.error(
        problem.path,
        f"{words}: {problem.message}" if words else problem.message,
        key=problem.at_key,
        help=problem.help,
        code=problem.code,
    )


def shown_errors(document: Document, errors: Iterable[SourceError]) -> list[SourceError]:
    """Put errors in the order of the file, then of those that it includes, each once; cut a list.

    What is cut off is one more error, at the place of the first that is not shown.
    """
    once = {str(error): error for error in errors}.values()
    found = sorted(once, key=lambda e: (e.file != document.file, e.file, e.line, e.column))
    if len(found) <= MOST_ERRORS:
        return found
    more = found[MOST_ERRORS].counting(len(found) - MOST_ERRORS)
    return [*found[:MOST_ERRORS], more]
