"""Who waits for which turn: readers listen, the writer rings after each commit.

A ring brings the frames that were committed, so a reader that keeps up needs no query. One that
does not loses them, knows it, and reads the log instead: nothing piles up.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streamproof.relay.turn import Frame

HEARD_CHARACTERS: Final = 262_144
"""How much waits for a reader; a frame counts for at least `FRAME_CHARACTERS`."""
FRAME_CHARACTERS: Final = 200


class Subscription:
    """What one reader hears of one turn."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self._heard: list[Frame] | None = None
        self._characters = 0

    def ring(self, frames: Sequence[Frame]) -> None:
        """Say that these frames were committed; none where they are not known."""
        if self._heard is not None:
            self._heard += frames
            self._characters += sum(FRAME_CHARACTERS + len(frame.data) for frame in frames)
            if not frames or self._characters > HEARD_CHARACTERS:
                self._heard = None
        self._rung.set()

    def take(self) -> list[Frame] | None:
        """Return what was heard since the last time; None where some of it was missed."""
        heard, self._heard, self._characters = self._heard, [], 0
        self._rung.clear()
        return heard

    def miss(self) -> None:
        """Forget what was heard: the log is read from here on."""
        self._heard = None

    async def rings(self, seconds: float) -> bool:
        """Wait for a ring since the last `take`; False where none comes in time."""
        try:
            async with asyncio.timeout(seconds):
                return await self._rung.wait()
        except TimeoutError:
            return False


class Notifier:
    """One bell for each reader of each turn."""

    def __init__(self) -> None:
        self._bells: dict[str, set[Subscription]] = {}

    @contextmanager
    def listen(self, turn_id: str) -> Iterator[Subscription]:
        """Give a bell that every ring for this turn reaches, until the block is left."""
        bell = Subscription()
        self._bells.setdefault(turn_id, set()).add(bell)
        try:
            yield bell
        finally:
            listeners = self._bells[turn_id]
            listeners.discard(bell)
            if not listeners:
                del self._bells[turn_id]

    def ring(self, turn_id: str, frames: Sequence[Frame] = ()) -> None:
        """Wake every reader of a turn."""
        for bell in self._bells.get(turn_id, ()):
            bell.ring(frames)
