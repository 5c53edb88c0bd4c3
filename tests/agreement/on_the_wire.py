"""A plan as bytes of HTTP/1.1, written down here a second time and by hand.

Nothing of this comes from the mock's own framing, so that a mistake there shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamproof.mock_ai.actions import Finish, HangUp, Hold, Send, SendOutsideBody, Start, Until
from streamproof.mock_ai.actions.head import Framing
from tests.mock_ai.raw_client import FIN, RST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamproof.mock_ai.actions import Action

OPEN = "open"
KEPT = "kept for another request"
FOR_EVER = Hold(Until.CLIENT_LEAVES)


@dataclass(frozen=True)
class OnTheWire:
    """All bytes that a client gets, and what then becomes of the connection."""

    data: bytes
    ending: str


def on_the_wire(actions: Sequence[Action]) -> OnTheWire:
    """Write a plan down as a GET gets it."""
    start, last = actions[0], actions[-1]
    assert isinstance(start, Start)
    framing = _framing(start)
    once = _serves_once(actions, start, framing)
    ending = OPEN if FOR_EVER in actions else _ending(last, once)
    if not start.sent:
        return OnTheWire(
            b"".join(a.data for a in actions if isinstance(a, SendOutsideBody)), ending
        )
    body = b"" if framing == "none" else _body(actions, framing)
    return OnTheWire(_head(start, framing) + body, ending)


def _framing(start: Start) -> str:
    """Say how a reader knows where the body ends."""
    if start.status in {204, 304}:
        return "none"
    if start.framing is Framing.LENGTH:
        return "length"
    return "close" if start.http_1_0 or start.framing is Framing.CLOSE else "chunked"


def _declared(start: Start) -> list[str]:
    return [value for name, value in start.headers if name.lower() == "content-length"]


def _serves_once(actions: Sequence[Action], start: Start, framing: str) -> bool:
    """Tell whether no other reply can follow on the connection."""
    last = actions[-1]
    size = sum(len(action.data) for action in actions if isinstance(action, Send))
    return (
        start.http_1_0
        or framing == "close"
        or isinstance(last, HangUp)
        or ("Connection", "close") in start.headers
        or any(isinstance(action, SendOutsideBody) for action in actions)
        or (isinstance(last, Finish) and bool(last.garbage))
        or (framing == "length" and _declared(start) != [str(size)])
    )


def _ending(last: Action, once: bool) -> str:  # a plain fact of the line before
    if isinstance(last, HangUp):
        return RST if last.reset else FIN
    assert isinstance(last, Finish)
    if last.closing and last.closing.idle_ms is None:
        return RST if last.closing.reset else FIN
    return FIN if once else KEPT


def _head(start: Start, framing: str) -> bytes:
    """Write the head; a close is announced only where nothing else would end the body."""
    lines: list[str] = []
    for interim in start.interim:
        lines += [f"HTTP/1.1 {interim.status} {interim.reason}"]
        lines += [*(f"{name}: {value}" for name, value in interim.headers), ""]
    lines += [f"HTTP/1.{'0' if start.http_1_0 else '1'} {start.status} {start.reason}"]
    lines += [f"{name}: {value}" for name, value in start.headers]
    lines.append("Vary: Origin")
    if framing == "chunked":
        lines.append("Transfer-Encoding: chunked")
    if framing == "close" and "connection" not in {name.lower() for name, _ in start.headers}:
        lines.append("Connection: close")
    return "\r\n".join([*lines, "", ""]).encode()


def _body(actions: Sequence[Action], framing: str) -> bytes:
    chunked = framing == "chunked"
    start = actions[0]
    assert isinstance(start, Start)
    extension = f";{start.chunk_extension}" if start.chunk_extension else ""
    parts: list[bytes] = []
    chunk = b""
    last, left_open = _last_send(actions), _owed(actions[-1]) is not None
    for number, action in enumerate(actions):
        match action:
            case Send(data) if chunked:
                chunk += data
                if not (action.continues or (left_open and number == last)):
                    parts.append(_chunk(chunk, extension))
                    chunk = b""
            case Send(data):
                parts.append(data)
            case SendOutsideBody(data) if framing != "close":
                parts.append(data)
            case Finish(garbage):
                parts += [_last_chunk(start, extension) if chunked else b""]
                parts += [garbage if framing != "close" else b""]
            case Hold(Until.CLIENT_LEAVES):
                break
    return b"".join(parts) + _unfinished(chunk, actions[-1])


def _chunk(data: bytes, extension: str) -> bytes:
    return f"{len(data):x}{extension}\r\n".encode() + data + b"\r\n"


def _last_chunk(start: Start, extension: str) -> bytes:
    trailers = "".join(f"{name}: {value}\r\n" for name, value in start.trailers)
    return f"0{extension}\r\n{trailers}\r\n".encode()


def _unfinished(data: bytes, last: Action) -> bytes:
    """Write a chunk that announces more than comes."""
    if not data:
        return b""
    missing_bytes = _owed(last)
    assert missing_bytes is not None
    return f"{len(data) + missing_bytes:x}\r\n".encode() + data


def _owed(last: Action) -> int | None:
    return last.missing_bytes if isinstance(last, HangUp) else None


def _last_send(actions: Sequence[Action]) -> int:
    return max((n for n, action in enumerate(actions) if isinstance(action, Send)), default=-1)
