"""Frames: what an event on the frontend leg is. The event name decides, then the data."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from streamproof.contracts.errors import NotJson
from streamproof.contracts.json_text import parse_json
from streamproof.contracts.messages import Content, read_message

if TYPE_CHECKING:
    from streamproof.contracts.sse import Event


class FrameKind(StrEnum):
    """The kinds of frame that a browser can get."""

    START = "start"
    CONTENT = "content"
    SOURCES = "sources"
    RAW = "raw"
    OTHER = "other"
    END = "end"
    ERROR = "error"

    @property
    def terminal(self) -> bool:
        """Whether nothing may come after it."""
        return self in _TERMINAL


_TERMINAL: Final = frozenset({FrameKind.END, FrameKind.ERROR})
_BY_NAME: Final = {
    "sources": FrameKind.SOURCES,
    "end": FrameKind.END,
    "error": FrameKind.ERROR,
}


def frame_kind(event: Event) -> FrameKind:
    """Classify a frame; whether its body has the right shape is for the checker to say."""
    if event.event in _BY_NAME:
        return _BY_NAME[event.event]
    try:
        body = parse_json(event.data)
    except NotJson:
        return FrameKind.RAW
    if event.event == "message":
        if isinstance(body, dict) and body.get("event") == "start" and _may_be_first(event.id):
            return FrameKind.START
        if isinstance(read_message(event.data), Content):
            return FrameKind.CONTENT
    return FrameKind.OTHER


def _may_be_first(frame_id: str) -> bool:
    """Tell a start from what the AI service said in its words: only the former has number 0."""
    _, colon, number = frame_id.rpartition(":")
    return not colon or number == "0"
