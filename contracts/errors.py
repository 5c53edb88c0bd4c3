"""The base of all errors of this package, and the errors that several modules raise.

`SseError` and its kinds are in `sse.py`; errors in files are in `source/errors.py`.
"""

# ruff: noqa: N818 - the names say what happened

from __future__ import annotations

from streamproof.errors import StreamproofError


class ContractsError(StreamproofError):
    """The base of all errors that `streamproof.contracts` raises."""


class NotJson(ContractsError, ValueError):
    """A text is not JSON."""


class PatternError(ContractsError, ValueError):
    """The pattern of a sequence is not valid; `at` is the offset of the mistake, from 0."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at
