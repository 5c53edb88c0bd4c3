"""Runs turns: one task owns each turn, from the stored question to the stored end.

Browsers read only the log, so a browser that leaves makes no difference here. In three cases the
turn in memory cannot be trusted: the database refused a commit, the relay is stopping, or it was
killed. Then the turn is rebuilt from its log, which is what browsers can have received, and fails
from there.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from streamproof.contracts.messages import storable
from streamproof.contracts.sse import NO_LIMIT
from streamproof.relay.errors import Unavailable, UpstreamFailed
from streamproof.relay.lifecycle import Reason, TurnStatus
from streamproof.relay.reception import Reception
from streamproof.relay.storage.errors import StorageError
from streamproof.relay.storage.turn_rows import NewTurn
from streamproof.relay.turn import Turn

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from streamproof.relay.dependencies import Dependencies
    from streamproof.relay.frames import Frame, TurnOutcome
    from streamproof.relay.settings import Settings
    from streamproof.relay.turn_store import TurnStore
    from streamproof.relay.upstream import UpstreamClient

_logger = logging.getLogger(__name__)


class TurnRunner:
    """Starts turns, and runs the task of each turn until its end is stored."""

    def __init__(
        self,
        settings: Settings,
        store: TurnStore,
        upstream: UpstreamClient,
        dependencies: Dependencies,
    ) -> None:
        self._settings = settings
        self._store = store
        self._upstream = upstream
        self._dependencies = dependencies
        self._tasks: set[asyncio.Task[None]] = set()
        self._draining = False
        self._closing = False

    @property
    def draining(self) -> bool:
        """Whether new turns are refused, because the relay is stopping."""
        return self._draining

    async def begin(self, user_id: str, room_id: str, text: str) -> NewTurn:
        """Store a question and start its turn; return the turn after the commit.

        Raises `NotFound`, `Conflict` if a turn is running in this room, `TooManyTurns`,
        `Unavailable` and `StorageError`; then nothing was stored.
        """
        if self._draining:
            raise Unavailable("Shutting down")
        new_turn = NewTurn(
            turn_id=self._dependencies.new_id(),
            message_id=self._dependencies.new_id(),
            room_id=room_id,
            user_id=user_id,
            text=storable(text),
            started_at=self._dependencies.now(),
        )
        # If the request is cancelled now, the turn is either not stored, or has a task.
        await asyncio.shield(self._start_task(self._begin(new_turn)))
        return new_turn

    async def recover(self, turn_ids: Sequence[str]) -> None:
        """End turns that an earlier process left running."""
        for turn_id in turn_ids:
            _logger.warning("turn %s was left running by another process; it fails now", turn_id)
            await self._fail_from_log(turn_id, Reason.interrupted)

    async def drain(self, seconds: float) -> None:
        """Refuse new turns, and wait at most `seconds` for the running ones."""
        self._draining = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    async def close(self) -> None:
        """Refuse new turns, and end the running ones as interrupted."""
        self._draining = self._closing = True
        while self._tasks:  # a turn that begins now starts one more task
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(self._tasks)

    def _start_task(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _begin(self, new_turn: NewTurn) -> None:
        """Store a new turn with its start frame, then run it in a task."""
        turn = Turn(
            new_turn.turn_id,
            max_answer_bytes=self._settings.max_answer_bytes,
            max_frames=self._settings.max_frames,
            max_frames_bytes=self._settings.max_frames_bytes,
            max_sources=self._settings.max_sources,
        )
        try:
            await self._store.begin(new_turn, turn.start())
        except asyncio.CancelledError:  # it may be committed, and no task would end it
            await self._fail_until_stored(turn.turn_id, Reason.interrupted)
            raise
        self._start_task(self._run(turn, new_turn))

    async def _run(self, turn: Turn, new_turn: NewTurn) -> None:
        """Run a turn to its stored end, whatever happens."""
        try:
            await self._end(turn.turn_id, await self._receive(turn, new_turn))
        except StorageError as error:
            _logger.error("turn %s: %s", turn.turn_id, error)  # noqa: TRY400 - no traceback needed
            await self._fail_until_stored(turn.turn_id, Reason.storage)
        except asyncio.CancelledError:
            await self._fail_until_stored(turn.turn_id, Reason.interrupted)
            raise
        except Exception:
            _logger.exception("turn %s: an internal error of the relay", turn.turn_id)
            await self._fail_until_stored(turn.turn_id, Reason.interrupted)

    async def _receive(self, turn: Turn, new_turn: NewTurn) -> TurnOutcome:
        """Store the frames of the reply until the reply or the turn has ended."""
        reception = Reception(turn, self._store)
        try:
            await self._upstream.ask(
                new_turn.text,
                new_turn.room_id,
                new_turn.message_id,
                new_turn.user_id,
                take=reception.take,
                has_content=lambda: turn.has_content,
            )
        except UpstreamFailed as failure:
            _logger.warning("turn %s: %s", turn.turn_id, failure)
            return turn.fail(failure.reason)
        finally:
            await reception.settled()
        return await asyncio.to_thread(turn.upstream_ended)  # a long text takes a while

    async def _end(self, turn_id: str, outcome: TurnOutcome) -> None:
        """Store the end of a turn, with the rendered answer if it is complete."""
        html = ""
        if outcome.status is TurnStatus.completed:
            html = await asyncio.to_thread(self._dependencies.render, outcome.text)
        await self._store.end(turn_id, outcome, html)

    async def _fail_until_stored(self, turn_id: str, reason: Reason) -> None:
        """Fail a turn from its log; repeat until that is stored, or the relay stops."""
        wait = self._settings.backoff_seconds
        while True:
            try:
                return await self._fail_from_log(turn_id, reason)
            except Exception:
                _logger.exception("turn %s: its end cannot be stored now", turn_id)
                if self._closing:
                    return None  # the next start of the relay ends it
            await self._dependencies.sleep(wait)
            wait = min(2 * wait, self._settings.backoff_max_seconds)

    async def _fail_from_log(self, turn_id: str, reason: Reason) -> None:
        """Fail a turn after the frames of its log, unless it has ended or was deleted."""
        frames = await self._store.frames(turn_id)
        if not frames or frames[-1].terminal:
            return
        outcome = await asyncio.to_thread(_failed_after, turn_id, frames, reason)
        await self._end(turn_id, outcome)


def _failed_after(turn_id: str, frames: Sequence[Frame], reason: Reason) -> TurnOutcome:
    """Return the outcome of a turn that fails after these frames.

    They were in the limits, and their anomalies were logged, when they arrived.
    """
    turn = Turn.from_frames(turn_id, frames, max_answer_bytes=NO_LIMIT, log=lambda _anomaly: None)
    return turn.fail(reason)
