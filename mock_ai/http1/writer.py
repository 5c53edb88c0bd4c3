"""HTTP/1.1 on the wire: the head, the framing of the body, and what leaves in which write.

A write holds everything between two silences, with one HTTP chunk for each `Send` in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Final, TypeAlias

from streamproof.mock_ai.actions import (
    EndingAction,
    Finish,
    HangUp,
    Headers,
    Hold,
    Send,
    SendOutsideBody,
    Start,
    Wait,
    chunk_sizes,
    left_open,
    start_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streamproof.mock_ai.actions import Action

# Larger blocks gain nothing, and a client that never reads costs at most one of them.
BLOCK_BYTES: Final = 262_144

# Heads differ by the origin of a page; a script remembers only some.
_MAX_HEADS: Final = 16

_LAST_CHUNK: Final = b"0\r\n\r\n"
_BODILESS: Final = (204, 304)


class Framing(Enum):
    """How a reader knows where the body ends."""

    CHUNKED = "chunked"
    LENGTH = "content-length"
    CLOSE = "the connection closes"
    NONE = "there is no body"


@dataclass(frozen=True, slots=True)
class ScheduledWrite:
    """Bytes that leave together; the time counts from the start, or from the `Hold` before."""

    at_ms: float
    data: bytes


WireAction: TypeAlias = ScheduledWrite | Hold


@dataclass(frozen=True, slots=True)
class WireScript:
    """A reply as its socket sees it; `opening` leaves in one write with the head.

    `reusable` says whether another reply may follow on the connection.
    """

    start: Start
    framing: Framing
    opening: bytes
    cues: tuple[WireAction, ...]
    ending: EndingAction
    ends_at_ms: float
    reusable: bool
    _opened: dict[tuple[Headers, bool, bool], tuple[WireAction, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def opened(self, more: Headers, *, http_1_0: bool, keep_alive: bool) -> tuple[WireAction, ...]:
        """Return the cues with the head in its place; replies with the same head share them."""
        key = (more, http_1_0, keep_alive)
        if key not in self._opened:
            if len(self._opened) == _MAX_HEADS:
                self._opened.clear()
            head = head_bytes(self, more, http_1_0=http_1_0, keep_alive=keep_alive)
            first = ScheduledWrite(self.start.after_ms, head + self.opening)
            self._opened[key] = (first, *self.cues) if self.start.sent else self.cues
        return self._opened[key]


def framing_of(start: Start, *, method: str, http_1_0: bool) -> Framing:
    """Choose the framing that fits the request and the headers."""
    if method == "HEAD" or start.status in _BODILESS:
        return Framing.NONE
    if start.has_length:
        return Framing.LENGTH
    return Framing.CHUNKED if start.chunked and not http_1_0 else Framing.CLOSE


def head_bytes(script: WireScript, more: Headers, *, http_1_0: bool, keep_alive: bool) -> bytes:
    """Write the status line and the headers, with `more` that the scenario does not say itself."""
    start = script.start
    said = {name.lower() for name, _ in start.headers} | start.omitted_headers
    headers = [*start.headers, *(header for header in more if header[0].lower() not in said)]
    if script.framing is Framing.CHUNKED:
        headers.append(("Transfer-Encoding", "chunked"))
    if "connection" not in said:
        if not keep_alive or script.framing is Framing.CLOSE:
            headers.append(("Connection", "close"))
        elif http_1_0:
            headers.append(("Connection", "keep-alive"))
    lines = [f"HTTP/1.{0 if http_1_0 or start.http_1_0 else 1} {start.status} {start.reason}"]
    lines += (f"{name}: {value}" for name, value in headers)
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode()


def _values(start: Start, name: str) -> list[str]:
    return [value.lower() for key, value in start.headers if key.lower() == name]


def lay_out(actions: Sequence[Action], framing: Framing) -> WireScript:
    """Turn a plan into what is written, and when."""
    actions = left_open(actions)
    layout = _Layout(framing, chunk_sizes(actions))
    for action in actions:
        layout.add(action)
    return layout.script(start_of(actions))


class _Layout:
    """Gathers chunks into blocks; the first block is the opening, and may be empty."""

    def __init__(self, framing: Framing, sizes: Iterator[int]) -> None:
        self._framing = framing
        self._sizes = sizes
        self._in_chunk = False
        self._torn = False
        self._opening: bytes | None = None
        self._cues: list[WireAction] = []
        self._block: list[bytes] = []
        self._block_bytes = 0
        self._blocks: dict[bytes, bytes] = {}  # what repeats itself takes memory once
        self._body_bytes = 0
        self._at_ms = 0.0
        self._went_astray = False
        self._ending: EndingAction = Finish()

    def add(self, action: Action) -> None:
        """Take the next action."""
        match action:
            case Start():
                self._at_ms = action.after_ms
            case Send():
                self._send(action)
            case SendOutsideBody(data):
                self._send_astray(data)
            case Wait(ms):
                self._flush()
                self._at_ms += ms
            case Hold():
                self._flush()
                self._cues.append(action)
                self._at_ms = 0.0
            case Finish() | HangUp():
                self._end(action)

    def script(self, start: Start) -> WireScript:
        """Return what was laid out."""
        return WireScript(
            start,
            self._framing,
            self._opening or b"",
            tuple(self._cues),
            self._ending,
            self._at_ms,
            self._reusable(start),
        )

    def _reusable(self, start: Start) -> bool:
        if isinstance(self._ending, HangUp) or self._framing is Framing.CLOSE or start.http_1_0:
            return False
        if self._went_astray or "close" in _values(start, "connection"):
            return False
        declared = _values(start, "content-length")
        return self._framing is not Framing.LENGTH or declared == [str(self._body_bytes)]

    def _end(self, ending: EndingAction) -> None:
        if isinstance(ending, Finish) or ending.missing_bytes is None:
            self._end_chunk()
        if isinstance(ending, Finish) and self._framing is Framing.CHUNKED:
            self._send_line(_LAST_CHUNK)
        if isinstance(ending, Finish) and ending.garbage:
            self._send_astray(ending.garbage)
        self._flush()
        self._ending = ending

    def _flush(self) -> None:
        """End the block, so that what follows is a write of its own."""
        data = b"".join(self._block)
        data = self._blocks.setdefault(data, data)
        if self._opening is None:
            self._opening = data
        elif data:
            self._cues.append(ScheduledWrite(self._at_ms, data))
        self._block = []
        self._block_bytes = 0

    def _send(self, send: Send) -> None:
        if self._framing is Framing.NONE:
            return
        size = len(send.data)
        if self._block_bytes and self._block_bytes + size > BLOCK_BYTES:
            self._flush()
        if self._framing is Framing.CHUNKED and not self._in_chunk:
            self._in_chunk = True
            self._torn = send.split_framing
            self._send_line(b"%x\r\n" % next(self._sizes))
        self._block.append(send.data)
        self._block_bytes += size
        self._body_bytes += size
        if not send.continues:
            self._torn = send.split_framing
            self._end_chunk()

    def _end_chunk(self) -> None:
        if self._in_chunk:
            self._in_chunk = False
            self._send_line(b"\r\n")

    def _send_line(self, line: bytes) -> None:
        if self._torn:
            self._block.append(line[:1])
            line = line[1:]
            self._flush()
        self._block.append(line)

    def _send_astray(self, data: bytes) -> None:
        if self._framing in (Framing.CHUNKED, Framing.LENGTH):
            self._end_chunk()
            self._block.append(data)
            self._went_astray = True


def framed(data: bytes, framing: Framing) -> tuple[bytes, ...]:
    """Return bytes of the body as they are sent, in parts that need no copy."""
    if framing is Framing.CHUNKED:
        return (b"%x\r\n" % len(data), data, b"\r\n")
    return (data,)
