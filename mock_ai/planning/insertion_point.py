"""Where pushed bytes can go into a reply: between two events or comments, never inside one.

An event ends with a blank line. The boundaries of HTTP chunks do not tell, because faults let an
event leave in many of them. A write that does not consist of whole chunks is skipped as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamproof.contracts.sse import ends_with_blank_line
from streamproof.mock_ai.actions import Hold, Until
from streamproof.mock_ai.actions.head import Framing
from streamproof.mock_ai.errors import InvalidHttpMessage
from streamproof.mock_ai.http1.bodies import ChunkedBody
from streamproof.mock_ai.http1.reader import split_heads
from streamproof.mock_ai.http1.writer import InterimWrite, ScheduledWrite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamproof.mock_ai.http1.writer import WireAction

_ENOUGH_BYTES = 4  # the longest blank line with the line end before it


@dataclass(frozen=True, slots=True)
class PushedWrite(ScheduledWrite):
    """A write that the script did not have."""


def insertion_point(actions: Sequence[WireAction], written: int, framing: Framing) -> int | None:
    """Return the earliest action before which bytes can be pushed; None if there is none.

    Bytes that were pushed earlier and still wait stay before it.
    """
    for index in range(written, len(actions)):
        pushed = isinstance(actions[index], PushedWrite)
        if not pushed and _is_between_events(actions, index, framing):
            return index
        if actions[index] == Hold(Until.CLIENT_LEAVES):
            break
    return None


def index_of_head(actions: Sequence[WireAction]) -> int:
    """Return the index of the write that begins with the head of the reply."""
    return sum(isinstance(action, InterimWrite) for action in actions)


def _is_between_events(actions: Sequence[WireAction], stop: int, framing: Framing) -> bool:
    """Tell whether the body before an action is empty or ends with a blank line."""
    tail = b""
    head = index_of_head(actions)
    for index in reversed(range(head, stop)):
        action = actions[index]
        if isinstance(action, ScheduledWrite):
            data = action.data if index > head else _after_head(action.data)
            body = _body(data) if framing is Framing.CHUNKED else data
            if body is None:
                return False
            tail = body[-_ENOUGH_BYTES:] + tail
        if len(tail) >= _ENOUGH_BYTES:
            return ends_with_blank_line(tail)
    return ends_with_blank_line(b"\n\n" + tail)


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
