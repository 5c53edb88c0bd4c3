"""HTTP/1.1 on the wire: the head, the framing of the body, and what leaves in which write.

A write holds everything between two silences, with one HTTP chunk for each `Send` in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, TypeAlias

from mock_ai.actions import Ending, Finish, HangUp, Headers, Hold, Send, Start, Wait

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mock_ai.actions import Action

# Larger blocks gain nothing, and a client that never reads costs at most one of them.
BLOCK_BYTES: Final = 262_144

_LAST_CHUNK: Final = b"0\r\n\r\n"
_BODILESS: Final = (204, 304)


class Framing(Enum):
    """How a reader knows where the body ends."""

    CHUNKED = "chunked"
    LENGTH = "content-length"
    CLOSE = "the connection closes"
    NONE = "there is no body"


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes that leave together; the time counts from the start, or from the `Hold` before."""

    at_ms: float
    data: bytes


Cue: TypeAlias = Write | Hold


@dataclass(frozen=True, slots=True)
class Script:
    """A reply as its socket sees it; the first cue is a write that begins with the head."""

    start: Start
    framing: Framing
    cues: tuple[Cue, ...]
    ending: Ending
    ends_at_ms: float
    body_bytes: int

    @property
    def reusable(self) -> bool:
        """Whether another reply may follow on the connection."""
        if isinstance(self.ending, HangUp) or self.framing is Framing.CLOSE:
            return False
        declared = [value for name, value in self.start.headers if name.lower() == "content-length"]
        return self.framing is not Framing.LENGTH or declared == [str(self.body_bytes)]

    def opened(self, head: bytes) -> tuple[Cue, ...]:
        """Return the cues with the head in its place."""
        first, *rest = self.cues
        assert isinstance(first, Write), "a script begins with its head"
        return (Write(first.at_ms, head + first.data), *rest)


def framing_of(start: Start, *, method: str, http_1_0: bool) -> Framing:
    """Choose the framing that fits the request and the headers."""
    if method == "HEAD" or start.status in _BODILESS:
        return Framing.NONE
    if any(name.lower() == "content-length" for name, _ in start.headers):
        return Framing.LENGTH
    return Framing.CLOSE if http_1_0 else Framing.CHUNKED


def head_bytes(script: Script, more: Headers, *, http_1_0: bool, keep_alive: bool) -> bytes:
    """Write the status line and the headers, with `more` of them from the server itself."""
    start = script.start
    headers = [*start.headers, *more]
    if script.framing is Framing.CHUNKED:
        headers.append(("Transfer-Encoding", "chunked"))
    if not any(name.lower() == "connection" for name, _ in headers):
        if not keep_alive or script.framing is Framing.CLOSE:
            headers.append(("Connection", "close"))
        elif http_1_0:
            headers.append(("Connection", "keep-alive"))
    lines = [f"HTTP/1.{0 if http_1_0 else 1} {start.status} {start.reason}"]
    lines += (f"{name}: {value}" for name, value in headers)
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode()


def lay_out(actions: Sequence[Action], framing: Framing) -> Script:
    """Turn a plan into what is written, and when."""
    start, *body = actions
    assert isinstance(start, Start), "a plan begins with its start"
    layout = _Layout(framing)
    for action in body:
        if isinstance(action, Finish | HangUp):
            if isinstance(action, Finish):
                layout.finish()
            layout.flush()
            cues, ends_at_ms, size = tuple(layout.cues), layout.at_ms, layout.body_bytes
            return Script(start, framing, cues, action, ends_at_ms, size)
        layout.add(action)
    raise AssertionError("a plan has an ending")


class _Layout:
    """Gathers chunks into blocks."""

    def __init__(self, framing: Framing) -> None:
        self.cues: list[Cue] = []
        self.at_ms = 0.0
        self.body_bytes = 0
        self._framing = framing
        self._block: list[bytes] = [b""]  # never empty at first: the head goes with it
        self._size = 0

    def add(self, action: Action) -> None:
        """Take the next action of the body."""
        if isinstance(action, Send):
            self._send(action.data)
        elif isinstance(action, Wait):
            self.flush()
            self.at_ms += action.ms
        elif isinstance(action, Hold):
            self.flush()
            self.cues.append(action)
            self.at_ms = 0.0

    def finish(self) -> None:
        """End the body as its framing wants it."""
        if self._framing is Framing.CHUNKED:
            self._block.append(_LAST_CHUNK)

    def flush(self) -> None:
        """End the block, so that what follows is a write of its own."""
        if self._block:
            self.cues.append(Write(self.at_ms, b"".join(self._block)))
        self._block = []
        self._size = 0

    def _send(self, data: bytes) -> None:
        self.body_bytes += len(data)
        if self._framing is Framing.NONE:
            return
        if self._size and self._size + len(data) > BLOCK_BYTES:
            self.flush()
        self._block += self._framed(data)
        self._size += len(data)

    def _framed(self, data: bytes) -> tuple[bytes, ...]:
        if self._framing is Framing.CHUNKED:
            return (b"%x\r\n" % len(data), data, b"\r\n")
        return (data,)
