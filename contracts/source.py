"""Files that people write: read, checked by a schema, every error at its line and column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from contracts.errors import SourceError
from contracts.spelling import did_you_mean
from contracts.validation import path_in_words, validate
from contracts.yaml_text import Document, load_yaml

if TYPE_CHECKING:
    from contracts.schema import Schema

__all__ = ["Document", "SourceError", "did_you_mean", "load_yaml", "validate_document"]

MOST_ERRORS: Final = 20
"""Errors shown for one file; after so many, the rest are mostly echoes."""


def validate_document(document: Document, schema: Schema) -> list[SourceError]:
    """Check a document; returns what is wrong in the order of the file, at most 20 errors."""
    errors = [
        document.error(
            problem.path,
            f"{path_in_words(problem.path)}: {problem.message}"
            if problem.path
            else problem.message,
            key=problem.at_key,
            help=problem.help,
            code=problem.code,
        )
        for problem in validate(document.value, schema)
    ]
    return sorted(errors, key=lambda error: (error.line, error.column))[:MOST_ERRORS]
