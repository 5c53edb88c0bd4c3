"""Ends turns: stores the last frame with the state of the turn, and the answer of a complete one.

In some cases the turn in memory cannot be trusted, or another process had it: the database refused
a commit, the user stopped the turn, or its relay is stopping or gone. Then the turn is rebuilt from
its log, which is what browsers can have received, and ends from there.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

from streamproof.contracts.sse import NO_LIMIT
from streamproof.relay.lifecycle import Reason, TurnStatus
from streamproof.relay.storage.errors import FramesRefused
from streamproof.relay.storage.leases import FIRST_EPOCH
from streamproof.relay.turn import Turn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from streamproof.relay.costly_work import CostlyWork
    from streamproof.relay.dependencies import Dependencies
    from streamproof.relay.frames import Frame, TurnOutcome
    from streamproof.relay.settings import Settings
    from streamproof.relay.turn_store import TurnStore

_logger = logging.getLogger(__name__)

COSTLY_CHARACTERS: Final = 32_768
"""A turn with more is costly to end: its Markdown can take some hundred milliseconds."""

Finish: TypeAlias = "Callable[[], TurnOutcome]"
"""Ends a turn in memory, and returns what must be stored."""


class TurnEnder:
    """Ends turns until `closing` is set; then only those whose end can be stored at once."""

    def __init__(
        self,
        settings: Settings,
        store: TurnStore,
        dependencies: Dependencies,
        closing: asyncio.Event,
        work: CostlyWork,
    ) -> None:
        self._settings = settings
        self._store = store
        self._dependencies = dependencies
        self._closing = closing
        self._work = work

    async def end(self, turn_id: str, finish: Finish, size: int, epoch: int = FIRST_EPOCH) -> None:
        """Store the end of a turn, with the rendered answer if it is complete.

        `size` is about how many characters the turn has.
        """
        is_costly = size > COSTLY_CHARACTERS
        compute = partial(self._outcome, finish, size)
        outcome, html = await self._work.run(compute, is_costly=is_costly)
        await self._store.end(turn_id, outcome, html, epoch)

    async def fail_until_stored(
        self, turn_id: str, reason: Reason, epoch: int = FIRST_EPOCH
    ) -> None:
        """Fail a turn from its log; repeat until that is stored, or the relay stops."""
        wait = self._settings.backoff_seconds
        while True:
            try:
                return await self.fail_from_log(turn_id, reason, epoch)
            except FramesRefused as error:
                _logger.warning("turn %s: its end cannot be stored now: %s", turn_id, error)
            except Exception:
                _logger.exception("turn %s: its end cannot be stored now", turn_id)
            if self._closing.is_set():
                return None  # the next start of a relay ends it
            await self._pause(wait)
            wait = min(2 * wait, self._settings.backoff_max_seconds)

    async def fail_from_log(self, turn_id: str, reason: Reason, epoch: int = FIRST_EPOCH) -> None:
        """End a turn after the frames of its log, unless it has ended or was deleted."""
        frames = await self._store.frames(turn_id)
        if not frames or frames[-1].terminal:
            return
        size = sum(len(frame.data) for frame in frames)
        await self.end(turn_id, partial(_ended_after, turn_id, frames, reason), size, epoch)

    def _outcome(self, finish: Finish, size: int) -> tuple[TurnOutcome, str]:
        """Return the outcome, with the rendered answer; for a thread: a long text takes a while."""
        with self._store.computing(size):
            outcome = finish()
            completed = outcome.status is TurnStatus.completed
            return outcome, self._dependencies.render(outcome.text) if completed else ""

    async def _pause(self, seconds: float) -> None:
        """Wait some time, or until the relay closes."""
        waits = [
            asyncio.ensure_future(self._dependencies.sleep(seconds)),
            asyncio.ensure_future(self._closing.wait()),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()


def _ended_after(turn_id: str, frames: Sequence[Frame], reason: Reason) -> TurnOutcome:
    """Return the outcome of a turn that fails, or is stopped, after these frames.

    They were in the limits, and their anomalies were logged, when they arrived.
    """
    turn = Turn.from_frames(turn_id, frames, max_answer_bytes=NO_LIMIT, log=lambda _anomaly: None)
    return turn.stop() if reason is Reason.stopped else turn.fail(reason)
