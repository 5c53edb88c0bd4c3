"""Which running turns another program has deleted, for example with their room.

A frames file takes the frames of any turn, so the log asks the database once in a second.
"""

from __future__ import annotations

import asyncio
import json
import logging
from functools import partial
from typing import TYPE_CHECKING, Final

from sqlalchemy import text

from streamproof.relay.storage.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy.engine import Connection

    from streamproof.relay.storage.transaction import Database

LOOK_SECONDS: Final = 1.0
"""From one look to the next one."""
_EXISTING: Final = text("SELECT id FROM relay_turn WHERE id IN (SELECT value FROM json_each(:ids))")
_logger = logging.getLogger(__name__)


class DeletedTurns:
    """Looks for deleted turns while frames are appended, and calls `on_deleted` for each.

    Each look reads `turn_ids` again.
    """

    def __init__(
        self, database: Database, turn_ids: Iterable[str], on_deleted: Callable[[str], None]
    ) -> None:
        self._database = database
        self._turn_ids = turn_ids
        self._on_deleted = on_deleted
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    def look_soon(self) -> None:
        """Look in a task after `LOOK_SECONDS`, unless a look is planned or runs already."""
        if self._timer is None:
            self._timer = self._loop.call_later(LOOK_SECONDS, self._start)

    async def close(self) -> None:
        """Wait for the end of a look, and begin no other one."""
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            await asyncio.wait([self._task])

    def _start(self) -> None:
        self._task = asyncio.create_task(self._look())

    async def _look(self) -> None:
        turn_ids = set(self._turn_ids)
        try:
            existing = await self._database.read(partial(existing_turns, turn_ids))
            for turn_id in turn_ids - existing:
                self._on_deleted(turn_id)
        except StorageError as error:
            _logger.warning("cannot look for deleted turns: %s", error)
        finally:
            self._timer = self._task = None


def existing_turns(turn_ids: Iterable[str], connection: Connection) -> set[str]:
    """Return those of some turns that the database has."""
    found = connection.execute(_EXISTING, {"ids": json.dumps(list(turn_ids))})
    return set(found.scalars())
