"""Plays the script of a reply on a connection, up to the ending that the script has.

It does not know about faults.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from streamproof.mock_ai.actions import Finish, HangUp
from streamproof.mock_ai.clock import until
from streamproof.mock_ai.journal.journal import ReplyEnding
from streamproof.mock_ai.playing.holding import Holds
from streamproof.mock_ai.playing.live import LiveStream
from streamproof.mock_ai.playing.player import Player

if TYPE_CHECKING:
    from streamproof.mock_ai.actions import Closing
    from streamproof.mock_ai.http1.writer import WireScript
    from streamproof.mock_ai.journal.journal import Journal, JournalEntry
    from streamproof.mock_ai.playing.idle import IdleConnections
    from streamproof.mock_ai.playing.wire import Wire
    from streamproof.mock_ai.playing.write_scheduler import WriteScheduler


@dataclass(eq=False)
class StreamGroup:
    """The open streams of one run; `speed` divides every delay, and 0 removes them."""

    journal: Journal
    scheduler: WriteScheduler
    idle: IdleConnections
    speed: float = 1
    closing: bool = False
    holds: Holds = field(init=False)
    _playing: dict[JournalEntry, LiveStream] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Show every hold in the journal."""
        self.holds = Holds(self.journal)

    @property
    def streams(self) -> tuple[LiveStream, ...]:
        """The open streams."""
        return tuple(self._playing.values())

    @property
    def interrupted(self) -> ReplyEnding:
        """How a reply ends when its task is cancelled."""
        return ReplyEnding.SERVER_STOPPED if self.closing else ReplyEnding.CLIENT_LEFT

    def live(self, entry: JournalEntry) -> LiveStream | None:
        """Return the open stream of an entry, if there is one."""
        return self._playing.get(entry)

    def close(self) -> None:
        """End every open stream, and every stream that begins later."""
        self.closing = True
        for live in self.streams:
            live.cancel()

    async def play(self, script: WireScript, wire: Wire, entry: JournalEntry) -> None:
        """Play a script; the journal shows how it ended.

        Raises what ends it too early: `ConnectionError`, or cancellation.
        """
        task = cast("asyncio.Task[object]", asyncio.current_task())
        clock = self.scheduler.clock
        begin_ms = entry.began_ms = clock.now_ms()
        player = Player(entry, wire, self.scheduler, begin_ms, self.holds)
        live = self._playing[entry] = LiveStream(entry, script, player, self.holds, task)
        ending = ReplyEnding.SERVER_STOPPED
        try:
            if self.closing:  # the group closed while the reply was planned
                raise asyncio.CancelledError
            self.journal.state_changed(entry)
            while (waiting := player.play(script.ends_at_ms)) is not None:
                await waiting
            ending = ReplyEnding.FINISHED
            if isinstance(script.ending, HangUp):
                ending = await _hang_up(script.ending, wire)
        except ConnectionError:
            ending = ReplyEnding.CLIENT_LEFT
            raise
        except asyncio.CancelledError:
            if live.dropped is None or self.closing:
                ending = self.interrupted
                raise
            task.uncancel()
            ending = ReplyEnding.DROPPED
            await _hang_up(live.dropped, wire)
        finally:
            player.stop()
            del self._playing[entry]
            self.journal.end(entry, ending, clock.now_ms() - begin_ms)
            del task, live  # a cancelled task keeps this frame, which would keep the task
        if isinstance(script.ending, Finish) and script.ending.closing:
            await self._close(script.ending.closing, wire, entry.speed)

    async def _close(self, closing: Closing, wire: Wire, speed: float) -> None:
        """Close a connection after its reply, which has ended for the journal."""
        if closing.idle_ms is not None:
            idle_ms = closing.idle_ms / speed if speed else 0.0
            self.idle.watch(wire.transport, closing, idle_ms)
            return
        if closing.after_ms and speed:
            clock = self.scheduler.clock
            await until(clock, clock.now_ms() + closing.after_ms / speed)
        await _disconnect(closing, wire)


async def _hang_up(ending: HangUp, wire: Wire) -> ReplyEnding:
    if ending.half:
        await wire.close_half()
    await _disconnect(ending, wire)
    return ReplyEnding.RESET if ending.reset else ReplyEnding.CUT


async def _disconnect(how: HangUp | Closing, wire: Wire) -> None:
    if how.reset:
        await wire.reset()
    elif how.close_notify:
        wire.close()
    else:
        await wire.break_off()
