"""The kinds of frame on the frontend leg. The event name decides first, then the data."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from streamproof.contracts.errors import NotJson
from streamproof.contracts.json_text import parse_json
from streamproof.contracts.messages import Content, read_message

if TYPE_CHECKING:
    from streamproof.contracts.sse import Event


class FrameKind(StrEnum):
    """A kind of frame that a browser can get; `docs/contracts.md` has a table of them."""

    START = "start"
    CONTENT = "content"
    SOURCES = "sources"
    RAW = "raw"
    OTHER = "other"
    END = "end"
    ERROR = "error"

    @property
    def terminal(self) -> bool:
        """Whether no frame may follow this one."""
        return self in _TERMINAL


_TERMINAL: Final = frozenset({FrameKind.END, FrameKind.ERROR})
_BY_NAME: Final = {
    "sources": FrameKind.SOURCES,
    "end": FrameKind.END,
    "error": FrameKind.ERROR,
}


def frame_kind(event: Event, *, is_first: bool = False) -> FrameKind:
    """Return the kind of a frame. Whether its body has the right shape is up to the checker.

    The first frame of a stream can be `start` under any ID; a wrong one is only a wrong ID.
    """
    if event.event in _BY_NAME:
        return _BY_NAME[event.event]
    try:
        body = parse_json(event.data)
    except NotJson:
        return FrameKind.RAW
    if event.event == "message":
        if (
            isinstance(body, dict)
            and body.get("event") == "start"
            and (is_first or _may_be_first(event.id))
        ):
            return FrameKind.START
        if isinstance(read_message(event.data), Content):
            return FrameKind.CONTENT
    return FrameKind.OTHER


def _may_be_first(frame_id: str) -> bool:
    """Return whether an ID is that of a first frame: later ones only copy the AI service's JSON."""
    _, colon, number = frame_id.rpartition(":")
    return not colon or number == "0"
