"""Writes HTTP/1.1: the head, the framing of the body, and which bytes leave in which write.

A write contains everything between two delays, with one HTTP chunk for each `Send` in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from streamproof.mock_ai.actions import (
    EndingAction,
    Finish,
    Hold,
    Send,
    SendOutsideBody,
    Start,
    Wait,
    chunk_sizes,
    left_open,
    start_of,
)
from streamproof.mock_ai.actions.head import Framing
from streamproof.mock_ai.http1.reuse import is_reusable
from streamproof.mock_ai.http1.syntax import (
    chunk_start,
    has_body,
    last_chunk,
    write_chunk,
    write_head,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streamproof.mock_ai.actions import Action
    from streamproof.mock_ai.actions.head import Headers

# Larger blocks gain nothing, and a client that never reads costs at most one of them.
BLOCK_BYTES: Final = 262_144

# A head depends on the origin of a page; a script remembers only some of them.
_MAX_HEADS: Final = 16


@dataclass(frozen=True, slots=True)
class ScheduledWrite:
    """Bytes that leave together; the time counts from the start, or from the `Hold` before."""

    at_ms: float
    data: bytes


@dataclass(frozen=True, slots=True)
class InterimWrite(ScheduledWrite):
    """A write of interim replies, before the one that begins with the head."""


WireAction: TypeAlias = ScheduledWrite | Hold


@dataclass(frozen=True, slots=True)
class WireScript:
    """A reply as its socket sees it; `opening` leaves in one write with the head.

    `reusable` tells whether another reply can follow on the connection.
    """

    start: Start
    framing: Framing
    opening: bytes
    actions: tuple[WireAction, ...]
    ending: EndingAction
    ends_at_ms: float
    reusable: bool
    _with_head: dict[tuple[Headers, bool, bool], tuple[WireAction, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def with_head(
        self, more: Headers, *, http_1_0: bool, keep_alive: bool
    ) -> tuple[WireAction, ...]:
        """Return all actions, the head included; replies with the same head share them.

        `more` are headers to send unless the scenario sets or omits them.
        """
        key = (more, http_1_0, keep_alive)
        if key not in self._with_head:
            if len(self._with_head) == _MAX_HEADS:
                self._with_head.clear()
            head = head_bytes(self, more, http_1_0=http_1_0, keep_alive=keep_alive)
            begin = _beginning(self.start, head + self.opening, http_1_0=http_1_0)
            self._with_head[key] = (*begin, *self.actions) if self.start.sent else self.actions
        return self._with_head[key]


def _beginning(start: Start, head: bytes, *, http_1_0: bool) -> Iterator[ScheduledWrite]:
    """Yield the write with the head, after the interim replies that an HTTP/1.1 client gets."""
    at_ms, data = start.after_ms, b""
    for interim in () if http_1_0 else start.interim:
        line = f"HTTP/1.1 {interim.status} {interim.reason}"
        data += write_head(line, interim.headers)
        if interim.wait_ms:
            yield InterimWrite(at_ms, data)
            at_ms, data = at_ms + interim.wait_ms, b""
    yield ScheduledWrite(start.head_ms, data + head)


def framing_of(start: Start, *, method: str, http_1_0: bool) -> Framing:
    """Choose the framing that fits the request."""
    if not has_body(start.status, method):
        return Framing.NONE
    if start.framing is Framing.CHUNKED and (http_1_0 or start.http_1_0):
        return Framing.CLOSE
    return start.framing


def head_bytes(script: WireScript, more: Headers, *, http_1_0: bool, keep_alive: bool) -> bytes:
    """Return the head of a reply; `more` are headers that the scenario neither sets nor omits."""
    start = script.start
    decided = {name.lower() for name, _ in start.headers} | start.omitted_headers
    headers = [*start.headers, *(header for header in more if header[0].lower() not in decided)]
    if script.framing is Framing.CHUNKED and "transfer-encoding" not in decided:
        headers.append(("Transfer-Encoding", "chunked"))
    if "connection" not in decided:
        if not keep_alive or script.framing is Framing.CLOSE:
            headers.append(("Connection", "close"))
        elif http_1_0:
            headers.append(("Connection", "keep-alive"))
    minor = 0 if http_1_0 or start.http_1_0 else 1
    return write_head(f"HTTP/1.{minor} {start.status} {start.reason}", headers)


def lay_out(actions: Sequence[Action], framing: Framing) -> WireScript:
    """Turn the actions of a reply into writes and holds."""
    actions = left_open(actions)
    start = start_of(actions)
    layout = _Layout(start, framing, chunk_sizes(actions))
    for action in actions:
        layout.add(action)
    return layout.script(reusable=is_reusable(actions, framing))


class _Layout:
    """Gathers chunks into blocks; the first block is the opening, which can be empty."""

    def __init__(self, start: Start, framing: Framing, sizes: Iterator[int]) -> None:
        self._start = start
        self._framing = framing
        self._sizes = sizes
        self._in_chunk = False
        self._split_framing = False
        self._opening: bytes | None = None
        self._actions: list[WireAction] = []
        self._block: list[bytes] = []
        self._block_bytes = 0
        self._blocks: dict[bytes, bytes] = {}  # equal blocks take memory once
        self._at_ms = 0.0
        self._ending: EndingAction = Finish()

    def add(self, action: Action) -> None:
        """Take the next action."""
        match action:
            case Start():
                self._at_ms = action.head_ms
            case Send():
                self._send(action)
            case SendOutsideBody(data):
                self._send_outside_body(data)
            case Wait(ms):
                self._flush()
                self._at_ms += ms
            case Hold():
                self._flush()
                self._actions.append(action)
                self._at_ms = 0.0
            case _:
                self._end(action)

    def script(self, *, reusable: bool) -> WireScript:
        """Return everything that was added."""
        return WireScript(
            self._start,
            self._framing,
            self._opening or b"",
            tuple(self._actions),
            self._ending,
            self._at_ms,
            reusable,
        )

    def _end(self, ending: EndingAction) -> None:
        if isinstance(ending, Finish) or ending.missing_bytes is None:
            self._end_chunk()
        if isinstance(ending, Finish) and self._framing is Framing.CHUNKED:
            self._add_line(last_chunk(self._start.chunk_extension, self._start.trailers))
        if isinstance(ending, Finish) and ending.garbage:
            self._send_outside_body(ending.garbage)
        self._flush()
        self._ending = ending

    def _flush(self) -> None:
        """End the block, so that the next bytes are a write of their own."""
        data = b"".join(self._block)
        data = self._blocks.setdefault(data, data)
        if self._opening is None:
            self._opening = data
        elif data:
            self._actions.append(ScheduledWrite(self._at_ms, data))
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
            self._split_framing = send.split_framing
            self._add_line(chunk_start(next(self._sizes), self._start.chunk_extension))
        self._block.append(send.data)
        self._block_bytes += size
        if not send.continues:
            self._split_framing = send.split_framing
            self._end_chunk()

    def _end_chunk(self) -> None:
        if self._in_chunk:
            self._in_chunk = False
            self._add_line(b"\r\n")

    def _add_line(self, line: bytes) -> None:
        if self._split_framing:
            self._block.append(line[:1])
            line = line[1:]
            self._flush()
        self._block.append(line)

    def _send_outside_body(self, data: bytes) -> None:
        if self._framing in (Framing.CHUNKED, Framing.LENGTH):
            self._end_chunk()
            self._block.append(data)


def framed(data: bytes, framing: Framing) -> bytes:
    """Return bytes of the body with their framing."""
    return write_chunk(data) if framing is Framing.CHUNKED else data
