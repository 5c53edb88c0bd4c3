"""Shares what is read from the log between the readers of a turn that are at the same place.

When many browsers open the stream of a turn, all of them need the same frames. One read serves
those that ask while it runs. Its frames serve others too, as long as a reader has them. So frames
that many browsers take long to read are read, encoded and in memory once.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias
from weakref import WeakValueDictionary

from streamproof.relay.costly_work import CostlyWork
from streamproof.relay.frames import FrameBatch

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from streamproof.relay.frames import Frame

Read: TypeAlias = "Callable[[str, int], Awaitable[Sequence[Frame]]]"
_Place: TypeAlias = "tuple[str, int]"
"""A turn, and the number of the last frame before what is read."""

LARGE_CHARACTERS: Final = 65_536
"""Frames with more data are encoded in another thread."""


class SharedReads:
    """Reads the log, at most once at a time for each place."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._encoding = CostlyWork()
        self._running: dict[_Place, asyncio.Task[FrameBatch]] = {}
        self._in_use: WeakValueDictionary[_Place, FrameBatch] = WeakValueDictionary()

    async def frames_after(self, turn_id: str, after: int) -> FrameBatch:
        """Return some of the next frames after number `after`, with their bytes.

        Without frames: nothing followed `after` at a moment since this was called.
        """
        place = turn_id, after
        batch = self._in_use.get(place)
        if batch is None and (earlier := self._running.get(place)):
            batch = await asyncio.shield(earlier)  # another reader may wait for it too
        if batch is not None and batch.frames:
            return batch
        # The earlier read may have begun before the newest commit. A read after it has not.
        return await asyncio.shield(self._running.get(place) or self._start(place))

    def _start(self, place: _Place) -> asyncio.Task[FrameBatch]:
        task = self._running[place] = asyncio.create_task(self._run(place))
        task.add_done_callback(_take_error)
        return task

    async def _run(self, place: _Place) -> FrameBatch:
        try:
            frames = await self._read(*place)
            encode = partial(FrameBatch, place[0], frames)
            is_large = sum([len(frame.data) for frame in frames]) > LARGE_CHARACTERS
            batch = await self._encoding.run(encode, is_costly=True) if is_large else encode()
            if batch.frames:
                self._in_use[place] = batch
            return batch
        finally:
            del self._running[place]  # before a reader can find that it is done


def _take_error(task: asyncio.Task[FrameBatch]) -> None:
    """Take the error of a read whose readers have all left; asyncio would report it."""
    if not task.cancelled():
        task.exception()
