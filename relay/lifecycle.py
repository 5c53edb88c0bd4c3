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


class TurnState(Enum):
    """Where a turn is."""

    NEW = auto()
    RUNNING = auto()
    ENDED = auto()  # the upstream's end came; nobody has asked for the outcome yet
    COMPLETED = auto()
    FAILED = auto()
    STOPPED = auto()


class TurnSignal(Enum):
    """What can happen to a turn."""

    START = auto()
    EVENT = auto()  # one that goes to the browser
    END = auto()  # the upstream's end
    COMPLETE = auto()
    FAIL = auto()
    STOP = auto()


TRANSITIONS: Final[Mapping[TurnState, Mapping[TurnSignal, TurnState]]] = {
    TurnState.NEW: {TurnSignal.START: TurnState.RUNNING},
    TurnState.RUNNING: {
        TurnSignal.EVENT: TurnState.RUNNING,
        TurnSignal.END: TurnState.ENDED,
        TurnSignal.FAIL: TurnState.FAILED,
        TurnSignal.STOP: TurnState.STOPPED,
    },
    TurnState.ENDED: {
        TurnSignal.COMPLETE: TurnState.COMPLETED,
        TurnSignal.FAIL: TurnState.FAILED,
        TurnSignal.STOP: TurnState.COMPLETED,  # too late, the answer is whole
    },
    TurnState.COMPLETED: {
        TurnSignal.COMPLETE: TurnState.COMPLETED,
        TurnSignal.FAIL: TurnState.FAILED,  # the commit failed
        TurnSignal.STOP: TurnState.COMPLETED,
    },
    TurnState.FAILED: {
        TurnSignal.COMPLETE: TurnState.FAILED,
        TurnSignal.FAIL: TurnState.FAILED,
        TurnSignal.STOP: TurnState.FAILED,
    },
    TurnState.STOPPED: {
        TurnSignal.COMPLETE: TurnState.STOPPED,
        TurnSignal.FAIL: TurnState.STOPPED,
        TurnSignal.STOP: TurnState.STOPPED,
    },
}
"""Which signal leads where; a pair that is not here is refused, but events after an end are
dropped before they become signals."""

STATUS: Final[Mapping[TurnState, TurnStatus]] = {
    TurnState.NEW: TurnStatus.running,
    TurnState.RUNNING: TurnStatus.running,
    TurnState.ENDED: TurnStatus.running,
    TurnState.COMPLETED: TurnStatus.completed,
    TurnState.FAILED: TurnStatus.failed,
    TurnState.STOPPED: TurnStatus.stopped,
}
"""The state as it is stored."""
