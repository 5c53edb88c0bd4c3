"""Holds: replies that wait for a release, another request, or their client to leave."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from streamproof.mock_ai.actions import Until

if TYPE_CHECKING:
    from streamproof.mock_ai.journal.journal import Journal, JournalEntry


@dataclass(eq=False)
class Holds:
    """The replies that are held now; each change is reported to the journal."""

    journal: Journal
    _held: dict[JournalEntry, asyncio.Future[None]] = field(default_factory=dict)

    def release(self, entry: JournalEntry) -> bool:
        """Release a held reply; return false if it is not held, or only its client can end it."""
        released = self._held.get(entry)
        if released is None or entry.waits_for is Until.CLIENT_LEAVES:
            return False
        if not released.done():
            released.set_result(None)
            self.journal.changed()
        return True

    async def hold(self, entry: JournalEntry, until: Until) -> None:
        """Wait until the hold ends or the reply is released."""
        released = asyncio.get_running_loop().create_future()
        self._held[entry] = released
        entry.waits_for = until
        self.journal.turned(entry)
        try:
            if until is Until.NEXT_REQUEST:
                await self.journal.wait_for(
                    lambda journal: released.done() or journal.latest > entry.number or None
                )
            else:
                await released
        finally:
            del self._held[entry]
            entry.waits_for = None
            self.journal.turned(entry)
