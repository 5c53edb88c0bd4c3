"""The frames of running turns that are in a frames file, and not in `relay_frame` yet.

They are kept in memory until they are moved, so nothing reads a frames file before the next start.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from streamproof.contracts.sse import NO_LIMIT, Decoder
from streamproof.relay.frames import Frame, encode_frames

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streamproof.relay.frames import FrameBatch


class Block(NamedTuple):
    """Frames of one turn without gaps: the numbers of the first and the last one, and the bytes."""

    first: int
    last: int
    wire: bytes

    def frames(self) -> list[Frame]:
        """Return the frames."""
        events = Decoder(max_event_bytes=NO_LIMIT, max_line_bytes=NO_LIMIT).feed(self.wire)
        return [Frame(n, e.event, e.data) for n, e in enumerate(events, self.first)]

    def frames_after(self, n: int) -> list[Frame]:
        """Return the frames that follow frame `n`."""
        return [frame for frame in self.frames() if frame.n > n]

    def after(self, n: int, turn_id: str) -> Block:
        """Return the part that follows frame `n`, which is before the last one."""
        if n < self.first:
            return self
        frames = self.frames_after(n)
        return Block(frames[0].n, self.last, encode_frames(turn_id, frames))


class _PostedTurn:
    """The frames of one turn, side by side: a block of them takes no memory besides its bytes."""

    __slots__ = ("first", "last", "wire")

    def __init__(self, first: int) -> None:
        self.first = first
        self.last = first
        self.wire = bytearray()


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
                turn = self._turns[batch.turn_id] = _PostedTurn(batch.frames[0].n)
            turn.wire += batch.wire
            turn.last = batch.frames[-1].n
            return len(turn.wire)

    def size(self, turn_id: str) -> int:
        """Return how many bytes of a turn were not moved."""
        turn = self._turns.get(turn_id)
        return 0 if turn is None else len(turn.wire)

    def last(self, turn_id: str) -> int:
        """Return the number of the last frame of a turn; -1 if all were moved."""
        turn = self._turns.get(turn_id)
        return -1 if turn is None else turn.last

    def block(self, turn_id: str) -> Block | None:
        """Return the frames of a turn; None if all were moved."""
        with self._lock:
            turn = self._turns.get(turn_id)
            return None if turn is None else Block(turn.first, turn.last, bytes(turn.wire))

    def moved(self, turn_id: str, block: Block) -> None:
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


def blocks_of_turns(wires: Iterable[bytes]) -> dict[str, list[Block]]:
    """Return the frames of a frames file for each turn, in as few blocks as the gaps allow."""
    turns: dict[str, list[Block]] = {}
    for wire in wires:
        turn_id, block = _block_of(wire)
        blocks = turns.setdefault(turn_id, [])
        if blocks and block.first == blocks[-1].last + 1:
            first, _, before = blocks.pop()
            block = Block(first, block.last, before + wire)
        blocks.append(block)
    return turns


def _block_of(wire: bytes) -> tuple[str, Block]:
    events = Decoder(max_event_bytes=NO_LIMIT, max_line_bytes=NO_LIMIT).feed(wire)
    turn_id, _, first = events[0].id.rpartition(":")
    return turn_id, Block(int(first), int(first) + len(events) - 1, wire)
