"""Where bytes that are pushed may stand in a script: after a block of the stream, never inside one.

A block ends with a blank line. The chunks of HTTP are no measure, as faults let a block leave in
many of them; but a write that does not hold whole chunks is passed over, too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from streamproof.mock_ai.actions import Hold, Until
from streamproof.mock_ai.http1.writer import Framing, ScheduledWrite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamproof.mock_ai.http1.writer import WireAction

_BLANK_LINE: Final = re.compile(rb"(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r)\Z")
_LONGEST_BLANK_LINE: Final = 4
_CHUNK_SIZE: Final = re.compile(rb"([0-9a-f]+)\r\n")
_END_OF_HEAD: Final = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Pushed(ScheduledWrite):
    """A write that the script did not have."""


def place_for_push(cues: Sequence[WireAction], written: int, framing: Framing) -> int | None:
    """Return the cue before which a push may stand, at the earliest; None if none is to come.

    What was pushed before and still waits stays before it.
    """
    for index in range(written, len(cues)):
        if not isinstance(cues[index], Pushed) and _is_between_blocks(cues, index, framing):
            return index
        if cues[index] == Hold(Until.CLIENT_LEAVES):
            break
    return None


def _is_between_blocks(cues: Sequence[WireAction], stop: int, framing: Framing) -> bool:
    """Tell whether the body up to a cue is empty or ends with a blank line."""
    tail = b""
    for index in reversed(range(stop)):
        cue = cues[index]
        if isinstance(cue, ScheduledWrite):
            data = cue.data if index else cue.data.partition(_END_OF_HEAD)[2]
            body = _body(data) if framing is Framing.CHUNKED else data
            if body is None:
                return False
            tail = body[-_LONGEST_BLANK_LINE:] + tail
        if len(tail) >= _LONGEST_BLANK_LINE:
            break
    else:
        tail = b"\n\n" + tail
    return _BLANK_LINE.search(tail) is not None


def _body(data: bytes) -> bytes | None:
    """Return the last bytes of the body in whole chunks; None where they are no chunks."""
    tail = b""
    start = 0
    while start < len(data):
        line = _CHUNK_SIZE.match(data, start)
        if line is None:
            return None
        stop = line.end() + int(line[1], 16)
        tail = tail + data[max(line.end(), stop - _LONGEST_BLANK_LINE) : stop]
        tail = tail[-_LONGEST_BLANK_LINE:]
        start = stop + len(b"\r\n")
    return tail if start == len(data) else None
