"""One recorded exchange: the request, and the reply read by read, with how it ended.

Times are milliseconds since the request was passed on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from streamproof.mock_ai.http1.reader import COMPLETE_FRAMING, BodyPiece, UnfinishedFraming

if TYPE_CHECKING:
    from streamproof.mock_ai.actions import Headers

# The network cuts one chunk into several reads that follow each other at once; a longer silence
# inside a chunk is the service's own, and worth more than the chunk.
SAME_CHUNK_MS: Final = 20.0


class ExchangeEnding(StrEnum):
    """How the body of a reply ended."""

    FINISHED = "finished"
    """As its framing says."""
    CUT = "cut"
    """By a plain close (FIN) with more due."""
    RESET = "reset"
    """By a reset (RST)."""
    OPEN = "open"
    """Not at all: the client left, or the recording stopped."""


@dataclass(frozen=True, slots=True)
class RecordedRead:
    """The parts of a body that came in one read."""

    at_ms: float
    parts: tuple[BodyPiece, ...]


@dataclass(frozen=True, slots=True)
class RecordedWrite:
    """The chunks that the service seems to have written at once.

    With `goes_on` the last of them is not over: the first of the next write is the rest of it.
    """

    at_ms: float
    chunks: tuple[bytes, ...]
    continues: bool = False


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """What was asked."""

    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class RecordedExchange:
    """A request and its reply; `note` says what kept the recording from being complete.

    `until_closed` says that the body had no chunks and no length: the close of the connection,
    clean or not, was all that could end it. Where nothing `answered`, only the ending means
    something.
    """

    request: RecordedRequest
    status: int
    reason: str
    headers: Headers
    reads: tuple[RecordedRead, ...]
    ending: ExchangeEnding = ExchangeEnding.FINISHED
    head_ms: float = 0.0
    ended_ms: float = 0.0
    note: str | None = None
    until_closed: bool = False
    http_1_0: bool = False
    unfinished: UnfinishedFraming = COMPLETE_FRAMING
    answered: bool = True

    @classmethod
    def unanswered(
        cls,
        request: RecordedRequest,
        ending: ExchangeEnding,
        ended_ms: float,
        note: str | None = None,
    ) -> RecordedExchange:
        """Make one of a request after which not a byte came."""
        return cls(request, 200, "OK", (), (), ending, 0.0, ended_ms, note, answered=False)

    @property
    def body(self) -> bytes:
        """The bytes of the body, without any framing."""
        return b"".join(part.data for read in self.reads for part in read.parts)

    @property
    def last_ms(self) -> float:
        """When the last write came, be it that of the head."""
        writes = self.writes
        return writes[-1].at_ms if writes else self.head_ms

    @property
    def writes(self) -> tuple[RecordedWrite, ...]:
        """The body as it was written, as far as reads and chunks tell."""
        return tuple(_writes(self.reads))


def _writes(reads: Iterable[RecordedRead]) -> list[RecordedWrite]:
    """Make a write of every read; a chunk that the network cut belongs to its first read."""
    writes: list[_Writing] = []
    last_ms = 0.0
    for read in reads:
        chunks = [[part.data] for part in read.parts]
        if writes and writes[-1].continues and read.at_ms - last_ms <= SAME_CHUNK_MS:
            writes[-1].chunks[-1] += chunks.pop(0)
        else:
            writes.append(_Writing(read.at_ms, []))
        writes[-1].chunks += chunks
        writes[-1].continues = not read.parts[-1].complete
        last_ms = read.at_ms
    return [RecordedWrite(w.at_ms, tuple(map(b"".join, w.chunks)), w.continues) for w in writes]


@dataclass(slots=True)
class _Writing:
    """A write with its chunks in parts."""

    at_ms: float
    chunks: list[list[bytes]]
    continues: bool = False
