"""The transactions of a turn, each in one function and in the order of its statements.

A frame is committed before it is shown: browsers read only the log. The terminal frame is
committed together with the answer and the state of the turn, so `end` means stored.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Final

from streamproof.relay.lifecycle import TurnStatus
from streamproof.relay.storage import conversations, turn_rows
from streamproof.relay.storage.leases import FIRST_EPOCH
from streamproof.relay.storage.write_queue import LARGE_BYTES

if TYPE_CHECKING:
    from streamproof.relay.dependencies import Dependencies
    from streamproof.relay.frames import Frame, FrameBatch, TurnOutcome
    from streamproof.relay.log.base import EventLog
    from streamproof.relay.log.flusher import OnCommitted
    from streamproof.relay.metrics import Metrics
    from streamproof.relay.ownership import Ownership
    from streamproof.relay.settings import Settings
    from streamproof.relay.storage.transaction import Database, Transaction


LOOK_SECONDS: Final = 1.0
"""Seconds between two looks at a turn of another relay, if nothing is announced."""


class TurnStore:
    """Stores a turn; every coroutine has committed its transaction when it returns.

    Each coroutine can raise `StorageError`; then nothing of its transaction was stored.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        log: EventLog,
        dependencies: Dependencies,
        *,
        ownership: Ownership,
        metrics: Metrics,
    ) -> None:
        self._settings = settings
        self._database = database
        self._log = log
        self._dependencies = dependencies
        self._ownership = ownership
        self._metrics = metrics

    async def begin(self, turn: turn_rows.NewTurn, start: Frame) -> conversations.TurnIds | None:
        """Store a question, its running turn and the start frame (protocol, section 3).

        Stores nothing for a repeated request, and returns the turn of the first one; otherwise
        returns None. Raises `NotFound` if the room is not this user's, `ReplyRunning` if a turn is
        running in it, `Conflict` for a key of another question, and `TooManyTurns` if the user has
        too many running turns.
        """

        def store(transaction: Transaction) -> conversations.TurnIds | None:
            self._database.check()
            connection = transaction.connection
            conversations.lock_room(connection, turn.user_id, turn.room_id)
            if earlier := turn_rows.repeated_turn(connection, turn):
                return earlier
            turn_rows.insert_question(connection, turn)
            turn_rows.insert_turn(
                connection, turn, max_running=self._settings.max_running_turns_per_user
            )
            self._ownership.hold(transaction, turn.turn_id)
            self._log.append(transaction, turn.turn_id, [start])
            self._dependencies.failpoint("begin")
            return None

        earlier = await self._database.write(store)
        if earlier is None:
            self._metrics.began(turn.turn_id)
        return earlier

    def post(self, batch: FrameBatch, on_committed: OnCommitted, *, at_once: bool) -> None:
        """Store frames of a turn soon, then call `on_committed` with None or the error.

        `at_once`: store them before this returns, if possible.
        """
        self._metrics.arrived(batch)
        self._log.post(batch, on_committed, at_once=at_once)

    async def end(
        self, turn_id: str, outcome: TurnOutcome, html: str = "", epoch: int = FIRST_EPOCH
    ) -> None:
        """Store the terminal frame and the end of a turn, and the answer of a completed turn.

        `html` is the rendered answer of a completed turn (protocol, section 3). Raises
        `FramesRefused` if the turn has ended, was deleted, or has another epoch.
        """
        answer = self._answer(outcome, html)

        def store(transaction: Transaction) -> None:
            connection = transaction.connection
            room_id = turn_rows.lock_room_of(connection, turn_id)
            self._log.append(transaction, turn_id, [outcome.frame], epoch)
            if answer is not None and room_id is not None:
                self._database.check()  # `end` means stored; a failure is reported in any case
                turn_rows.insert_answer(connection, room_id, answer)
                turn_rows.insert_sources(connection, turn_id, outcome.sources)
                if self._settings.creates_chat_tables:
                    turn_rows.insert_knowledge(connection, outcome.sources)
                turn_rows.link_sources(
                    connection, answer.message_id, outcome.sources, self._dependencies.new_id
                )
            turn_rows.end_turn(
                connection, turn_id, outcome, answer_id=answer.message_id if answer else None
            )
            self._dependencies.failpoint(outcome.status)

        waiting = self._log.waiting_bytes(turn_id)
        await self._database.write(store, size=outcome.size + len(html) + waiting)
        self._metrics.ended_as(turn_id, outcome)

    def computing(self, size: int) -> AbstractContextManager[None]:
        """Give a context, for a thread, in which the outcome of a turn of a size is computed."""
        is_large = size > LARGE_BYTES
        return self._database.without_large_units() if is_large else nullcontext()

    async def check_owner(self, turn_id: str) -> None:
        """Raise `FramesRefused` if another relay has taken a turn over."""
        await self._ownership.check(turn_id)

    async def stop_elsewhere(self, turn_id: str) -> None:
        """Stop a turn that another relay runs, and wait until that is stored."""
        if not await self._ownership.ask_to_stop(turn_id):
            return
        head = await self._log.head(turn_id)
        if head is not None and not head.ended:
            async for _ in self._log.follow(turn_id, head.count - 1, LOOK_SECONDS):
                pass

    def forget(self, turn_id: str) -> None:
        """Drop what is kept of a turn while it runs; its rows may be deleted already."""
        self._log.forget(turn_id)
        self._metrics.forget(turn_id)

    async def frames(self, turn_id: str) -> list[Frame]:
        """Return all stored frames of a turn."""
        frames: list[Frame] = []
        while batch := await self._log.read(turn_id, len(frames) - 1):
            frames += batch
        return frames

    def _answer(self, outcome: TurnOutcome, html: str) -> turn_rows.NewAnswer | None:
        if outcome.status is not TurnStatus.completed:
            return None
        return turn_rows.NewAnswer(
            self._dependencies.new_id(), outcome.text, html, self._dependencies.now()
        )
