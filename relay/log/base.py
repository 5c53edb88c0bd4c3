"""The log of a turn's frames: append at the end, read from any place, follow to the last frame.

A frame can be read from the commit of its transaction until it is purged. Frames come into the log
in two ways: `append` is a part of a transaction that stores more, and `post` leaves the
transaction to the log, which commits the frames of all turns together.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamproof.relay.frames import TERMINAL, FrameBatch
from streamproof.relay.log.flusher import Flusher
from streamproof.relay.log.notifier import Notifier, show_nothing
from streamproof.relay.log.shared_reads import SharedReads
from streamproof.relay.storage.leases import FIRST_EPOCH

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from datetime import datetime

    from streamproof.relay.frames import Frame
    from streamproof.relay.log.flusher import Errors, OnCommitted
    from streamproof.relay.log.notifier import Show
    from streamproof.relay.log.pace import CommitPace
    from streamproof.relay.storage.transaction import Transaction


@dataclass(frozen=True, slots=True)
class LogHead:
    """The state of a turn's log.

    `count` is the number of frames that were appended. `ended`: the last one is terminal.
    `purged`: the frames are deleted.
    """

    count: int
    ended: bool
    purged: bool

    def is_complete_after(self, n: int) -> bool:
        """Tell whether no frame will ever follow frame `n`."""
        return self.ended and n >= self.count - 1


class EventLog(ABC):
    """The frames of all turns; a subclass decides where they are stored."""

    def __init__(self, pace: CommitPace | None = None) -> None:
        self._notifier = Notifier()
        self._reads = SharedReads(self.read)
        self._flusher = Flusher(self._commit_now, self._commit_later, pace)
        self._newest: dict[str, FrameBatch] = {}
        """The frames of the last commit of each running turn, as far as they are known."""

    def post(self, batch: FrameBatch, on_committed: OnCommitted, *, at_once: bool = False) -> None:
        """Commit frames soon, together with those of other turns; then call `on_committed`.

        `at_once`: commit them before this returns, if possible. `on_committed` gets None after the
        commit, or the error: then nothing of these frames was stored. Post the next frames of a
        turn only after it was called. Only the relay that began a turn posts frames of it, so their
        epoch is the first one.
        """
        self._flusher.post(batch, on_committed, at_once=at_once)

    @abstractmethod
    def append(
        self,
        transaction: Transaction,
        turn_id: str,
        frames: Sequence[Frame],
        epoch: int = FIRST_EPOCH,
    ) -> None:
        """Add frames to the end of a turn's log, as a part of a transaction.

        The readers of the turn get them at the end of the transaction. Raises `FramesRefused` for
        frames that do not continue the log, and if another relay has taken the turn over since
        the caller got its epoch.
        """

    @abstractmethod
    async def read(self, turn_id: str, after: int) -> list[Frame]:
        """Return the next frames after number `after`, in a bounded list; -1 for the first."""

    @abstractmethod
    async def head(self, turn_id: str) -> LogHead | None:
        """Return the state of a turn's log, or None if the turn has no log."""

    @abstractmethod
    async def purge(self, ended_before: datetime) -> int:
        """Delete the frames of turns that ended before a moment; return the number of turns."""

    @abstractmethod
    def _commit_now(self, batches: Sequence[FrameBatch]) -> bool:
        """Commit frames of some turns at once, and bring them to the readers.

        Returns False if nothing was committed. Must not wait: the event loop waits for it.
        """

    @abstractmethod
    async def _commit_later(self, batches: Sequence[FrameBatch]) -> Errors:
        """Commit what `_commit_now` did not; return why frames of some turns were refused.

        Those that were committed are brought to the readers.
        """

    async def follow(
        self, turn_id: str, after: int, silence_seconds: float, show: Show = show_nothing
    ) -> AsyncGenerator[FrameBatch]:
        """Yield the frames after number `after` as they are committed, to the terminal one.

        While the caller waits for the next frames, `show` gets them first: if it returns True,
        they are not yielded. Yields a batch without frames after each `silence_seconds` of silence.
        Ends early if the log does not exist any more: it was purged, or deleted with its room.
        """
        with self._notifier.subscribe(turn_id, after, show) as reader:
            silent = False
            while not reader.over:
                reader.look()
                batch = None if silent else self._known(turn_id, reader.after)
                if batch is None:
                    batch = await self._reads.frames_after(turn_id, reader.after)
                silent = False
                if batch.frames:
                    yield batch
                    reader.has(batch)
                elif not await reader.wait(silence_seconds):
                    if await self._is_over(turn_id, reader.after):
                        return
                    yield FrameBatch(turn_id, ())
                    silent = True  # read the log: a notification may have been lost

    def waiting_bytes(self, turn_id: str) -> int:  # noqa: ARG002 - for logs that keep some
        """Return about how many bytes the next append to a turn writes besides its frames."""
        return 0

    def forget(self, turn_id: str) -> None:
        """Drop the newest frames of a turn that does not run any more."""
        self._newest.pop(turn_id, None)

    def _committed(self, batch: FrameBatch) -> None:
        """Bring committed frames to the readers of their turn."""
        if batch.is_end:
            self._newest.pop(batch.turn_id, None)
        else:
            self._newest[batch.turn_id] = batch
        self._notifier.notify(batch)

    def _committed_at_end(self, transaction: Transaction, batch: FrameBatch) -> None:
        """Bring frames to the readers of their turn at the end of a transaction.

        They get the frames after a commit. Otherwise the log decides: a commit whose result is
        unknown may have succeeded.
        """

        def on_end(committed: bool) -> None:  # noqa: FBT001 - the signature of the callback
            if committed:
                self._committed(batch)
            else:
                self._newest.pop(batch.turn_id, None)
                self._notifier.wake(batch.turn_id)

        transaction.on_end(on_end)

    def _all_continue(self, batches: Sequence[FrameBatch]) -> bool:
        """Tell whether frames are known to continue the logs of running turns."""
        return all(map(self._continues, batches))

    def _continues(self, batch: FrameBatch) -> bool:
        newest = self._newest.get(batch.turn_id)
        return newest is not None and continues_log(batch.frames, newest.last + 1)

    def _known(self, turn_id: str, after: int) -> FrameBatch | None:
        """Return the frames after number `after`; None if the log must be read.

        All readers share a batch and its bytes, so a part of one must be read.
        """
        newest = self._newest.get(turn_id)
        if newest is not None and after >= newest.last:
            return FrameBatch(turn_id, ())
        return newest if newest is not None and after + 1 == newest.first else None

    async def _is_over(self, turn_id: str, after: int) -> bool:
        head = await self.head(turn_id)
        return head is None or head.purged or head.is_complete_after(after)


def continues_log(frames: Sequence[Frame], count: int) -> bool:
    """Tell whether frames continue a log of `count` frames.

    There must be no gap, and only the last frame can be terminal.
    """
    if len(frames) == 1:  # it can be terminal
        return frames[0].n == count
    numbers = [frame.n for frame in frames]
    if not numbers or numbers != list(range(count, count + len(numbers))):
        return False
    return TERMINAL.isdisjoint([frame.event for frame in frames[:-1]])
