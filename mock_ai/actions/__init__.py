"""Actions: everything that a reply can do to its connection.

A reply is a sequence of actions: one `Start`, then `Send`, `SendOutsideBody`, `Wait` and `Hold`,
then one ending.
Positions in it count events, or bytes of the body, never writes.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain, pairwise
from typing import Final, TypeAlias

HEADER_NAME: Final = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
"""A regular expression for the name of a header (RFC 9110, section 5.6.2)."""

_HEADER_NAME: Final = re.compile(HEADER_NAME)
_NOT_IN_A_LINE: Final = re.compile("[\r\n\0]")

Headers: TypeAlias = tuple[tuple[str, str], ...]


class Until(StrEnum):
    """What a `Hold` waits for."""

    CLIENT_LEAVES = "the client leaves"
    RELEASED = "it is released"
    NEXT_REQUEST = "another request has come"


@dataclass(frozen=True, slots=True)
class Start:
    """Sends the status line and the headers; HTTP/1.0 also to whoever speaks a later version.

    With `until_closed` the body has no chunks in HTTP/1.1 either. The names in `left_out`, in lower
    case, are of headers that not even the server itself adds.
    `after_ms` is the silence before them. With `sent` false they never leave: such a reply has no
    body either.
    """

    status: int
    reason: str
    headers: Headers = ()
    http_1_0: bool = False
    until_closed: bool = False
    omitted_headers: frozenset[str] = frozenset()
    after_ms: float = 0
    sent: bool = True

    @property
    def has_length(self) -> bool:
        """Tell whether it says how long the body is."""
        return any(name.lower() == "content-length" for name, _ in self.headers)

    @property
    def chunked(self) -> bool:
        """Tell whether a body is sent in HTTP chunks, to whoever speaks HTTP/1.1."""
        return not (self.http_1_0 or self.until_closed or self.has_length)

    def __post_init__(self) -> None:
        """Refuse what would end its line too early."""
        if _NOT_IN_A_LINE.search(self.reason):
            raise ValueError(f"CR, LF and NUL cannot be sent in a reason: {self.reason!r}")
        for name, value in self.headers:
            if not _HEADER_NAME.fullmatch(name):
                raise ValueError(f"'{name}' is no header name")
            if _NOT_IN_A_LINE.search(value):
                raise ValueError(f"CR, LF and NUL cannot be sent in {name}: {value!r}")


@dataclass(frozen=True, slots=True)
class Send:
    """Sends bytes of the body as one HTTP chunk, or as a part of one.

    `ends` are the offsets in `data` just after the byte that completes an event, as a reader of
    the whole stream counts them. With `goes_on` the next bytes of the body are in the same HTTP
    chunk. Where it is `torn`, the lines that begin and end that chunk leave in two writes each.
    """

    data: bytes
    ends: tuple[int, ...] = ()
    continues: bool = False
    split_framing: bool = False

    def __post_init__(self) -> None:
        """Refuse offsets outside the data; an empty chunk would end the body."""
        if not self.data:
            raise ValueError("data: wanted at least one byte")
        if any(not 0 < end <= len(self.data) for end in self.ends):
            raise ValueError(f"ends: wanted offsets in 1..{len(self.data)}, got {self.ends}")

    @property
    def ends_events(self) -> int:
        """How many events it completes."""
        return len(self.ends)

    def cut(self, offsets: Iterable[int], *, keep_chunk: bool = False) -> Iterator[Send]:
        """Yield it in pieces, also of its HTTP chunk or not; an offset outside it cuts nothing."""
        size = len(self.data)
        # A range may have millions, of which none is kept.
        inside = offsets if isinstance(offsets, range) else sorted(set(offsets))
        within = (offset for offset in inside if 0 < offset < size)
        for start, stop in pairwise(chain([0], within, [size])):
            ends = self.ends[bisect_right(self.ends, start) : bisect_right(self.ends, stop)]
            continues = self.continues if stop == size else keep_chunk
            yield Send(
                self.data[start:stop],
                tuple(end - start for end in ends),
                continues,
                self.split_framing,
            )

    @staticmethod
    def joined(sends: list[Send]) -> Send:
        """Make one chunk of several."""
        ends: list[int] = []
        offset = 0
        for send in sends:
            ends += (offset + end for end in send.ends)
            offset += len(send.data)
        return Send(b"".join(send.data for send in sends), tuple(ends), sends[-1].continues)


@dataclass(frozen=True, slots=True)
class SendOutsideBody:
    """Sends bytes that are no part of the body: between its chunks, or after its declared length.

    Where only the close ends the body, no byte can be astray: nothing is sent.
    """

    data: bytes


@dataclass(frozen=True, slots=True)
class Wait:
    """Sends nothing for that long; what follows is a write of its own, also after 0 ms."""

    ms: float


@dataclass(frozen=True, slots=True)
class Hold:
    """Sends nothing until something happens."""

    until: Until = Until.CLIENT_LEAVES


@dataclass(frozen=True, slots=True)
class Finish:
    """Ends the body as HTTP wants it; the connection can be used again, unless more bytes come."""

    garbage: bytes = b""


@dataclass(frozen=True, slots=True)
class HangUp:
    """Closes the connection with the body unfinished: FIN, or RST once all bytes have arrived.

    With `half` it is a FIN, too, but only one direction is closed, until the client leaves.
    With `owed` the last HTTP chunk stays open: it has announced so many bytes more.
    """

    reset: bool = False
    half: bool = False
    missing_bytes: int | None = None

    def __post_init__(self) -> None:
        """Refuse to close in two ways."""
        if self.reset and self.half:
            raise ValueError("a reset closes both directions")


EndingAction: TypeAlias = Finish | HangUp
Action: TypeAlias = Start | Send | SendOutsideBody | Wait | Hold | Finish | HangUp
Actions: TypeAlias = Iterable[Action]


def start_of(actions: Actions) -> Start:
    """Return how a reply starts."""
    return next(action for action in actions if isinstance(action, Start))


def chunk_sizes(actions: Iterable[Action]) -> Iterator[int]:
    """Yield what each HTTP chunk announces."""
    size = 0
    for action in actions:
        if isinstance(action, Send):
            size += len(action.data)
        if size and not (isinstance(action, Wait | Hold) or continues(action)):
            missing_bytes = action.missing_bytes if isinstance(action, HangUp) else None
            yield size + (missing_bytes or 0)
            size = 0


def left_open(actions: Sequence[Action]) -> Sequence[Action]:
    """Return a stream whose last HTTP chunk is not over where its end still owes something."""
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
    """Tell whether an HTTP chunk is open after something."""
    return isinstance(action, Send) and action.continues
