"""Change one event's text: its lines, its data or its name, and leave the rest as it was.

A changed frame of an AWS event stream has the sizes and checksums of its new bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from streamproof.contracts.aws_event_stream import AwsFrame, frames_in
from streamproof.mock_ai.actions.event_format import EventFormat

if TYPE_CHECKING:
    from streamproof.mock_ai.actions.slicing import EventBytes

_LINE_END: Final = re.compile(rb"\r\n|\r|\n")
_DATA: Final = re.compile(rb"(?:\A|(?<=[\r\n]))(?:\xef\xbb\xbf)?data: ?([^\r\n]+)")
_NAME: Final = re.compile(rb"(?:\A|(?<=[\r\n]))event: ?[^\r\n]*(?:\r\n|\r|\n)")
# The end of a line is not a part of its record.
_RECORD: Final = re.compile(rb"\A(.+?)[\r\n]*\Z", re.DOTALL)

_NO_DATA: Final = "the event has no data line; is the body compressed?"


def first_line_end(event: bytes) -> int:
    """Return the offset after an event's first line; raise ValueError if it has no line end."""
    end = _LINE_END.search(event)
    if end is None:
        raise ValueError("the event has no line end; is the body compressed?")
    return end.end()


def with_data(event: EventBytes, change: Callable[[bytes], bytes]) -> bytes:
    """Change the first data line of an event, or a record; raise ValueError if it has none."""
    frame = _frame_of(event)
    if frame is not None:
        return frame.with_data(change(frame.data)).encode()
    found = (_RECORD if event.is_record else _DATA).search(event.data)
    if found is None:
        raise ValueError(_NO_DATA)
    return event.data[: found.start(1)] + change(found[1]) + event.data[found.end(1) :]


def renamed(event: EventBytes, name: str | None) -> bytes:
    """Give an event another name, or remove it; raise ValueError if it cannot have one."""
    frame = _frame_of(event)
    if frame is not None:
        return frame.with_name(name).encode()
    if event.is_record:
        raise ValueError("a record has no name: only server-sent events and frames have one")
    return _renamed(event.data, name)


def _frame_of(event: EventBytes) -> AwsFrame | None:
    frames = frames_in(event.data) if event.format is EventFormat.FRAME else None
    return frames[0] if frames is not None and len(frames) == 1 else None


def _renamed(event: bytes, name: str | None) -> bytes:
    found = _DATA.search(event)
    if found is None:
        raise ValueError(_NO_DATA)
    newline = event[: first_line_end(event)]
    newline = newline[len(newline.rstrip(b"\r\n")) :]
    line = b"" if name is None else f"event: {name}".encode() + newline
    if _NAME.search(event):
        return _NAME.sub(lambda _: line, event)
    return event[: found.start()] + line + event[found.start() :]
