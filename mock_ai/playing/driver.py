"""The driver: sends the script of a reply on a connection, with the ending that it has.

The driver knows nothing about faults.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from streamproof.mock_ai.actions import HangUp
from streamproof.mock_ai.journal.journal import ReplyEnding
from streamproof.mock_ai.playing.holding import Holds
from streamproof.mock_ai.playing.live import LiveStream
from streamproof.mock_ai.playing.player import Player

if TYPE_CHECKING:
    from streamproof.mock_ai.http1.writer import WireScript
    from streamproof.mock_ai.journal.journal import Journal, JournalEntry
    from streamproof.mock_ai.playing.wire import Wire
    from streamproof.mock_ai.playing.write_scheduler import WriteScheduler


@dataclass(eq=False)
class StreamGroup:
    """The streams of one run, with their write scheduler, speed (0: no delays) and holds."""

    journal: Journal
    scheduler: WriteScheduler
    speed: float = 1
    closing: bool = False
    holds: Holds = field(init=False)
    _playing: dict[JournalEntry, LiveStream] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Create the holds, which report changes to the journal."""
        self.holds = Holds(self.journal)

    @property
    def streams(self) -> tuple[LiveStream, ...]:
        """The replies that are being sent."""
        return tuple(self._playing.values())

    @property
    def interrupted(self) -> ReplyEnding:
        """The ending of a reply that is cancelled."""
        return ReplyEnding.SERVER_STOPPED if self.closing else ReplyEnding.CLIENT_LEFT

    def live(self, entry: JournalEntry) -> LiveStream | None:
        """Return the live stream of an entry, or None if it is not being sent."""
        return self._playing.get(entry)

    def close(self) -> None:
        """End every reply that is being sent, and every later one."""
        self.closing = True
        for live in self.streams:
            live.cancel()

    def release(self, entry: JournalEntry) -> bool:
        """Release a held reply; return false if it is not held, or only its client can end it."""
        return self.holds.release(entry)

    async def play(self, script: WireScript, wire: Wire, entry: JournalEntry) -> None:
        """Send a script to its ending, and note the ending in the journal.

        Raises `ConnectionError` if the client leaves, and `CancelledError` if the server stops.
        """
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("play() must run inside a task")
        clock = self.scheduler.clock
        begin_ms = entry.began_ms = clock.now_ms()
        player = Player(entry, wire, self.scheduler, begin_ms, self.holds)
        live = self._playing[entry] = LiveStream(entry, script, player, self.holds, task)
        ending = ReplyEnding.SERVER_STOPPED
        try:
            if self.closing:  # since the reply was planned
                raise asyncio.CancelledError
            self.journal.turned(entry)
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


@dataclass(frozen=True, slots=True)
class Performance:
    """A reply that waits for its connection; `reusable` if another may follow there."""

    script: WireScript
    entry: JournalEntry
    stage: StreamGroup
    reusable: bool

    @property
    def status(self) -> int:
        """The status that it sends."""
        return self.script.start.status

    async def perform(self, wire: Wire) -> None:
        """Perform it, and raise what ends it too early: `ConnectionError`, or cancellation."""
        await self.stage.play(self.script, wire, self.entry)


async def _hang_up(ending: HangUp, wire: Wire) -> ReplyEnding:
    if ending.reset:
        await wire.reset()
        return ReplyEnding.RESET
    if ending.half:
        await wire.close_half()
    wire.close()
    return ReplyEnding.CUT
