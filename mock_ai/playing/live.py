"""Live streams: replies that are being performed, and what can be done to one from outside."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeVar

from streamproof.mock_ai.actions import HangUp, Until
from streamproof.mock_ai.errors import CannotSteer
from streamproof.mock_ai.http1.writer import Framing, framed
from streamproof.mock_ai.planning.insertion_point import insertion_point

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Callable, Iterable

    from streamproof.mock_ai.http1.writer import WireScript
    from streamproof.mock_ai.journal.journal import Journal, JournalEntry
    from streamproof.mock_ai.playing.holding import Holds
    from streamproof.mock_ai.playing.player import Player

T = TypeVar("T")

_ROOM_FOR_MORE: Final = (Framing.CHUNKED, Framing.CLOSE)


class StreamState(StrEnum):
    """What a live stream does."""

    PLAYING = "playing"
    HELD = "held"
    PAUSED = "paused"


@dataclass(eq=False, slots=True)
class LiveStream:
    """A reply that is being performed; what is done to it shows in the journal."""

    entry: JournalEntry
    script: WireScript
    player: Player
    holds: Holds
    task: asyncio.Task[object]
    dropped: HangUp | None = None

    @property
    def waits_for(self) -> Until | None:
        """What a hold waits for."""
        return self.entry.waits_for

    @property
    def state(self) -> StreamState:
        """What it does now; a stream that is paused in a hold is paused."""
        if self.player.paused:
            return StreamState.PAUSED
        return StreamState.PLAYING if self.waits_for is None else StreamState.HELD

    def release(self) -> None:
        """Let a held reply go on; raises `CannotSteer` if nothing but its client can."""
        if not self.holds.release(self.entry):
            held = self.waits_for is not None
            raise CannotSteer("it waits for its client to leave" if held else "it is not held")

    def pause(self) -> None:
        """Write nothing more until it is resumed."""
        self.player.pause()
        self._changed()

    def resume(self) -> None:
        """Go on where it was paused, with the rest of the silence."""
        self.player.resume()
        self._changed()

    def step(self) -> None:
        """Let come at once what comes next: a write, or the end of a hold; raises `CannotSteer`."""
        if self.waits_for is not None:
            self.release()
        elif not self._writing(self.player.step):
            raise CannotSteer("nothing more is to be written")
        self._changed()

    def push(self, data: bytes) -> None:
        """Write bytes of the body as soon as no block is under way; raises `CannotSteer`."""
        if any(name.lower() == "content-encoding" for name, _ in self.script.start.headers):
            raise CannotSteer("its body is compressed")
        if self.script.framing not in _ROOM_FOR_MORE:
            raise CannotSteer("its length is fixed")
        actions, position = self.entry.actions, self.player.position
        if not 0 < position < len(actions):
            raise CannotSteer("its body has not begun, or is complete")
        place = insertion_point(actions, position, self.script.framing)
        if place is None:
            raise CannotSteer("what is on its way never ends with a blank line and a whole chunk")
        sent = framed(data, self.script.framing)
        self._writing(lambda: self.player.push(sent, place))

    def drop(self, *, reset: bool = False) -> None:
        """Hang up now, by FIN or by RST."""
        self.dropped = HangUp(reset)
        self.cancel()

    def cancel(self) -> None:
        """Write nothing more, and let it end."""
        self.player.stop()
        self.task.cancel()

    def _writing(self, write: Callable[[], T]) -> T:
        try:
            return write()
        except ConnectionError as error:
            raise CannotSteer("its client has left") from error

    def _changed(self) -> None:
        self.holds.journal.turned(self.entry)


async def each_held(
    journal: Journal, streams: Callable[[], Iterable[LiveStream]]
) -> AsyncIterator[LiveStream]:
    """Yield live streams that wait to be released, once for each of their holds, as it begins."""
    known: set[tuple[JournalEntry, int]] = set()

    def look(_: Journal) -> LiveStream | None:
        held = (live for live in streams() if live.waits_for is Until.RELEASED)
        return next((live for live in held if _place(live) not in known), None)

    while True:
        live = await journal.wait_for(look)
        known.add(_place(live))
        yield live


def _place(live: LiveStream) -> tuple[JournalEntry, int]:
    return live.entry, live.player.position
