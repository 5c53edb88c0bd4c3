"""Errors and warnings about a place in a file."""

# ruff: noqa: N818 - a warning is not an error

from __future__ import annotations

from typing import ClassVar, TypeAlias

from streamproof.contracts.errors import ContractsError
from streamproof.contracts.source.caret import caret_lines
from streamproof.contracts.text import counted, visible

Span: TypeAlias = tuple[int, int, int, int]
"""Line, column, end line and end column, counted from 1; columns are characters."""


class SourceError(ContractsError):
    """Something is wrong at a place in a file.

    `code` is a stable name of the kind of mistake. `help` says what to do, or is None.
    Lines and columns are counted from 1; columns are characters.
    """

    severity: ClassVar = "error"

    def __init__(
        self,
        message: str,
        *,
        file: str,
        code: str,
        span: Span = (1, 1, 1, 1),
        help: str | None = None,
        text: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.code = code
        self.line, self.column, self.end_line, self.end_column = span
        self.help = help
        self._text = text  # the line of the file in which the error starts

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"

    def render(self) -> str:
        """Return the error with its line of the file, unless it is empty, and a caret under it."""
        end = self.end_column if self.end_line == self.line else len(self._text) + 1
        margin = " " * len(str(self.line))
        lines = [f"{self.severity}[{self.code}]: {self.message}"]
        lines.append(f"{margin}--> {self.file}:{self.line}:{self.column}")
        if self._text:
            lines += caret_lines(self.line, self._text, self.column, end)
        if self.help:
            lines.append(f"{margin} = help: {self.help}")
        return visible("\n".join(lines))

    def standing_for(self, number: int, *, at_least: bool = False) -> SourceError:
        """Return an error at the same place that stands for `number` errors, or for more."""
        span = (self.line, self.column, self.end_line, self.end_column)
        message = f"{'at least ' if at_least else ''}{counted(number, 'more error')} from here on"
        return SourceError(message, file=self.file, code="too-many", span=span, text=self._text)

    def as_json(self) -> dict[str, str | int | None]:
        """Return the error as one record of a machine-readable report."""
        return {
            "file": self.file,
            "line": self.line,
            "col": self.column,
            "endLine": self.end_line,
            "endCol": self.end_column,
            "code": self.code,
            "message": self.message,
            "help": self.help,
        }


class SourceWarning(SourceError):
    """Something in a file works today and should be changed.

    It is never raised: the loaded result has it in its `warnings`.
    """

    severity: ClassVar = "warning"


class SourceErrors(ContractsError):
    """A file has mistakes; `errors` has all of them, in the order of the file."""

    def __init__(self, errors: list[SourceError]) -> None:
        super().__init__("\n".join(map(str, errors)))
        self.errors = errors
