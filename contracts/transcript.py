"""What was seen of one stream: the answer's head, each event with its time, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamproof.contracts.sse import Event


class Ending(StrEnum):
    """How the body of a response ended."""

    CLOSED = "closed"
    """Properly: the last chunk, the announced length, or the close of an HTTP/1.0 body."""
    ABORTED = "aborted"
    """By a reset, or by a close inside the chunked framing."""
    OPEN = "open"
    """Not at all: the reader stopped waiting."""


@dataclass(frozen=True, slots=True)
class TimedEvent:
    """An event, and when its last byte was read, in milliseconds since the request was sent."""

    at_ms: float
    event: Event


@dataclass(frozen=True, slots=True)
class Transcript:
    """One stream as its reader saw it; header names are in lower case.

    `rest` is what came after the last event: bytes that never became one.
    """

    status: int
    headers: Mapping[str, str]
    events: tuple[TimedEvent, ...]
    ending: Ending
    ended_ms: float
    rest: bytes = b""
