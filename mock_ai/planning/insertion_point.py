"""Where pushed bytes can go into a reply: between two events or comments, never inside one.

A server-sent event ends with a blank line, a line with its line end, a frame where its sizes say,
and an item of an array where a bracket would complete the array. The boundaries of HTTP chunks do
not tell, because faults let an event leave in many of them. A write that does not consist of whole
chunks is skipped as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from streamproof.contracts.aws_event_stream import frames_in
from streamproof.contracts.json_text import is_json
from streamproof.contracts.sse import ends_with_blank_line
from streamproof.mock_ai.actions import Hold, Until
from streamproof.mock_ai.actions.event_format import EventFormat
from streamproof.mock_ai.actions.head import Framing
from streamproof.mock_ai.errors import InvalidHttpMessage
from streamproof.mock_ai.http1.bodies import ChunkedBody
from streamproof.mock_ai.http1.reader import split_heads
from streamproof.mock_ai.http1.writer import InterimWrite, ScheduledWrite

if TYPE_CHECKING:
    from streamproof.mock_ai.http1.writer import WireAction

_ENOUGH_BYTES = 4  # the longest blank line with the line end before it


@dataclass(frozen=True, slots=True)
class PushedWrite(ScheduledWrite):
    """A write that the script did not have."""


def insertion_point(
    actions: Sequence[WireAction],
    written: int,
    framing: Framing,
    events: EventFormat = EventFormat.SSE,
) -> int | None:
    """Return the earliest action before which bytes can be pushed; None if there is none.

    Bytes that were pushed earlier and still wait stay before it.
    """
    is_between = _BETWEEN[events]
    for index in range(written, len(actions)):
        pushed = isinstance(actions[index], PushedWrite)
        if not pushed and is_between(_Before(actions, index, framing)):
            return index
        if actions[index] == Hold(Until.CLIENT_LEAVES):
            break
    return None


def index_of_head(actions: Sequence[WireAction]) -> int:
    """Return the index of the write that begins with the head of the reply."""
    return sum(isinstance(action, InterimWrite) for action in actions)


@dataclass(frozen=True, slots=True)
class _Before:
    """The body before an action."""

    actions: Sequence[WireAction]
    stop: int
    framing: Framing

    def last_bytes(self, count: int | None = None) -> bytes | None:
        """Return the last bytes, or all of them; None if a chunk is not complete."""
        tail = b""
        head = index_of_head(self.actions)
        for index in reversed(range(head, self.stop)):
            action = self.actions[index]
            if isinstance(action, ScheduledWrite):
                data = action.data if index > head else _after_head(action.data)
                body = _body(data) if self.framing is Framing.CHUNKED else data
                if body is None:
                    return None
                tail = body + tail
            if count is not None and len(tail) >= count:
                break
        return tail


def _is_between_events(before: _Before) -> bool:
    """Tell whether the body is empty or ends with a blank line."""
    tail = before.last_bytes(_ENOUGH_BYTES)
    if tail is None:
        return False
    return ends_with_blank_line(tail if len(tail) >= _ENOUGH_BYTES else b"\n\n" + tail)


def _is_between_lines(before: _Before) -> bool:
    """Tell whether the body is empty or ends with a line end."""
    tail = before.last_bytes(1)
    return tail is not None and (not tail or tail.endswith(b"\n"))


def _is_after_item(before: _Before) -> bool:
    """Tell whether the body is an array with at least one item, but for its last bracket."""
    tail = before.last_bytes(1)
    body = before.last_bytes() if tail and tail[-1:] in _ENDS_OF_ITEMS else None
    return body is not None and body.startswith(b"[") and is_json(body + b"]")


def _is_between_frames(before: _Before) -> bool:
    """Tell whether the body consists of whole frames."""
    body = before.last_bytes()
    return body is not None and frames_in(body) is not None


_ENDS_OF_ITEMS: Final = (b"}", b"]", b'"', b"\n")  # only then is all of the body read
_BETWEEN: Final[Mapping[EventFormat, Callable[[_Before], bool]]] = {
    EventFormat.SSE: _is_between_events,
    EventFormat.LINE: _is_between_lines,
    EventFormat.ITEM: _is_after_item,
    EventFormat.FRAME: _is_between_frames,
}


def _after_head(data: bytes) -> bytes:
    """Return what follows the head, and the interim replies in the same write."""
    try:
        found = split_heads(data)
    except InvalidHttpMessage:
        return b""
    return found[1] if found else b""


def _body(data: bytes) -> bytes | None:
    """Return the body in whole chunks; None if the data does not consist of whole chunks."""
    body = ChunkedBody()
    try:
        pieces = [piece.data for piece in body.feed(data)]
    except InvalidHttpMessage:
        return None
    return b"".join(pieces) if body.between_chunks else None
