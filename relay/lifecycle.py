"""The states of a turn, the transitions between them, and the values that are stored."""

from __future__ import annotations

from enum import Enum, StrEnum, auto
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class TurnStatus(StrEnum):
    """The state of a turn as it is stored."""

    running = auto()
    completed = auto()
    failed = auto()
    stopped = auto()


class Reason(StrEnum):
    """Why a turn did not complete; for the database and the log, never for a browser."""

    refused = auto()
    """No connection: it was refused, the host is unknown, or the time was over."""
    status = auto()
    """The status was not 200."""
    redirect = auto()
    not_a_stream = auto()
    """The response was not `text/event-stream` in UTF-8, or not HTTP."""
    headers_timeout = auto()
    first_content_timeout = auto()
    idle_timeout = auto()
    turn_timeout = auto()
    truncated = auto()
    """The body ended cleanly, but without the end event."""
    aborted = auto()
    """The connection broke, or the body was cut."""
    error_event = auto()
    event_too_large = auto()
    answer_too_large = auto()
    reply_too_large = auto()
    """More bytes, frames or sources than the settings allow, whatever they mean."""
    storage = auto()
    database_busy = auto()
    """Another program held the lock of the database for too long."""
    interrupted = auto()
    """The relay stopped or was killed, or had an internal error."""
    stopped = auto()


class TurnState(Enum):
    """The state of a turn in memory."""

    __hash__ = object.__hash__  # each event looks states up, and Enum's own hash is slow

    NEW = auto()
    RUNNING = auto()
    ENDED = auto()  # the AI service's end arrived; the outcome was not taken yet
    COMPLETED = auto()
    FAILED = auto()
    STOPPED = auto()


class TurnSignal(Enum):
    """What can happen to a turn."""

    __hash__ = object.__hash__  # as above

    START = auto()
    EVENT = auto()  # an event that is passed on to the browser
    END = auto()  # the AI service's end
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
        TurnSignal.STOP: TurnState.COMPLETED,  # too late: the answer is complete
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
"""The next state for each state and signal; `Turn` refuses a pair that is missing here.

Events after the end never become signals: `Turn` drops them."""

STATUS: Final[Mapping[TurnState, TurnStatus]] = {
    TurnState.NEW: TurnStatus.running,
    TurnState.RUNNING: TurnStatus.running,
    TurnState.ENDED: TurnStatus.running,
    TurnState.COMPLETED: TurnStatus.completed,
    TurnState.FAILED: TurnStatus.failed,
    TurnState.STOPPED: TurnStatus.stopped,
}
"""How each state is stored."""
