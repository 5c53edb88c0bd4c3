"""Actions: everything that a reply can do to its connection.

A reply is a sequence of actions: one `Start`, then any number of `Send`, `SendOutsideBody`, `Wait`
and `Hold`, then one `Finish` or `HangUp`.
Positions in a reply count events or bytes of the body, never writes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain, pairwise
from typing import TypeAlias

from streamproof.mock_ai.actions.event_format import EventFormat
from streamproof.mock_ai.actions.head import (
    Framing,
    Headers,
    InterimReply,
    check_headers,
    check_line,
)
from streamproof.mock_ai.actions.marks import Mark, Marks, marks_between, moved


class Until(StrEnum):
    """The event that ends a `Hold`; the value is the text that a listing shows."""

    CLIENT_LEAVES = "the client leaves"
    RELEASED = "it is released"
    NEXT_REQUEST = "another request arrives"


@dataclass(frozen=True, slots=True)
class Start:
    """Sends the status line and the headers.

    The headers say nothing about the framing of the body: `framing` decides that. `http_1_0`
    answers with HTTP/1.0, even if the client uses HTTP/1.1. The server does not add the headers in
    `omitted_headers`, which are in lower case. `after_ms` is the delay before the first byte. If
    `sent` is false, neither a head nor a body is sent.
    """

    status: int
    reason: str
    headers: Headers = ()
    http_1_0: bool = False
    framing: Framing = Framing.CHUNKED
    omitted_headers: frozenset[str] = frozenset()
    after_ms: float = 0
    sent: bool = True
    interim: tuple[InterimReply, ...] = ()
    trailers: Headers = ()
    """What follows the last HTTP chunk."""
    chunk_extension: str = ""
    """What follows the size of every HTTP chunk, after a semicolon."""
    events: EventFormat = EventFormat.SSE

    @property
    def chunked(self) -> bool:
        """Tell whether an HTTP/1.1 client gets the body in chunks."""
        return self.framing is Framing.CHUNKED and not self.http_1_0

    @property
    def head_ms(self) -> float:
        """The delay before the status line of the reply itself."""
        return self.after_ms + sum(interim.wait_ms for interim in self.interim)

    def __post_init__(self) -> None:
        """Reject a head, trailers or an extension that would break their own lines."""
        check_line("a reason", self.reason)
        check_line("a chunk extension", self.chunk_extension)
        check_headers((*self.headers, *self.trailers))


@dataclass(frozen=True, slots=True)
class Send:
    """Sends bytes of the body as one HTTP chunk or as part of one.

    `ends` are the offsets in `data` just after each byte that completes an event, as a reader of
    the whole stream counts events. `marks` are its places by meaning. With `continues` the next
    bytes of the body are in the same HTTP chunk. With `split_framing` the lines that begin and end
    the chunk leave in two writes each.
    """

    data: bytes
    ends: tuple[int, ...] = ()
    continues: bool = False
    split_framing: bool = False
    marks: Marks = ()

    def __post_init__(self) -> None:
        """Reject empty data, which would end a chunked body, and offsets outside the data."""
        if not self.data:
            raise ValueError("data: wanted at least one byte")
        if any(not 0 < end <= len(self.data) for end in self.ends):
            raise ValueError(f"ends: wanted offsets in 1..{len(self.data)}, got {self.ends}")
        if any(not 0 <= mark.offset <= len(self.data) for mark in self.marks):
            raise ValueError(f"marks: wanted offsets in 0..{len(self.data)}, got {self.marks}")

    @property
    def ends_events(self) -> int:
        """Number of events that these bytes complete."""
        return len(self.ends)

    def cut(self, offsets: Iterable[int], *, keep_chunk: bool = False) -> Iterator[Send]:
        """Yield the data in pieces; offsets outside the data are ignored.

        With `keep_chunk` the pieces stay one HTTP chunk. Otherwise each piece becomes a chunk.
        """
        size = len(self.data)
        # A range may have millions of offsets, so it is not copied.
        ordered = offsets if isinstance(offsets, range) else sorted(set(offsets))
        within = (offset for offset in ordered if 0 < offset < size)
        for start, stop in pairwise(chain([0], within, [size])):
            ends = self.ends[bisect_right(self.ends, start) : bisect_right(self.ends, stop)]
            continues = self.continues if stop == size else keep_chunk
            yield Send(
                self.data[start:stop],
                tuple(end - start for end in ends),
                continues,
                self.split_framing,
                marks_between(self.marks, start, stop),
            )

    @staticmethod
    def joined(sends: list[Send]) -> Send:
        """Join several chunks into one."""
        ends: list[int] = []
        marks: list[Mark] = []
        offset = 0
        for send in sends:
            ends += (offset + end for end in send.ends)
            marks += moved(send.marks, offset)
            offset += len(send.data)
        data = b"".join(send.data for send in sends)
        return Send(data, tuple(ends), sends[-1].continues, marks=tuple(marks))


@dataclass(frozen=True, slots=True)
class SendOutsideBody:
    """Sends bytes outside the body: between its chunks, or after its declared length.

    If the body ends when the connection closes, every byte belongs to the body, so nothing is sent.
    """

    data: bytes


@dataclass(frozen=True, slots=True)
class Wait:
    """Sends nothing for `ms` milliseconds; the next bytes are a new write, even after 0 ms."""

    ms: float


@dataclass(frozen=True, slots=True)
class Hold:
    """Sends nothing until something happens."""

    until: Until = Until.CLIENT_LEAVES


@dataclass(frozen=True, slots=True)
class Closing:
    """Closes the connection after a complete reply, by FIN, or with `reset` by RST.

    `after_ms` counts from the end of the reply; a request within that time gets no answer. In place
    of it, `idle_ms` counts until another request arrives, which is answered. Without `close_notify`
    a connection over TLS closes as if it broke.
    """

    after_ms: float = 0
    idle_ms: float | None = None
    reset: bool = False
    close_notify: bool = True


@dataclass(frozen=True, slots=True)
class Finish:
    """Ends the body properly, and then sends `garbage`, if any.

    Without garbage and `closing` the client can reuse the connection.
    """

    garbage: bytes = b""
    closing: Closing | None = None


@dataclass(frozen=True, slots=True)
class HangUp:
    """Closes the connection with the body unfinished, by FIN.

    With `reset` it is an RST, after all bytes have arrived. With `half` the mock sends FIN, but
    continues to receive until the client leaves. With `missing_bytes` the last HTTP chunk stays
    open: it announces this number of bytes more than it has. Without `close_notify` a connection
    over TLS closes as if it broke.
    """

    reset: bool = False
    half: bool = False
    missing_bytes: int | None = None
    close_notify: bool = True

    def __post_init__(self) -> None:
        """Reject a reset of one direction."""
        if self.reset and self.half:
            raise ValueError("wanted only one of reset and half: a reset closes both directions")


EndingAction: TypeAlias = Finish | HangUp
Action: TypeAlias = Start | Send | SendOutsideBody | Wait | Hold | Finish | HangUp
Actions: TypeAlias = Iterable[Action]


def start_of(actions: Actions) -> Start:
    """Return the `Start` of a reply."""
    return next(action for action in actions if isinstance(action, Start))


def chunk_sizes(actions: Iterable[Action]) -> Iterator[int]:
    """Yield the size that each HTTP chunk announces, in bytes."""
    size = 0
    for action in actions:
        if isinstance(action, Send):
            size += len(action.data)
        if size and not (isinstance(action, Wait | Hold) or continues(action)):
            missing_bytes = action.missing_bytes if isinstance(action, HangUp) else None
            yield size + (missing_bytes or 0)
            size = 0


def left_open(actions: Sequence[Action]) -> Sequence[Action]:
    """Return the actions; if the ending has missing bytes, mark the last chunk as unfinished."""
    ending = actions[-1]
    if not (isinstance(ending, HangUp) and ending.missing_bytes is not None):
        return actions
    numbers = (n for n in reversed(range(len(actions))) if isinstance(actions[n], Send))
    last = next(numbers, None)
    return [
        replace(a, continues=True) if n == last and isinstance(a, Send) else a
        for n, a in enumerate(actions)
    ]


def continues(action: Action) -> bool:
    """Tell whether an HTTP chunk is still open after an action."""
    return isinstance(action, Send) and action.continues
