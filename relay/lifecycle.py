"""Where a turn is and what may happen next: one table, and the words that are stored about it."""

from __future__ import annotations

from enum import Enum, StrEnum, auto
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class TurnStatus(StrEnum):
    """What is stored about the state of a turn."""

    running = auto()
    completed = auto()
    failed = auto()
    stopped = auto()


class Reason(StrEnum):
    """Why a turn did not complete; for the store and the log, never for a browser."""

    refused = auto()
    """No connection: refused, unknown host, not in time."""
    status = auto()
    """Another status than 200."""
    redirect = auto()
    not_a_stream = auto()
    """200, but not `text/event-stream` in UTF-8, or no HTTP."""
    headers_timeout = auto()
    first_content_timeout = auto()
    idle_timeout = auto()
    turn_timeout = auto()
    truncated = auto()
    """The body ended properly, without the end event."""
    aborted = auto()
    """The connection broke, or the body was cut."""
    error_event = auto()
    event_too_large = auto()
    answer_too_large = auto()
    storage = auto()
    interrupted = auto()
    """The relay itself went down."""
    stopped = auto()


class State(Enum):
    """Where a turn is."""

    NEW = auto()
    RUNNING = auto()
    ENDED = auto()  # the upstream's end came; nobody has asked for the outcome yet
    COMPLETED = auto()
    FAILED = auto()
    STOPPED = auto()


class Signal(Enum):
    """What can happen to a turn."""

    START = auto()
    EVENT = auto()  # one that goes to the browser
    END = auto()  # the upstream's end
    COMPLETE = auto()
    FAIL = auto()
    STOP = auto()


TRANSITIONS: Final[Mapping[State, Mapping[Signal, State]]] = {
    State.NEW: {Signal.START: State.RUNNING},
    State.RUNNING: {
        Signal.EVENT: State.RUNNING,
        Signal.END: State.ENDED,
        Signal.FAIL: State.FAILED,
        Signal.STOP: State.STOPPED,
    },
    State.ENDED: {
        Signal.COMPLETE: State.COMPLETED,
        Signal.FAIL: State.FAILED,
        Signal.STOP: State.COMPLETED,  # too late, the answer is whole
    },
    State.COMPLETED: {
        Signal.COMPLETE: State.COMPLETED,
        Signal.FAIL: State.FAILED,  # the commit failed
        Signal.STOP: State.COMPLETED,
    },
    State.FAILED: {
        Signal.COMPLETE: State.FAILED,
        Signal.FAIL: State.FAILED,
        Signal.STOP: State.FAILED,
    },
    State.STOPPED: {
        Signal.COMPLETE: State.STOPPED,
        Signal.FAIL: State.STOPPED,
        Signal.STOP: State.STOPPED,
    },
}
"""Which signal leads where; a pair that is not here is refused, but events after an end are
dropped before they become signals."""

STATUS: Final[Mapping[State, TurnStatus]] = {
    State.NEW: TurnStatus.running,
    State.RUNNING: TurnStatus.running,
    State.ENDED: TurnStatus.running,
    State.COMPLETED: TurnStatus.completed,
    State.FAILED: TurnStatus.failed,
    State.STOPPED: TurnStatus.stopped,
}
"""The state as it is stored."""
