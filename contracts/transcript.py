"""What a reader saw of one stream: the response head, the timed events, and the ending."""

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
    """Properly: by the last chunk, the announced length, or the close of an HTTP/1.0 body."""
    ABORTED = "aborted"
    """By a reset, or by a close before the announced end of the body."""
    OPEN = "open"
    """Not at all: the reader stopped waiting."""
    UNREAD = "unread"
    """Unknown: the reader reached a limit of its own, such as a number of bytes."""
    UNREADABLE = "unreadable"
    """Unknown: nothing tells where the events after a broken frame begin."""


@dataclass(frozen=True, slots=True)
class TimedEvent:
    """An event with the time of its last byte, in milliseconds since the request was sent."""

    at_ms: float
    event: Event


@dataclass(frozen=True, slots=True)
class Transcript:
    """One stream as a reader saw it.

    `status` is 0 if there was no response. Header names are in lower case. Times are milliseconds
    since the request was sent. `rest` has the bytes after the last event, which are not an event,
    or the bracket of an array that is not closed. `body` is the text of a reply that is one JSON
    body; a stream has none. `problem` is why the reader stopped, or what it could not read, in
    words.
    """

    status: int
    headers: Mapping[str, str]
    events: tuple[TimedEvent, ...]
    ending: Ending
    ended_ms: float
    rest: bytes = b""
    body: str | None = None
    problem: str | None = None
