"""Runs turns: one task owns each turn, from the stored question to the stored end.

Browsers read only the log, so a browser that leaves makes no difference here.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from streamproof.contracts.messages import storable
from streamproof.relay.costly_work import CostlyWork
from streamproof.relay.errors import Unavailable, UpstreamFailed
from streamproof.relay.lifecycle import Reason
from streamproof.relay.reception import Reception
from streamproof.relay.storage.errors import DatabaseBusy, StorageError
from streamproof.relay.storage.leases import FIRST_EPOCH, ClaimedTurn
from streamproof.relay.storage.turn_rows import NewTurn
from streamproof.relay.turn import Turn
from streamproof.relay.turn_ender import TurnEnder

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from streamproof.relay.dependencies import Dependencies
    from streamproof.relay.reply import IncomingReply
    from streamproof.relay.settings import Settings
    from streamproof.relay.storage.conversations import TurnIds
    from streamproof.relay.turn_ender import Finish
    from streamproof.relay.turn_store import TurnStore
    from streamproof.relay.upstream import UpstreamClient

T = TypeVar("T")

_logger = logging.getLogger(__name__)


STOP_WAIT_SECONDS: Final = 5.0
"""Seconds that a stop waits until the end of its turn is stored; the AI service is left at once."""


class BegunTurn(NamedTuple):
    """A turn, the user's message that it answers, and whether this request started it."""

    turn_id: str
    message_id: str
    is_new: bool


def _new_future() -> asyncio.Future[None]:
    return asyncio.get_running_loop().create_future()


@dataclass(slots=True)
class _Run:
    """A turn of this process; `receiving` is its task while it waits for the AI service.

    `is_stored`: its question is committed, so the database knows the turn.
    """

    turn: Turn
    question: NewTurn | None
    """Forgotten when the AI service has it: it can be long."""
    stop_asked: bool = False
    receiving: asyncio.Task[Any] | None = None
    is_stored: bool = False
    over: asyncio.Future[None] = field(default_factory=_new_future)
    _left: bool = False

    def leave(self) -> None:
        """Leave the AI service, once; a turn whose end has arrived completes instead."""
        if self.receiving is not None and not self.turn.ended and not self._left:
            self._left = True
            self.receiving.cancel()


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
        self._tasks: set[asyncio.Task[Any]] = set()
        self._runs: dict[str, _Run] = {}
        self._ending: set[str] = set()
        self._draining = False
        self._closing = asyncio.Event()
        self._reading = CostlyWork()  # no end of a turn waits for the events of others
        self._ender = TurnEnder(settings, store, dependencies, self._closing, CostlyWork())

    @property
    def draining(self) -> bool:
        """Whether new turns are refused, because the relay is stopping."""
        return self._draining

    @property
    def stored_turn_ids(self) -> set[str]:
        """The turns that run here and that the database knows."""
        return {turn_id for turn_id, run in self._runs.items() if run.is_stored}

    @property
    def known_turn_ids(self) -> set[str]:
        """The turns that run here, or whose end this process is about to store."""
        return {*self._runs, *self._ending}

    async def begin(
        self, user_id: str, room_id: str, text: str, idempotency_key: str | None = None
    ) -> BegunTurn:
        """Store a question and start its turn; return the turn after the commit.

        For a repeated request, returns the turn of the first one. Raises `NotFound`,
        `ReplyRunning` if a turn is running in this room, `Conflict` for a key of another question,
        `TooManyTurns`, `Unavailable` and `StorageError`; then nothing was stored.
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
            idempotency_key=idempotency_key,
        )
        # If the request is cancelled now, the turn is either not stored, or has a task.
        earlier = await asyncio.shield(self._start_task(self._begin(new_turn)))
        if earlier is not None:
            return BegunTurn(*earlier, is_new=False)
        return BegunTurn(new_turn.turn_id, new_turn.message_id, is_new=True)

    async def stop(self, turn_id: str) -> None:
        """Stop a turn, whichever relay runs it, and wait until that is stored.

        Do nothing for a turn that has ended.
        """
        if run := self._runs.get(turn_id):
            self.leave(turn_id, stop=True)
            await asyncio.wait([run.over], timeout=STOP_WAIT_SECONDS)
        else:
            with suppress(TimeoutError):
                async with asyncio.timeout(STOP_WAIT_SECONDS):
                    await self._store.stop_elsewhere(turn_id)

    def leave(self, turn_id: str, *, stop: bool = False) -> None:
        """Leave the AI service, and end the turn from its log: as stopped, or as interrupted."""
        if run := self._runs.get(turn_id):
            run.stop_asked = run.stop_asked or stop
            run.leave()

    async def recover(self, turn_ids: Sequence[str]) -> None:
        """End turns that an earlier process left running; raises `StorageError`."""
        for turn_id in turn_ids:
            self._log_recovery(turn_id)
            await self._ender.fail_from_log(turn_id, Reason.interrupted)

    def take_over(self, turn: ClaimedTurn) -> asyncio.Task[None]:
        """End a turn of another relay in a task; its AI service is not asked again."""
        self._log_recovery(turn.turn_id)
        reason = Reason.stopped if turn.stop_asked else Reason.interrupted
        return self._end_in_task(turn.turn_id, reason, turn.epoch)

    def _end_in_task(
        self, turn_id: str, reason: Reason, epoch: int = FIRST_EPOCH
    ) -> asyncio.Task[None]:
        self._ending.add(turn_id)
        task = self._start_task(self._ender.fail_until_stored(turn_id, reason, epoch))
        task.add_done_callback(lambda _: self._ending.discard(turn_id))
        return task

    def _log_recovery(self, turn_id: str) -> None:
        _logger.warning("turn %s was left running by another process; it ends now", turn_id)
        self._dependencies.failpoint("recover")

    async def drain(self, seconds: float) -> None:
        """Refuse new turns, and wait at most `seconds` for the running ones."""
        self._draining = True
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        # A turn that begins now starts one more task.
        while self._tasks and (left := until - loop.time()) > 0:
            await asyncio.wait(self._tasks, timeout=left)

    async def close(self) -> None:
        """Refuse new turns, and end the running ones as interrupted.

        Only the wait for the AI service is cut short. An end that the database is writing is
        waited for.
        """
        self._draining = True
        self._closing.set()
        for run in self._runs.values():
            run.leave()
        while self._tasks:  # a turn that begins now starts one more task
            await asyncio.wait(self._tasks)

    def _start_task(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _begin(self, new_turn: NewTurn) -> TurnIds | None:
        """Store a new turn with its start frame, then run it in a task.

        Return the earlier turn of a repeated request instead.
        """
        turn = Turn(
            new_turn.turn_id,
            max_answer_bytes=self._settings.max_answer_bytes,
            max_frames=self._settings.max_frames,
            max_frames_bytes=self._settings.max_frames_bytes,
            max_sources=self._settings.max_sources,
        )
        run = _Run(turn, new_turn)
        self._runs[turn.turn_id] = run  # from its commit on, it can be stopped
        is_running = False
        try:
            earlier = await self._store.begin(new_turn, turn.start())
            is_running = run.is_stored = earlier is None
        except asyncio.CancelledError:  # it may be committed, and no task would end it
            await self._ender.fail_until_stored(turn.turn_id, Reason.interrupted)
            raise
        except StorageError:  # as above: only the answer of the commit may be lost
            self._end_in_task(turn.turn_id, Reason.storage)
            raise
        finally:
            if not is_running:
                self._forget(run)
        if is_running:
            self._start_task(self._run(run))
        return earlier

    def _forget(self, run: _Run) -> None:
        del self._runs[run.turn.turn_id]
        self._store.forget(run.turn.turn_id)
        run.over.set_result(None)

    async def _run(self, run: _Run) -> None:
        """Run a turn to its stored end, whatever happens."""
        turn = run.turn
        try:
            finish = await self._receive(run)
            await self._ender.end(turn.turn_id, finish, turn.size)
        except StorageError as error:
            _logger.error("turn %s: %s", turn.turn_id, error)  # noqa: TRY400 - no traceback needed
            is_busy = isinstance(error, DatabaseBusy)
            reason = Reason.database_busy if is_busy else Reason.storage
            await self._ender.fail_until_stored(turn.turn_id, reason)
        except asyncio.CancelledError:
            reason = Reason.stopped if run.stop_asked else Reason.interrupted
            await self._ender.fail_until_stored(turn.turn_id, reason)
            raise
        except Exception:
            _logger.exception("turn %s: an internal error of the relay", turn.turn_id)
            await self._ender.fail_until_stored(turn.turn_id, Reason.interrupted)
        finally:
            self._forget(run)

    async def _receive(self, run: _Run) -> Finish:
        """Store the frames of the reply until the reply or the turn has ended.

        Only here can a stop cancel the task: what follows must be stored.
        """
        if run.stop_asked:
            return run.turn.stop
        if self._closing.is_set():
            return partial(run.turn.fail, Reason.interrupted)
        run.receiving = asyncio.current_task()
        try:
            return await self._receive_reply(run)
        finally:
            run.receiving = None

    async def _receive_reply(self, run: _Run) -> Finish:
        turn = run.turn
        reception = Reception(turn, self._store, self._reading)
        self._dependencies.failpoint("ask")
        try:
            reply = await self._ask(run, reception)
            await reply.read()
        except UpstreamFailed as failure:
            _logger.warning("turn %s: %s", turn.turn_id, failure)
            return partial(turn.fail, failure.reason)
        finally:
            await reception.settled()
        return turn.upstream_ended

    async def _ask(self, run: _Run, reception: Reception) -> IncomingReply:
        question, run.question = run.question, None
        assert question is not None  # noqa: S101 - each turn asks once
        return await self._upstream.ask(
            question.text,
            question.room_id,
            question.message_id,
            question.user_id,
            take=reception.take,
            has_content=reception.has_content,
            before_attempt=partial(self._store.check_owner, run.turn.turn_id),
        )
