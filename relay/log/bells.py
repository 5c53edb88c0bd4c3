"""Who waits for which turn: readers listen, the writer rings after each commit."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Bells:
    """One bell for each reader of each turn."""

    def __init__(self) -> None:
        self._bells: dict[str, set[asyncio.Event]] = {}

    @contextmanager
    def listen(self, turn_id: str) -> Iterator[asyncio.Event]:
        """Give a bell that every ring for this turn sets, until the block is left."""
        bell = asyncio.Event()
        self._bells.setdefault(turn_id, set()).add(bell)
        try:
            yield bell
        finally:
            listeners = self._bells[turn_id]
            listeners.discard(bell)
            if not listeners:
                del self._bells[turn_id]

    def ring(self, turn_id: str) -> None:
        """Wake every reader of a turn."""
        for bell in self._bells.get(turn_id, ()):
            bell.set()
