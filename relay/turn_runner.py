"""The tasks that own running turns: from the committed question to the committed end.

Browsers only read the log, so whether one of them stays makes no difference here. Where the
state in memory is no longer true (the database refused, the relay is going down, it was killed),
the turn is rebuilt from its log, which is what browsers have seen, and ended from there.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any

from streamproof.contracts.messages import storable
from streamproof.relay.errors import Unavailable, UpstreamFailed
from streamproof.relay.lifecycle import Reason, TurnStatus
from streamproof.relay.storage import turn_rows
from streamproof.relay.storage.errors import StorageError
from streamproof.relay.turn import Frame, Turn

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from sqlalchemy.engine import Connection

    from streamproof.contracts.sse import Event
    from streamproof.relay.dependencies import Dependencies
    from streamproof.relay.log.base import EventLog
    from streamproof.relay.settings import Settings
    from streamproof.relay.turn import TurnOutcome
    from streamproof.relay.upstream import UpstreamClient

_logger = logging.getLogger(__name__)


class TurnRunner:
    """Starts turns, and owns the task of each until its end is stored."""

    def __init__(
        self, settings: Settings, log: EventLog, upstream: UpstreamClient, parts: Dependencies
    ) -> None:
        self._settings = settings
        self._log = log
        self._upstream = upstream
        self._parts = parts
        self._tasks: set[asyncio.Task[None]] = set()
        self._draining = False
        self._closing = False

    @property
    def draining(self) -> bool:
        """Whether no new turns are taken."""
        return self._draining

    async def begin(self, user_id: str, room_id: str, text: str) -> str:
        """Store a question and start its reply; returns the turn's id once both are committed.

        Raises `NotFound`, `Conflict` (one is running in this room), `TooManyTurns`,
        `Unavailable` and `StorageError`; then nothing was stored.
        """
        if self._draining:
            raise Unavailable("Shutting down")
        question = turn_rows.NewTurn(
            turn_id=self._parts.new_id(),
            message_id=self._parts.new_id(),
            room_id=room_id,
            user_id=user_id,
            text=storable(text),
            asked_at=self._parts.now(),
        )
        # A request that is cancelled now leaves either nothing or a turn with a producer.
        await asyncio.shield(self._own(self._start(question)))
        return question.turn_id

    async def recover(self, turn_ids: Sequence[str]) -> None:
        """End turns that an earlier process left running."""
        for turn_id in turn_ids:
            _logger.warning("turn %s was left running: it ends as interrupted", turn_id)
            await self._end_from_log(turn_id, Reason.interrupted)

    async def drain(self, seconds: float) -> None:
        """Take no new turns, and wait so long for the running ones."""
        self._draining = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    async def close(self) -> None:
        """End every turn that still runs, as interrupted."""
        self._draining = self._closing = True
        while self._tasks:  # a starting task makes a running one
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(self._tasks)

    def _own(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _start(self, question: turn_rows.NewTurn) -> None:
        """Commit the question, the turn and its first frame together, then let it run."""
        turn = Turn(question.turn_id, max_answer_bytes=self._settings.max_answer_bytes)
        begin = partial(
            turn_rows.begin,
            question=question,
            max_running=self._settings.max_running_turns_per_user,
        )
        try:
            await self._log.append(turn.turn_id, [turn.start()], also=begin)
        except asyncio.CancelledError:  # it may be committed, and nobody else would end it
            await self._insist(turn.turn_id, Reason.interrupted)
            raise
        self._own(self._run(turn, question))

    async def _run(self, turn: Turn, question: turn_rows.NewTurn) -> None:
        try:
            await self._store(turn.turn_id, await self._relay(turn, question))
        except StorageError as error:
            _logger.error("turn %s: %s", turn.turn_id, error)  # noqa: TRY400 - the message says it
            await self._insist(turn.turn_id, Reason.storage)
        except asyncio.CancelledError:
            await self._insist(turn.turn_id, Reason.interrupted)
            raise
        except Exception:
            _logger.exception("turn %s: a fault of the relay", turn.turn_id)
            await self._insist(turn.turn_id, Reason.interrupted)

    async def _relay(self, turn: Turn, question: turn_rows.NewTurn) -> TurnOutcome:
        """Log what the AI service says until it, or the turn, has come to an end."""
        events = self._upstream.events(
            question.text,
            question.room_id,
            question.message_id,
            question.user_id,
            has_content=lambda: turn.has_content,
        )
        try:
            async with aclosing(events):
                async for batch in events:
                    await self._append(turn, batch)
                    if turn.ended:
                        return turn.complete()
        except UpstreamFailed as failure:
            _logger.warning("turn %s: %s", turn.turn_id, failure)
            return turn.fail(failure.reason)
        return turn.upstream_ended()

    async def _append(self, turn: Turn, batch: Sequence[Event]) -> None:
        """Commit the frames of one read together."""
        frames = [frame for event in batch for frame in turn.receive(event)]
        if frames:
            await self._log.append(turn.turn_id, frames)

    async def _store(self, turn_id: str, outcome: TurnOutcome) -> None:
        """Commit the terminal frame with all that it promises."""
        html = None
        if outcome.status is TurnStatus.completed:
            html = await asyncio.to_thread(self._parts.render, outcome.text)
        answer = turn_rows.TurnResult(
            outcome,
            html,
            self._parts.now(),
            self._parts.new_id,
            creates_chat_tables=self._settings.creates_chat_tables,
        )

        def end(connection: Connection) -> None:
            turn_rows.end(connection, turn_id, answer)
            self._parts.failpoint(outcome.status)

        await self._log.append(turn_id, [outcome.frame], also=end)

    async def _insist(self, turn_id: str, reason: Reason) -> None:
        """End a turn from its log; try again until it works or the relay stops."""
        wait = self._settings.backoff_seconds
        while True:
            try:
                return await self._end_from_log(turn_id, reason)
            except Exception:
                _logger.exception("turn %s cannot be ended now", turn_id)
                if self._closing:
                    return None  # the next start ends it
            await self._parts.sleep(wait)
            wait = min(2 * wait, self._settings.backoff_max_seconds)

    async def _end_from_log(self, turn_id: str, reason: Reason) -> None:
        """Fail a turn as its log has it, unless it has ended or was deleted."""
        frames = await self._read_all(turn_id)
        if not frames or frames[-1].terminal:
            return
        turn = Turn.from_frames(
            turn_id,
            frames,
            max_answer_bytes=self._settings.max_answer_bytes,
            log=lambda _note: None,  # what was remarkable has been said
        )
        await self._store(turn_id, turn.fail(reason))

    async def _read_all(self, turn_id: str) -> list[Frame]:
        frames: list[Frame] = []
        while lot := await self._log.read(turn_id, len(frames) - 1):
            frames += lot
        return frames
