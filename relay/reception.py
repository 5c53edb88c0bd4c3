"""Brings the events of a reply to its turn, and the frames of the turn to the log."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from streamproof.contracts.json_text import has_many_values
from streamproof.contracts.messages import read_message, simple_content
from streamproof.relay.frames import FrameBatch

if TYPE_CHECKING:
    from streamproof.contracts.messages import Received
    from streamproof.contracts.sse import Event
    from streamproof.relay.costly_work import CostlyWork
    from streamproof.relay.frames import Frame
    from streamproof.relay.reply import IncomingReply
    from streamproof.relay.turn import Turn
    from streamproof.relay.turn_store import TurnStore

LARGE_EVENT_CHARACTERS: Final = 16_384
"""Longer data is parsed in another thread: the most values in 1 MiB take a second."""


class Reception:
    """The events of one turn on their way to the log; at most one batch at a time."""

    __slots__ = ("_parsing", "_posted", "_reply", "_settled", "_store", "_turn", "_work")

    def __init__(self, turn: Turn, store: TurnStore, work: CostlyWork) -> None:
        self._turn = turn
        self._store = store
        self._work = work
        self._reply: IncomingReply | None = None
        self._posted = False
        """Whether frames wait for their commit."""
        self._settled: asyncio.Future[None] | None = None
        self._parsing: asyncio.Task[None] | None = None

    def has_content(self) -> bool:
        """Tell whether the turn has its first content, or its end."""
        return self._turn.has_content

    def take(self, reply: IncomingReply, events: list[Event]) -> None:
        """Take events; when their frames are stored, the reply goes on."""
        self._reply = reply
        for event in events:
            if len(event.data) > LARGE_EVENT_CHARACTERS:
                self._parsing = asyncio.create_task(self._take_large(reply, events))
                return
        frames: list[Frame] = []
        for event in events:
            frames += self._turn.receive(event)
        self._post(frames, at_once=reply.is_direct)

    async def settled(self) -> None:
        """Wait until every frame is stored or refused, after the reply has ended or was left."""
        if self._parsing is not None:  # it still stores the frames that the turn counts already
            self._parsing.cancel()
            await asyncio.wait([self._parsing])
        if self._posted:
            self._settled = asyncio.get_running_loop().create_future()
            await self._settled

    async def _take_large(self, reply: IncomingReply, events: list[Event]) -> None:
        try:
            await self._parse(events)
        except Exception as error:  # noqa: BLE001 - the reply raises it: nothing awaits this task
            reply.fail(error)

    async def _parse(self, events: list[Event]) -> None:
        frames: list[Frame] = []
        batch: FrameBatch | None = None
        with suppress(asyncio.CancelledError):  # the reply was left, with events that wait
            for event in events:
                frames += self._turn.receive(event, await self._message_in(event.data))
            if frames:  # many lines take a while
                batch = await asyncio.to_thread(FrameBatch, self._turn.turn_id, frames)
        self._post(frames, batch)

    async def _message_in(self, data: str) -> Received:
        is_costly = has_many_values(data) and simple_content(data) is None
        return await self._work.run(partial(read_message, data), is_costly=is_costly)

    def _post(
        self, frames: list[Frame], batch: FrameBatch | None = None, *, at_once: bool = False
    ) -> None:
        """Store frames; without frames there is nothing to wait for."""
        if frames:
            batch = batch or FrameBatch(self._turn.turn_id, frames)
            self._posted = True
            try:
                self._store.post(batch, self._on_committed, at_once=at_once)
            except BaseException:
                self._posted = False
                raise
        else:
            self._go_on()

    def _on_committed(self, error: BaseException | None) -> None:
        self._posted = False
        if self._settled is not None and not self._settled.done():
            self._settled.set_result(None)
        if error is None:
            self._go_on()
        elif self._reply is not None:
            self._reply.fail(error)

    def _go_on(self) -> None:
        assert self._reply is not None  # noqa: S101 - it brought the frames
        if self._turn.ended:
            self._reply.finish()
        self._reply.go_on()
