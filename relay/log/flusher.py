"""Commits the frames of all turns together, once in each turn of the event loop or less often.

The frames that arrive in one turn of the loop wait for its end and cost one commit, unless they are
wanted at once. A pace can let them wait longer. If a commit is not possible at once, it may wait in
another thread or for a server, and further frames wait until it is done. So the frames of a turn
keep their order.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from streamproof.relay.frames import FrameBatch
    from streamproof.relay.log.pace import CommitPace

OnCommitted: TypeAlias = "Callable[[BaseException | None], None]"
Errors: TypeAlias = "Mapping[str, BaseException]"
"""Why the frames of some turns were not stored."""
CommitNow: TypeAlias = "Callable[[Sequence[FrameBatch]], bool]"
CommitLater: TypeAlias = "Callable[[Sequence[FrameBatch]], Awaitable[Errors]]"

_logger = logging.getLogger(__name__)


class Flusher:
    """Collects frames, and commits them by `commit_now`, or by `commit_later` if that fails.

    `commit_now` returns False if it committed nothing. What either raises fails all these turns.
    With a pace, the commits that may wait begin as it decides.
    """

    def __init__(
        self, commit_now: CommitNow, commit_later: CommitLater, pace: CommitPace | None = None
    ) -> None:
        self._commit_now = commit_now
        self._commit_later = commit_later
        self._pace = pace
        self._loop = asyncio.get_running_loop()
        self._batches: list[FrameBatch] = []
        self._callbacks: list[OnCommitted] = []
        self._task: asyncio.Task[None] | None = None
        """The commit that may wait; until it ends, the frames posted here wait for it."""

    def post(self, batch: FrameBatch, on_committed: OnCommitted, *, at_once: bool = False) -> None:
        """Commit frames at the end of this turn of the event loop or later, and report it.

        `at_once`: commit them before this returns, if that is possible, other frames do not wait,
        and no pace is set.
        """
        is_first = not self._batches and self._task is None
        if at_once and is_first and self._pace is None and self._flush([batch], [on_committed]):
            return
        self._batches.append(batch)
        self._callbacks.append(on_committed)
        if is_first:
            self._flush_soon()

    def _flush_soon(self) -> None:
        if self._pace is not None and self._pace.next_at > self._loop.time():
            self._loop.call_at(self._pace.next_at, self._flush_waiting)
        else:
            self._loop.call_soon(self._flush_waiting)

    def _flush_waiting(self) -> None:
        batches, callbacks = self._batches, self._callbacks
        self._batches, self._callbacks = [], []
        if not self._flush(batches, callbacks):
            self._task = asyncio.create_task(self._flush_later(batches, callbacks))

    def _flush(self, batches: Sequence[FrameBatch], callbacks: Sequence[OnCommitted]) -> bool:
        """Commit frames now, and report it; return False if that is not possible."""
        failure: Exception | None = None
        try:
            if not self._commit_now(batches):
                return False
        except Exception as error:  # noqa: BLE001 - each turn gets it
            failure = error
        for on_committed in callbacks:
            _report(on_committed, failure)
        return True

    async def _flush_later(
        self, batches: Sequence[FrameBatch], callbacks: Sequence[OnCommitted]
    ) -> None:
        errors: Errors
        if self._pace is not None:
            self._pace.commit_begins(len(batches), self._loop.time())
        try:
            errors = await self._commit_later(batches)
        except Exception as error:  # noqa: BLE001 - each turn gets it
            errors = {batch.turn_id: error for batch in batches}
        self._task = None
        if self._batches:
            self._flush_soon()
        for batch, on_committed in zip(batches, callbacks, strict=True):
            _report(on_committed, errors.get(batch.turn_id))


def _report(on_committed: OnCommitted, error: BaseException | None) -> None:
    try:
        on_committed(error)
    except Exception:  # the other turns must get their results
        _logger.exception("a callback after a commit failed")
