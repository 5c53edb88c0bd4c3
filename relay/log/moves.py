"""Moves posted frames from the frames files to `relay_frame`, and deletes the files.

Many frames of one turn become one row. They are moved when the turn has enough of them, when their
file is full, and at the end of the turn as a part of its transaction. If few turns are due, each
row is a transaction on the thread of the event loop, between two commits of frames. If many are
due, the thread that writes moves several rows together. A file is deleted when it is full and each
of its frames was moved, or when a turn ends and no frame of another one waits for a move.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from streamproof.contracts.files import system_problem
from streamproof.relay.log.posted_frames import PostedFrames, left_blocks
from streamproof.relay.log.stored import SEVERAL, head_now
from streamproof.relay.storage.checkpoints import PAGE_BYTES
from streamproof.relay.storage.errors import FramesRefused, StorageError
from streamproof.relay.storage.frames_files import records_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from streamproof.relay.frames import FrameBatch
    from streamproof.relay.log.posted_frames import FrameBlock, TurnBlock
    from streamproof.relay.storage.sqlite import SqliteDatabase
    from streamproof.relay.storage.transaction import Transaction

BYTES_OF_A_MOVE: Final = 16_384
"""A turn with this many is due: one row costs less than one for each frame."""
BYTES_OF_A_TRANSACTION: Final = 131_072
"""If the turns that are due have this many, the thread that writes moves them."""
FILE_BYTES: Final = 8_388_608
"""A file with this many is full: its frames are moved, and the next one begins."""
MAX_WAITING_FILES: Final = 3
"""While more of them wait, the moves are too slow: the frames take too much memory."""
RETRY_SECONDS: Final = 1.0
"""From a move that failed to the next attempt."""

_INSERT_BLOCK: Final = """
INSERT INTO relay_frame (turn_id, n, event, data, terminal)
SELECT :turn, :last, :several, :wire, 0
WHERE (SELECT max(n) FROM relay_frame WHERE turn_id = :turn) = :first - 1
  AND EXISTS (SELECT 1 FROM relay_turn WHERE id = :turn AND sealed_at IS NULL)
"""
_logger = logging.getLogger(__name__)


class Moves:
    """The posted frames of a log, and the task that moves them."""

    def __init__(self, database: SqliteDatabase) -> None:
        self.posted = PostedFrames()
        self._database = database
        self._files = database.frames_files
        self._loop = asyncio.get_running_loop()
        self._due: dict[str, None] = {}
        """The turns whose frames must be moved, in this order."""
        self._waiting: dict[Path, dict[str, int]] = {}
        """The files before the one that grows, with the last frame of each turn to be moved."""
        self._moved: list[Path] = []
        """The files whose frames were all moved: they must be deleted."""
        self._file_is_kept = False
        self._task: asyncio.Task[None] | None = None
        self._retry: asyncio.TimerHandle | None = None
        """Not None: a move failed, and no other one begins until then."""

    @property
    def are_slow(self) -> bool:
        """Whether too many frames wait for their move."""
        return len(self._waiting) > MAX_WAITING_FILES

    async def recover(self) -> None:
        """Move the frames that another process has left; raises `StorageError`."""
        for path in self._files.paths():
            try:
                for blocks in _transactions(await asyncio.to_thread(_left_in, path)):
                    await self._move(blocks)
                await asyncio.to_thread(path.unlink)
            except OSError as error:
                raise StorageError(f"{path}: {system_problem(error)}") from error
            except StorageError as error:
                raise StorageError(f"{path}: its frames cannot be moved: {error}") from error

    async def close(self) -> None:
        """Move all frames; what cannot be moved now is moved at the next start."""
        if self._task is not None:
            await asyncio.wait([self._task])
        self.begin_next_file()
        self._run_again()
        if self._task is not None:
            await asyncio.wait([self._task])
        if self._retry is not None:
            self._retry.cancel()

    @contextmanager
    def file_kept(self) -> Iterator[None]:
        """Let no other file begin while a thread appends to the one that grows."""
        self._file_is_kept = True
        try:
            yield
        finally:
            self._file_is_kept = False

    def appended(self, batches: Sequence[FrameBatch]) -> None:
        """Note that frames are in the file that grows."""
        for batch in batches:
            if self.posted.add(batch) >= BYTES_OF_A_MOVE:
                self._due[batch.turn_id] = None
        if self._files.size >= FILE_BYTES:
            self.begin_next_file()
        if self._due and self._task is None and self._retry is None:
            self._move_one_now()
            if sum(map(self.posted.size, self._due)) >= BYTES_OF_A_TRANSACTION:
                self._run_soon()

    def _move_one_now(self) -> None:
        """Move the frames of one turn on this thread, which costs no change of threads.

        If that is not possible at once, the turn stays due, after the others.
        """
        if self._files.waits_for_disk:
            return
        if (first := next(self._due_blocks(), None)) is None:
            return
        turn_id, block = first
        if self._database.execute_now(*_insert_block(turn_id, block), pages=_pages_of(block)):
            self.moved(turn_id, block)
        else:
            self._due[turn_id] = None

    def turn_ended(self, turn_id: str) -> None:
        """Move what is left of a turn that does not run: its end is not stored, or it is gone.

        If no turn has frames to be moved, the file is deleted.
        """
        if self.posted.size(turn_id):
            self._due[turn_id] = None
            self._run_soon()
        elif not self.posted:
            self.begin_next_file()

    def moved(self, turn_id: str, block: FrameBlock) -> None:
        """Note that frames are in `relay_frame`, or that their turn does not exist any more."""
        self.posted.moved(turn_id, block)
        for turns in self._waiting.values():
            if turns.get(turn_id, block.last + 1) <= block.last:
                del turns[turn_id]
        self._look_for_moved_files()

    def begin_next_file(self) -> None:
        """Let the next append begin another file; the frames of this one are moved soon."""
        if self._files.is_open and not self._file_is_kept:
            self._waiting[self._files.path] = {t: self.posted.last(t) for t in self.posted}
            self._files.begin_next()
            self._due |= dict.fromkeys(self.posted)
            self._look_for_moved_files()
            self._run_soon()

    def _look_for_moved_files(self) -> None:
        for path in [path for path, turns in self._waiting.items() if not turns]:
            del self._waiting[path]
            self._moved.append(path)
            self._run_soon()

    def _run_soon(self) -> None:
        if self._task is None and self._retry is None:
            self._task = asyncio.create_task(self._run())

    def _run_again(self) -> None:
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        self._run_soon()

    async def _run(self) -> None:
        try:
            while self._due or self._moved:
                for blocks in _transactions(self._due_blocks()):
                    await self._move(blocks)
                if not self.posted:
                    self.begin_next_file()
                await self._delete_files()
        except Exception as error:  # nothing awaits this task
            self._due |= dict.fromkeys(self.posted)
            self._retry = self._loop.call_later(RETRY_SECONDS, self._run_again)
            is_unexpected = not isinstance(error, StorageError)
            _logger.warning("posted frames cannot be moved now: %s", error, exc_info=is_unexpected)
        finally:
            self._task = None

    def _due_blocks(self) -> Iterator[TurnBlock]:
        while self._due:
            turn_id = next(iter(self._due))
            del self._due[turn_id]
            if (block := self.posted.block(turn_id)) is not None:
                yield turn_id, block

    async def _delete_files(self) -> None:
        while self._moved:
            path = self._moved.pop()
            try:
                await asyncio.to_thread(path.unlink, missing_ok=True)
            except OSError as error:
                problem = system_problem(error)
                _logger.warning("%s: the next start deletes it, because now: %s", path, problem)

    async def _move(self, blocks: Sequence[TurnBlock]) -> None:
        size = sum(len(block.wire) for _, block in blocks)
        await self._database.write(partial(_store_blocks, blocks), size=size)
        for turn_id, block in blocks:
            self.moved(turn_id, block)


def _left_in(path: Path) -> list[TurnBlock]:
    """Return the frames of a file; raises `OSError`, and `StorageError` for another content."""
    records, ignored = records_of(path)
    if ignored:
        _logger.warning(
            "%s: its last %d bytes are not a whole record: a write broke off, or it is damaged",
            path,
            ignored,
        )
    try:
        return left_blocks(records)
    except ValueError as error:
        raise StorageError(f"a record has no frames ({error}); move the file away") from error


def _transactions(blocks: Iterable[TurnBlock]) -> Iterator[list[TurnBlock]]:
    """Divide blocks into those of each transaction, and keep their order."""
    some: list[TurnBlock] = []
    for turn_id, block in blocks:
        some.append((turn_id, block))
        if sum(len(block.wire) for _, block in some) >= BYTES_OF_A_TRANSACTION:
            yield some
            some = []
    if some:
        yield some


def _store_blocks(blocks: Sequence[TurnBlock], transaction: Transaction) -> None:
    for turn_id, block in blocks:
        try:
            store_block(turn_id, block, transaction)
        except FramesRefused as error:
            _logger.warning("frames are lost, as after a power cut: %s", error)


def store_block(turn_id: str, block: FrameBlock, transaction: Transaction) -> None:
    """Insert the frames of a block that `relay_frame` does not have, unless the turn has ended.

    Raises `FramesRefused` if the frames before them are missing.
    """
    if transaction.connection.exec_driver_sql(*_insert_block(turn_id, block)).rowcount:
        return  # almost every block
    head = head_now(turn_id, transaction.connection)
    if head is None:
        _logger.info("turn %s does not exist any more: its frames are dropped", turn_id)
        return
    if head.ended or block.last < head.count:
        return
    if block.first > head.count:
        raise FramesRefused(f"turn {turn_id}: wanted frame {head.count}, got {block.first}")
    rest = block.after(head.count - 1, turn_id)
    transaction.connection.exec_driver_sql(*_insert_block(turn_id, rest))


def _insert_block(turn_id: str, block: FrameBlock) -> tuple[str, dict[str, Any]]:
    """Return a statement that inserts a block if it is the next one of a running turn."""
    return _INSERT_BLOCK, {"turn": turn_id, "several": SEVERAL, **block._asdict()}


def _pages_of(block: FrameBlock) -> int:
    """Return about how many pages the row of a block needs, with those of the index."""
    return 6 + len(block.wire) // PAGE_BYTES
