"""Commits the frames of all turns together, once in each turn of the event loop.

The frames that arrive in one turn of the loop wait for its end and cost one commit. If that commit
is not possible at once, it may wait in another thread, and further frames wait until it is done. So
the frames of a turn keep their order.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from streamproof.relay.frames import Frame

OnCommitted: TypeAlias = "Callable[[BaseException | None], None]"
Errors: TypeAlias = "Mapping[str, BaseException]"
"""Why the frames of some turns were not stored."""
CommitNow: TypeAlias = "Callable[[Mapping[str, Sequence[Frame]]], bool]"
CommitLater: TypeAlias = "Callable[[Mapping[str, Sequence[Frame]]], Awaitable[Errors]]"


class Flusher:
    """Collects frames, and commits them by `commit_now`, or by `commit_later` if that fails.

    `commit_now` returns False if it committed nothing. `commit_later` never raises.
    """

    def __init__(self, commit_now: CommitNow, commit_later: CommitLater) -> None:
        self._commit_now = commit_now
        self._commit_later = commit_later
        self._frames: dict[str, Sequence[Frame]] = {}
        self._callbacks: dict[str, OnCommitted] = {}
        self._task: asyncio.Task[None] | None = None
        """The commits that may wait; until it ends, nothing else is committed."""

    def post(self, turn_id: str, frames: Sequence[Frame], on_committed: OnCommitted) -> None:
        """Commit frames at the end of this turn of the event loop, and report it."""
        if not self._frames and self._task is None:
            asyncio.get_running_loop().call_soon(self._flush)
        self._frames[turn_id] = frames
        self._callbacks[turn_id] = on_committed

    def _flush(self) -> None:
        frames, callbacks = self._frames, self._callbacks
        self._frames, self._callbacks = {}, {}
        if self._commit_now(frames):
            for on_committed in callbacks.values():
                on_committed(None)
        else:
            self._task = asyncio.create_task(self._flush_later(frames, callbacks))

    async def _flush_later(
        self, frames: Mapping[str, Sequence[Frame]], callbacks: Mapping[str, OnCommitted]
    ) -> None:
        errors = await self._commit_later(frames)
        self._task = None
        if self._frames:
            asyncio.get_running_loop().call_soon(self._flush)
        for turn_id, on_committed in callbacks.items():
            on_committed(errors.get(turn_id))
