"""What one event of a reply is: it decides how events are counted, changed and kept apart."""

from __future__ import annotations

from enum import Enum, auto


class EventFormat(Enum):
    """The format of the events of a reply."""

    SSE = auto()
    """Server-sent events."""
    LINE = auto()
    """The lines of NDJSON that are not blank."""
    ITEM = auto()
    """The items of a JSON array; the bracket or the comma before an item is not a part of it."""
    FRAME = auto()
    """The binary frames of an AWS event stream."""
    STEP = auto()
    """What one step sends, for example a binary frame of an unknown format."""
    NONE = auto()
    """One JSON body has no events."""
