"""The catalogue of faults: each is a pure rewrite of a reply's actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, Protocol

from streamproof.mock_ai.actions.event_faults import EventFault
from streamproof.mock_ai.actions.places import Place
from streamproof.mock_ai.actions.position import Placed
from streamproof.mock_ai.faults.bad_chunk import BadChunk
from streamproof.mock_ai.faults.close import Close
from streamproof.mock_ai.faults.comments import Comments
from streamproof.mock_ai.faults.corrupt import Corrupt
from streamproof.mock_ai.faults.cut import Cut
from streamproof.mock_ai.faults.drip import Drip
from streamproof.mock_ai.faults.drop import Drop
from streamproof.mock_ai.faults.duplicate import Duplicate
from streamproof.mock_ai.faults.end_early import EndEarly
from streamproof.mock_ai.faults.half_close import HalfClose
from streamproof.mock_ai.faults.hang_up import HangUpFirst
from streamproof.mock_ai.faults.heartbeat import Heartbeat
from streamproof.mock_ai.faults.join import Join
from streamproof.mock_ai.faults.no_close_notify import NoCloseNotify
from streamproof.mock_ai.faults.oversize import Oversize
from streamproof.mock_ai.faults.redirect import Redirect
from streamproof.mock_ai.faults.refuse import Refuse
from streamproof.mock_ai.faults.rename import Rename
from streamproof.mock_ai.faults.reorder import Reorder
from streamproof.mock_ai.faults.reset import Reset
from streamproof.mock_ai.faults.silence import Silence
from streamproof.mock_ai.faults.slow_headers import SlowHeaders
from streamproof.mock_ai.faults.split import Split
from streamproof.mock_ai.faults.stall import Stall
from streamproof.mock_ai.faults.trailing import Trailing
from streamproof.mock_ai.faults.truncate import Truncate
from streamproof.mock_ai.faults.wrong_length import WrongLength

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamproof.mock_ai.actions import Actions


class Fault(Protocol):
    """One way in which a stream goes wrong; `kind` is its key in a scenario file."""

    kind: ClassVar[str]

    def apply(self, actions: Actions) -> Actions:
        """Rewrite the stream; raise `NeverReached` for a place that the stream does not have."""


CATALOGUE: Final[Mapping[str, type[Fault]]] = {
    fault.kind: fault
    for fault in (
        # the same bytes at other times, or in other chunks
        Split,
        Join,
        Drip,
        Stall,
        # other bytes
        Comments,
        Heartbeat,
        Duplicate,
        Drop,
        Reorder,
        Corrupt,
        Truncate,
        Rename,
        Oversize,
        Trailing,
        # another end
        EndEarly,
        Cut,
        HalfClose,
        Reset,
        BadChunk,
        WrongLength,
        # the connection after a complete reply
        Close,
        NoCloseNotify,
        # another beginning
        Refuse,
        Redirect,
        SlowHeaders,
        Silence,
        HangUpFirst,
    )
}


def changes_events(fault: Fault) -> bool:
    """Tell whether a fault changes events, and so comes before the coding of the body."""
    if isinstance(fault, Trailing):
        return fault.after == "events"
    return isinstance(fault, EventFault | Comments)


def needs_events(fault: Fault) -> bool:
    """Tell whether a fault changes or counts events, so that one JSON body cannot have it."""
    match fault:
        case EventFault() | Comments():
            return True
        case Split(per="event"):
            return True
        case Join(events=int()):
            return True
    return isinstance(fault, Placed) and fault.counts_events


def writes_comments(fault: Fault) -> bool:
    """Tell whether a fault adds comments, which only server-sent events have."""
    return isinstance(fault, Comments | Heartbeat)


def needs_marks(fault: Fault) -> bool:
    """Tell whether the place of a fault is one by meaning."""
    return isinstance(fault, Place) and fault.meaning is not None


def read_fault(kind: str, values: Mapping[str, object]) -> Fault:
    """Build a fault from the values of its key; raise ValueError if they contradict each other."""
    given = {key: tuple(v) if isinstance(v, list) else v for key, v in values.items()}
    return CATALOGUE[kind](**given)


__all__ = [
    "CATALOGUE",
    "BadChunk",
    "Close",
    "Comments",
    "Corrupt",
    "Cut",
    "Drip",
    "Drop",
    "Duplicate",
    "EndEarly",
    "Fault",
    "HalfClose",
    "HangUpFirst",
    "Heartbeat",
    "Join",
    "NoCloseNotify",
    "Oversize",
    "Redirect",
    "Refuse",
    "Rename",
    "Reorder",
    "Reset",
    "Silence",
    "SlowHeaders",
    "Split",
    "Stall",
    "Trailing",
    "Truncate",
    "WrongLength",
    "changes_events",
    "needs_events",
    "needs_marks",
    "read_fault",
]
