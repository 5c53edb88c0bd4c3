"""Every error that this package raises."""

# ruff: noqa: N818 - the names say what happened

from __future__ import annotations

from typing import TYPE_CHECKING

from streamproof.contracts.amounts import counted
from streamproof.contracts.source.caret import caret_lines
from streamproof.contracts.visible import visible
from streamproof.errors import StreamproofError

if TYPE_CHECKING:
    from streamproof.contracts.sse import Event


class ContractsError(StreamproofError):
    """The base of everything that goes wrong in this package."""


class SseError(ContractsError, ValueError):
    """A byte stream that cannot be decoded, or an event that cannot be encoded."""

    def __init__(self, message: str, events: list[Event] | None = None) -> None:
        super().__init__(message)
        self.events: list[Event] = events or []
        """The events that were complete before the error, in the same `feed`."""


class EventTooLarge(SseError):
    """The data of one event has more bytes than the decoder was told to hold."""


class LineTooLarge(SseError):
    """One line has more bytes than the decoder was told to hold."""


class DecoderClosed(SseError):
    """Bytes were fed to a decoder that had been closed, or had failed."""


class CannotEncode(SseError):
    """A value that no framing can carry: it would end its line, or its event, too early."""


class NotJson(ContractsError, ValueError):
    """Text that JSON.parse would refuse."""


class SourceError(ContractsError):
    """Something wrong at a place of a file; lines and columns count from 1, in characters.

    `code` is stable; `help` says what to do about it, where that is known.
    """

    def __init__(
        self,
        message: str,
        *,
        file: str,
        code: str,
        span: tuple[int, int, int, int] = (1, 1, 1, 1),
        help: str | None = None,
        text: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.code = code
        self.line, self.column, self.end_line, self.end_column = span
        self.help = help
        self._text = text  # the line of the file that the error starts in

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"

    def render(self) -> str:
        """Draw the error with its line of the file and a caret."""
        end = self.end_column if self.end_line == self.line else len(self._text) + 1
        margin = " " * len(str(self.line))
        lines = [f"error[{self.code}]: {self.message}"]
        lines.append(f"{margin}--> {self.file}:{self.line}:{self.column}")
        lines += caret_lines(self.line, self._text, self.column, end)
        if self.help:
            lines.append(f"{margin} = help: {self.help}")
        return visible("\n".join(lines))

    def counting(self, number: int) -> SourceError:
        """Return an error at the same place that stands for so many that are not shown."""
        span = (self.line, self.column, self.end_line, self.end_column)
        message = f"{counted(number, 'more error')} from here on"
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


class PatternError(ContractsError, ValueError):
    """A sequence pattern that is none; `at` is the offset in its text, from 0."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


class SourceErrors(ContractsError):
    """Everything that is wrong with one file."""

    def __init__(self, errors: list[SourceError]) -> None:
        super().__init__("\n".join(map(str, errors)))
        self.errors = errors
