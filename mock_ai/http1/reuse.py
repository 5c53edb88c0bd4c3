"""Whether another reply can follow on a connection (RFC 9112, section 9.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamproof.mock_ai.actions import Finish, Send, SendOutsideBody, start_of
from streamproof.mock_ai.actions.head import Framing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamproof.mock_ai.actions import Action, Start


def is_reusable(actions: Sequence[Action], framing: Framing) -> bool:
    """Tell whether the connection stays open, and a reader of the head finds the body's end."""
    start, ending = start_of(actions), actions[-1]
    if not isinstance(ending, Finish) or (ending.closing and ending.closing.idle_ms is None):
        return False
    if start.http_1_0 or framing is Framing.CLOSE or "close" in _values(start, "connection"):
        return False
    if framing is Framing.NONE:
        return True
    has_more = ending.garbage or any(isinstance(action, SendOutsideBody) for action in actions)
    return not has_more and _is_declared(start, actions, framing)


def _is_declared(start: Start, actions: Sequence[Action], framing: Framing) -> bool:
    """Tell whether the headers declare the framing that the body has."""
    coding = _values(start, "transfer-encoding")
    if framing is Framing.CHUNKED:
        added = "transfer-encoding" not in start.omitted_headers
        return coding == ["chunked"] or (added and not coding)
    size = sum(len(action.data) for action in actions if isinstance(action, Send))
    return not coding and _values(start, "content-length") == [str(size)]


def _values(start: Start, name: str) -> list[str]:
    """Return the items of a header, which are separated by commas."""
    values = [value for key, value in start.headers if key.lower() == name]
    return [item.strip().lower() for value in values for item in value.split(",")]
