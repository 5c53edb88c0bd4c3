"""The rows of one question, read when its stream ends and again when they have settled."""

import asyncio
from collections.abc import Sequence

from streamproof.contracts.frames import FrameKind
from streamproof.contracts.messages import Sources, read_message
from streamproof.contracts.sse import Event
from streamproof.harness.verify.profiles.profile import Profile
from streamproof.harness.verify.stored.rows import AI, StoredReader, StoredTurn, StoredView

# How long to wait for late rows; only a broken relay makes the harness wait this long.
SETTLE_SECONDS = 2.0
POLL_SECONDS = 0.05


class SettlingRows:
    """Reads the rows of one question through several readers."""

    def __init__(
        self, readers: Sequence[StoredReader], room: str, question: str, profile: Profile
    ) -> None:
        """Read the rows of that question in that room; `profile` tells when its stream ends."""
        self._readers = readers
        self._room = room
        self._question = question
        self._read_event = profile.reader()
        self._at_end: list[StoredTurn] | None = None
        self._last: FrameKind | None = None
        self._has_sources = False

    async def look(self, frame: Event) -> None:
        """Read the rows when the first terminal frame arrives."""
        self._last = self._read_event(frame).kind
        message = read_message(frame.data) if self._last is FrameKind.SOURCES else None
        if isinstance(message, Sources) and message.sources:
            self._has_sources = True
        if self._at_end is None and self._last.terminal:
            self._at_end = await self._read()

    async def settle(self) -> tuple[StoredView, ...]:
        """Read the rows again; wait for them for some time if they cannot be final."""
        give_up = asyncio.get_running_loop().time() + SETTLE_SECONDS
        settled = await self._read()
        while any(map(self._is_pending, settled)):
            if asyncio.get_running_loop().time() > give_up:
                break
            await asyncio.sleep(POLL_SECONDS)
            settled = await self._read()
        at_end = settled if self._at_end is None else self._at_end
        return tuple(
            StoredView(reader.name, first, last, reader.sources_in_order, reader.knows_turns)
            for reader, first, last in zip(self._readers, at_end, settled, strict=True)
        )

    async def _read(self) -> list[StoredTurn]:
        return [await reader.read(self._room, self._question) for reader in self._readers]

    def _is_pending(self, stored: StoredTurn) -> bool:
        if not stored.questions:
            return True
        if stored.turn is not None and stored.turn.status == "running":
            return True
        if self._last is not FrameKind.END or stored.is_newest_first:
            return False
        has_sources = any(answer.sources for answer in stored.answers)
        return not stored.answers or (self._has_sources and not has_sources)


async def settled_answers(reader: StoredReader, room: str, seconds: float) -> tuple[str, ...]:
    """Wait for an answer in a room, and return the texts of its answers."""
    give_up = asyncio.get_running_loop().time() + seconds
    while True:
        messages = await reader.messages(room)
        texts = tuple(one.text for one in messages if one.sender == AI)
        if texts or asyncio.get_running_loop().time() > give_up:
            return texts
        await asyncio.sleep(POLL_SECONDS)
