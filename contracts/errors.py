"""Every error that this package raises."""

# ruff: noqa: N818 - the names say what happened

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contracts.sse import Event


class ContractsError(Exception):
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
