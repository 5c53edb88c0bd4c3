"""Live streams: replies while they are sent, and how tests and the control API steer them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeVar

from streamproof.mock_ai.actions import HangUp, Until
from streamproof.mock_ai.actions.event_format import EventFormat
from streamproof.mock_ai.actions.head import Framing
from streamproof.mock_ai.errors import CannotSteer
from streamproof.mock_ai.http1.writer import ScheduledWrite, framed
from streamproof.mock_ai.planning.insertion_point import (
    PushedWrite,
    index_of_head,
    insertion_point,
)

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Callable, Iterable

    from streamproof.mock_ai.http1.writer import WireScript
    from streamproof.mock_ai.journal.journal import Journal, JournalEntry
    from streamproof.mock_ai.playing.holding import Holds
    from streamproof.mock_ai.playing.player import Player

T = TypeVar("T")

_ROOM_FOR_MORE: Final = (Framing.CHUNKED, Framing.CLOSE)
_NO_PLACE: Final = {
    EventFormat.NONE: "the reply is one JSON body",
    EventFormat.STEP: "the events of this reply are binary, so nothing tells where one ends",
}
_ONLY_CLIENT: Final = "the hold ends only when the client leaves"
_NO_BOUNDARY: Final = (
    "cannot push: the rest of this reply contains no boundary between two complete events"
)


class StreamState(StrEnum):
    """What a live stream does now."""

    PLAYING = "playing"
    HELD = "held"
    PAUSED = "paused"


@dataclass(eq=False, slots=True)
class LiveStream:
    """A reply that is being sent; changes to it are reported to the journal."""

    entry: JournalEntry
    script: WireScript
    player: Player
    holds: Holds
    task: asyncio.Task[object]
    dropped: HangUp | None = None

    @property
    def waits_for(self) -> Until | None:
        """What the current hold waits for; None if the stream is not held."""
        return self.entry.waits_for

    @property
    def state(self) -> StreamState:
        """The current state; a stream that is paused while it is held is `PAUSED`."""
        if self.player.paused:
            return StreamState.PAUSED
        return StreamState.PLAYING if self.waits_for is None else StreamState.HELD

    def release(self) -> None:
        """End the hold; raise `CannotSteer` if the stream is not held or only its client can."""
        if not self.holds.release(self.entry):
            held = self.waits_for is not None
            raise CannotSteer(_ONLY_CLIENT if held else "the stream is not held")

    def pause(self) -> None:
        """Stop writing until the stream is resumed."""
        self.player.pause()
        self._changed()

    def resume(self) -> None:
        """Continue a paused stream, with the rest of the delay that the pause interrupted."""
        self.player.resume()
        self._changed()

    def step(self) -> None:
        """Make the next write now, or end the hold; the delays after it stay.

        Raises `CannotSteer` if no write is left.
        """
        if self.waits_for is not None:
            self.release()
        elif not self._writing(self.player.step):
            raise CannotSteer("the reply has no further writes")
        self._changed()

    def push(self, data: bytes) -> None:
        """Write additional bytes of the body between two complete events.

        Raises `CannotSteer` if the body does not allow more bytes.
        """
        place = self._place_of_push()
        sent = framed(data, self.script.framing)
        self._writing(lambda: self.player.push(sent, place))

    def planned_before_push(self) -> list[ScheduledWrite]:
        """Return the writes of the plan before the place of a push; raises as `push`."""
        return [
            action
            for action in self.entry.actions[: self._place_of_push()]
            if isinstance(action, ScheduledWrite) and not isinstance(action, PushedWrite)
        ]

    def _place_of_push(self) -> int:
        """Return the action before which bytes can be pushed."""
        start, framing = self.script.start, self.script.framing
        if any(name.lower() == "content-encoding" for name, _ in start.headers):
            raise CannotSteer("cannot push: the body is compressed")
        if start.events in _NO_PLACE:
            raise CannotSteer(f"cannot push: {_NO_PLACE[start.events]}")
        if framing not in _ROOM_FOR_MORE:
            raise CannotSteer("cannot push: the body has a fixed length")
        actions, position = self.entry.actions, self.player.position
        if not index_of_head(actions) < position < len(actions):
            raise CannotSteer("cannot push: the body has not begun, or is complete")
        place = insertion_point(actions, position, framing, start.events)
        if place is None:
            raise CannotSteer(_NO_BOUNDARY)
        return place

    def drop(self, *, reset: bool = False) -> None:
        """Close the connection now, by FIN or by RST."""
        self.dropped = HangUp(reset)
        self.cancel()

    def cancel(self) -> None:
        """Stop writing, and cancel the task of the reply."""
        self.player.stop()
        self.task.cancel()

    def _writing(self, write: Callable[[], T]) -> T:
        try:
            return write()
        except ConnectionError as error:
            raise CannotSteer("the client has left") from error

    def _changed(self) -> None:
        self.holds.journal.state_changed(self.entry)


async def each_held(
    journal: Journal, streams: Callable[[], Iterable[LiveStream]]
) -> AsyncIterator[LiveStream]:
    """Yield each live stream that waits for a release, once per hold, when the hold begins."""
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
