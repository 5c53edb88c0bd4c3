"""The text of one event: its lines, its data and its name, changed without touching the rest."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

_LINE_END: Final = re.compile(rb"\r\n|\r|\n")
_DATA: Final = re.compile(rb"(?:\A|(?<=[\r\n]))(?:\xef\xbb\xbf)?data: ?([^\r\n]+)")
_NAME: Final = re.compile(rb"(?:\A|(?<=[\r\n]))event: ?[^\r\n]*(?:\r\n|\r|\n)")


def first_line_end(event: bytes) -> int:
    """Return where the first line of an event is over; raises ValueError where it has none."""
    end = _LINE_END.search(event)
    if end is None:
        raise ValueError("an event without lines cannot be changed: is it compressed?")
    return end.end()


def with_data(event: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """Change the first line of data of an event; raises ValueError where it has none."""
    found = _DATA.search(event)
    if found is None:
        raise ValueError("an event without data cannot be changed: is it compressed?")
    return event[: found.start(1)] + change(found[1]) + event[found.end(1) :]


def renamed(event: bytes, name: str | None) -> bytes:
    """Give an event another name, or none; raises ValueError where it has no data."""
    found = _DATA.search(event)
    if found is None:
        raise ValueError("an event without data cannot be changed: is it compressed?")
    newline = event[: first_line_end(event)]
    newline = newline[len(newline.rstrip(b"\r\n")) :]
    line = b"" if name is None else f"event: {name}".encode() + newline
    if _NAME.search(event):
        return _NAME.sub(lambda _: line, event)
    return event[: found.start()] + line + event[found.start() :]
