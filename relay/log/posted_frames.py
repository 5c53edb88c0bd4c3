"""The frames of running turns that are in a frames file, and not in `relay_frame` yet.

They are kept in memory until they are moved, so nothing reads a frames file before the next start.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from streamproof.contracts.sse import NO_LIMIT, Decoder
from streamproof.relay.frames import encode_frames
from streamproof.relay.log.stored import SEVERAL, frames_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streamproof.relay.frames import Frame, FrameBatch

BYTES_OF_A_BLOCK: Final = 65_536
"""A block with more is not made longer: a reader decodes it as a whole."""


class FrameBlock(NamedTuple):
    """Frames of one turn without gaps: the numbers of the first and the last one, and the bytes."""

    first: int
    last: int
    wire: bytes

    def frames(self) -> list[Frame]:
        """Return the frames."""
        return frames_of(self.last, SEVERAL, self.wire)

    def frames_after(self, n: int) -> list[Frame]:
        """Return the frames that follow frame `n`."""
        return [frame for frame in self.frames() if frame.n > n]

    def after(self, n: int, turn_id: str) -> FrameBlock:
        """Return the part that follows frame `n`, which is before the last one."""
        if n < self.first:
            return self
        frames = self.frames_after(n)
        return FrameBlock(frames[0].n, self.last, encode_frames(turn_id, frames))


TurnBlock: TypeAlias = "tuple[str, FrameBlock]"
"""A block, after the ID of its turn."""


class _PostedTurn:
    """The frames of one turn, side by side: a block of them takes no memory besides its bytes."""

    __slots__ = ("first", "last", "wire")

    def __init__(self, first: int) -> None:
        self.first = first
        self.last = first
        self.wire = bytearray()

    def add(self, last: int, wire: bytes) -> None:
        """Add frames after the last one."""
        self.last = last
        self.wire += wire

    def block(self) -> FrameBlock:
        """Return all frames."""
        return FrameBlock(self.first, self.last, bytes(self.wire))


class PostedFrames:
    """The posted frames of each turn that were not moved.

    The thread of the event loop changes them; others may ask for the block of a turn.
    """

    def __init__(self) -> None:
        self._turns: dict[str, _PostedTurn] = {}
        self._lock = Lock()

    def __iter__(self) -> Iterator[str]:
        return iter(self._turns)

    def __len__(self) -> int:
        return len(self._turns)

    def add(self, batch: FrameBatch) -> int:
        """Add frames after those of their turn; return how many bytes it has now."""
        with self._lock:
            turn = self._turns.get(batch.turn_id)
            if turn is None:
                turn = self._turns[batch.turn_id] = _PostedTurn(batch.first)
            turn.add(batch.last, batch.wire)
            return len(turn.wire)

    def size(self, turn_id: str) -> int:
        """Return how many bytes of a turn were not moved."""
        turn = self._turns.get(turn_id)
        return 0 if turn is None else len(turn.wire)

    def last(self, turn_id: str) -> int:
        """Return the number of the last frame of a turn; -1 if all were moved."""
        turn = self._turns.get(turn_id)
        return -1 if turn is None else turn.last

    def block(self, turn_id: str) -> FrameBlock | None:
        """Return the frames of a turn; None if all were moved."""
        with self._lock:
            turn = self._turns.get(turn_id)
            return None if turn is None else turn.block()

    def moved(self, turn_id: str, block: FrameBlock) -> None:
        """Note that a block is in the database, or was deleted with its turn."""
        with self._lock:
            turn = self._turns.get(turn_id)
            if turn is None:
                return
            if turn.last <= block.last:
                del self._turns[turn_id]
            elif turn.first == block.first:
                del turn.wire[: len(block.wire)]
                turn.first = block.last + 1


def left_blocks(records: Iterable[bytes]) -> list[TurnBlock]:
    """Return the frames of a frames file, in few blocks; those of each turn keep their order.

    Raises `ValueError` for a record that has no frames of a turn.
    """
    blocks: list[TurnBlock] = []
    growing: dict[str, _PostedTurn] = {}
    for record in records:
        turn_id, first, last = _numbers(record)
        turn = growing.get(turn_id)
        if turn is not None and (turn.last + 1 != first or len(turn.wire) > BYTES_OF_A_BLOCK):
            blocks.append((turn_id, turn.block()))
            turn = None
        if turn is None:
            turn = growing[turn_id] = _PostedTurn(first)
        turn.add(last, record)
    return blocks + [(turn_id, turn.block()) for turn_id, turn in growing.items()]


def _numbers(record: bytes) -> tuple[str, int, int]:
    """Return the turn of some frames, and the numbers of the first and the last one."""
    events = Decoder(max_event_bytes=NO_LIMIT, max_line_bytes=NO_LIMIT).feed(record)
    turn_id, _, first = events[0].id.rpartition(":") if events else ("", "", "no event")
    return turn_id, int(first), int(first) + len(events) - 1
