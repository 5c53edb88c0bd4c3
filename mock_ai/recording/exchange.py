"""One recorded exchange: the request, the reads of the reply, and the ending.

Times are milliseconds since the request was passed on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from streamproof.mock_ai.actions.head import Framing
from streamproof.mock_ai.http1.bodies import NO_DETAILS, BodyPiece, FramingDetails

if TYPE_CHECKING:
    from streamproof.mock_ai.actions.head import Headers
    from streamproof.mock_ai.scenario.model import Gzip

# The network cuts one chunk into several reads that follow each other immediately. A longer pause
# inside a chunk comes from the service, so the pause is recorded and the chunk is divided.
SAME_CHUNK_MS: Final = 20.0


class ExchangeEnding(StrEnum):
    """How the body of a reply ended."""

    FINISHED = "finished"
    """It ended as its framing announces."""
    CUT = "cut"
    """The connection closed (FIN) before the end of the body."""
    RESET = "reset"
    """The connection was reset (RST)."""
    OPEN = "open"
    """It did not end: the client left, or the recording stopped."""


@dataclass(frozen=True, slots=True)
class RecordedRead:
    """The pieces of a body that arrived in one read."""

    at_ms: float
    pieces: tuple[BodyPiece, ...]


@dataclass(frozen=True, slots=True)
class RecordedWrite:
    """The chunks that the service probably sent in one write.

    With `continues` the last chunk is incomplete: the first chunk of the next write is its rest.
    """

    at_ms: float
    chunks: tuple[bytes, ...]
    continues: bool = False


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """The request of a recorded exchange."""

    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class RecordedInterim:
    """An interim reply, before the head of the reply."""

    at_ms: float
    status: int
    reason: str
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class RecordedExchange:
    """A request and its reply; `note` gives the reason if the recording is incomplete.

    If `answered` is false, only the request and the ending have a meaning.
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
    framing: Framing = Framing.CHUNKED
    http_1_0: bool = False
    interim: tuple[RecordedInterim, ...] = ()
    gzip: Gzip | None = None
    """How the mock codes the body, which has no coding here."""
    details: FramingDetails = NO_DETAILS
    answered: bool = True

    @classmethod
    def unanswered(
        cls,
        request: RecordedRequest,
        ending: ExchangeEnding,
        ended_ms: float,
        note: str | None = None,
    ) -> RecordedExchange:
        """Build an exchange in which the service sent no byte."""
        return cls(request, 200, "OK", (), (), ending, 0.0, ended_ms, note, answered=False)

    @property
    def body(self) -> bytes:
        """The bytes of the body, without framing."""
        return b"".join(piece.data for read in self.reads for piece in read.pieces)

    @property
    def first_ms(self) -> float:
        """Time of the first byte; without an answer, the time of the end."""
        if not self.answered:
            return self.ended_ms
        return self.interim[0].at_ms if self.interim else self.head_ms

    @property
    def last_ms(self) -> float:
        """Time of the last write; the time of the head if the body is empty."""
        writes = self.writes
        return writes[-1].at_ms if writes else self.head_ms

    @property
    def writes(self) -> tuple[RecordedWrite, ...]:
        """The writes of the body, derived from its reads and chunks."""
        return tuple(_writes(self.reads))


def _writes(reads: Iterable[RecordedRead]) -> list[RecordedWrite]:
    """Return one write per read; a chunk that the network cut belongs to its first read."""
    writes: list[_Writing] = []
    last_ms = 0.0
    for read in reads:
        chunks = [[piece.data] for piece in read.pieces]
        if writes and writes[-1].continues and read.at_ms - last_ms <= SAME_CHUNK_MS:
            writes[-1].chunks[-1] += chunks.pop(0)
        else:
            writes.append(_Writing(read.at_ms, []))
        writes[-1].chunks += chunks
        writes[-1].continues = not read.pieces[-1].complete
        last_ms = read.at_ms
    return [RecordedWrite(w.at_ms, tuple(map(b"".join, w.chunks)), w.continues) for w in writes]


@dataclass(slots=True)
class _Writing:
    """A write whose chunks are not joined yet."""

    at_ms: float
    chunks: list[list[bytes]]
    continues: bool = False
