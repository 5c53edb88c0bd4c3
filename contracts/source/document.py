"""Checks documents by a schema, with every error at its line and column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streamproof.contracts.source.errors import SourceError, SourceErrors
from streamproof.contracts.source.path import format_path
from streamproof.contracts.source.yaml_text import Document, load_yaml
from streamproof.contracts.validation import MOST_PROBLEMS, Problem, validate, without_consequences

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamproof.contracts.schema import Schema

__all__ = [
    "Document",
    "SourceError",
    "SourceErrors",
    "document_problems",
    "load_yaml",
    "problem_error",
    "shown_errors",
    "validate_document",
]

MOST_ERRORS: Final = 100
"""The most errors that are shown for one file; further ones mostly follow from the first."""


def validate_document(document: Document, schema: Schema) -> list[SourceError]:
    """Return the errors of a document in the order of the file, at most `MOST_ERRORS` and one."""
    try:
        problems = document_problems(document, schema)
    except SourceErrors as error:
        return error.errors
    return shown_errors(document, [problem_error(document, problem) for problem in problems])


def document_problems(document: Document, schema: Schema) -> list[Problem]:
    """Return what a schema finds in a document, without what only follows from other mistakes.

    Raises `SourceErrors` for a document with `MOST_PROBLEMS` mistakes or more.
    """
    problems = validate(document.value, schema)
    if problems and not document.positions:
        return [Problem((), "the document is empty", "type")]
    found = without_consequences(problems)
    if len(problems) == MOST_PROBLEMS:
        errors = [problem_error(document, problem) for problem in found]
        raise SourceErrors(shown_errors(document, errors, more_follow=True))
    return found


def problem_error(document: Document, problem: Problem) -> SourceError:
    """Return what a schema found in a document as an error at its place."""
    where = format_path(problem.path)
    return document.error(
        problem.path,
        f"{where}: {problem.message}" if where else problem.message,
        key=problem.at_key,
        help=problem.help,
        code=problem.code,
    )


def shown_errors(
    document: Document, errors: Iterable[SourceError], *, more_follow: bool = False
) -> list[SourceError]:
    """Sort errors, drop equal ones, and cut the list after `MOST_ERRORS`.

    The errors of the document are first, then those of the files that it includes; each file's
    errors are in its order. One more error, at the place of the first one that is cut off, says
    how many are not shown; with `more_follow`, it says that there are at least as many.
    """
    once = {str(error): error for error in errors}.values()
    found = sorted(once, key=lambda e: (e.file != document.file, e.file, e.line, e.column))
    if len(found) <= MOST_ERRORS:
        return found
    more = found[MOST_ERRORS].standing_for(len(found) - MOST_ERRORS, at_least=more_follow)
    return [*found[:MOST_ERRORS], more]
