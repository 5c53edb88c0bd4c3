"""The rows of posted frames in SQLite, until they are moved to the other frames of their turn.

In `relay_frame` the frames of each turn are side by side, so one commit for many turns would write
a page for each of them. `relay_posted_frame` has the rows in the order of their commits, so one
commit writes one page. Later the thread that writes moves many rows of one turn together.

A moved row is deleted some time later. Until then only `relay_frame` counts: a row is read only if
its number is higher than those of its turn there.
"""

from __future__ import annotations

import json
from array import array
from bisect import bisect_right
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import Connection

    from streamproof.relay.log.stored import Row

MAX_BYTES: Final = 1024
"""A row with more bytes goes to `relay_frame` at once: it fills a good part of a page anyway."""
ROWS_OF_A_MOVE: Final = 128
"""Rows of one turn that are moved together: a move holds up the commits of all turns."""
ROWS_OF_A_DELETION: Final = 1024
KEPT_ROWS: Final = 131_072
"""Older rows are moved even if their turn has only a few, so that the table stays small."""

_INSERT: Final = "INSERT INTO relay_posted_frame (id, turn_id, n, event, data) VALUES "
_ROWS_OF_AN_INSERT: Final = 50
MOVE: Final = """
INSERT INTO relay_frame (turn_id, n, event, data, terminal)
SELECT turn_id, n, event, data, 0 FROM relay_posted_frame
WHERE id IN (SELECT value FROM json_each(?2))
  AND n > (SELECT coalesce(max(n), -1) FROM relay_frame WHERE turn_id = ?1)
  AND EXISTS (SELECT 1 FROM relay_turn WHERE id = ?1)
ORDER BY n
"""
_MOVE_ALL: Final = """
INSERT INTO relay_frame (turn_id, n, event, data, terminal)
SELECT turn_id, n, event, data, 0 FROM relay_posted_frame AS posted
WHERE n > (SELECT coalesce(max(n), -1) FROM relay_frame WHERE turn_id = posted.turn_id)
  AND EXISTS (SELECT 1 FROM relay_turn WHERE id = posted.turn_id)
ORDER BY turn_id, n
"""
_DELETE: Final = "DELETE FROM relay_posted_frame WHERE id < ?"
_DELETE_ALL: Final = "DELETE FROM relay_posted_frame"
_IS_ANY: Final = "SELECT EXISTS (SELECT 1 FROM relay_posted_frame)"
_READ: Final = """
SELECT n, event, data FROM relay_posted_frame
WHERE id IN (SELECT value FROM json_each(?)) AND n > ? ORDER BY n LIMIT ?
"""
_LAST: Final = """
SELECT max(n) FROM relay_posted_frame WHERE id IN (SELECT value FROM json_each(?))
"""


@cache
def _insert_of(count: int) -> str:
    return _INSERT + ", ".join(["(?, ?, ?, ?, ?)"] * count)


def insert(rows: Sequence[Row]) -> tuple[str, Sequence[Row]]:
    """Return a statement that inserts rows, and its parameters: one statement is a transaction."""
    if len(rows) > _ROWS_OF_AN_INSERT:
        return _insert_of(1), rows
    return _insert_of(len(rows)), [tuple([value for row in rows for value in row])]


class PostedRows:
    """Which rows each running turn has in `relay_posted_frame` that were not moved.

    Only the thread of the event loop changes it.
    """

    def __init__(self) -> None:
        self._ids: dict[str, array[int]] = {}
        self._pending: dict[str, tuple[int, int]] = {}
        """The row that is being committed for each turn: the number of its frame, and its ID.

        After a commit whose result is unknown it may exist.
        """
        self._next_id = 1
        self._look_at = ROWS_OF_A_DELETION
        """The row at which it is time to look for rows that can be deleted."""

    def row(self, row: Row) -> Row:
        """Return a row of `relay_frame` as one of `relay_posted_frame`.

        It has the same ID in each call, so it cannot be committed twice.
        """
        turn_id, n, event, data, _terminal = row
        pending = self._pending.get(turn_id)
        if pending is None or pending[0] != n:
            pending = self._pending[turn_id] = n, self._next_id
            self._next_id += 1
        return pending[1], turn_id, n, event, data

    def committed(self, turn_id: str) -> int:
        """Note that the row of a turn is committed; return how many were not moved."""
        ids = self._ids.setdefault(turn_id, array("q"))
        ids.append(self._pending.pop(turn_id)[1])
        return len(ids)

    def ids(self, turn_id: str) -> list[int]:
        """Return the IDs of the committed rows of a turn."""
        ids = self._ids.get(turn_id)
        return ids.tolist() if ids else []

    def possible_ids(self, turn_id: str) -> list[int]:
        """Return the same with the row that may exist."""
        pending = self._pending.get(turn_id)
        return [*self.ids(turn_id), *([pending[1]] if pending else [])]

    def moved(self, turn_id: str, ids: Sequence[int]) -> None:
        """Note that some rows of a turn were moved, and all before them."""
        waiting = self._ids.get(turn_id)
        if waiting and ids:
            del waiting[: bisect_right(waiting, ids[-1])]
            if not waiting:
                del self._ids[turn_id]

    def forget(self, turn_id: str) -> None:
        """Note that no more rows of a turn are committed; those that are committed stay known."""
        self._pending.pop(turn_id, None)

    @property
    def is_long(self) -> bool:
        """Whether it is time to look for rows that can be deleted."""
        return self._next_id >= self._look_at

    def first(self) -> int:
        """Return the first row that was not moved, or the next one."""
        self._look_at = self._next_id + ROWS_OF_A_DELETION
        committed = (ids[0] for ids in self._ids.values())
        pending = (row_id for _, row_id in self._pending.values())
        return min([self._next_id, *committed, *pending])

    def old(self) -> list[str]:
        """Return the turns whose first row is too old."""
        oldest = self._next_id - KEPT_ROWS
        return [turn_id for turn_id, ids in self._ids.items() if ids[0] < oldest]


def read_posted(
    connection: Connection, ids: Sequence[int], after: int, limit: int
) -> Sequence[Any]:
    """Return the values `n`, `event` and `data` of rows with higher numbers, in their order."""
    return connection.exec_driver_sql(_READ, (json.dumps(ids), after, limit)).all()


def last_posted(connection: Connection, ids: Sequence[int]) -> int | None:
    """Return the highest number of some rows; None if they do not exist."""
    last: int | None = connection.exec_driver_sql(_LAST, (json.dumps(ids),)).scalar()
    return last


def move(connection: Connection, turn_id: str, ids: Sequence[int]) -> None:
    """Move rows of one turn, unless it was deleted."""
    connection.exec_driver_sql(MOVE, (turn_id, json.dumps(ids)))


def delete_before(connection: Connection, row_id: int) -> None:
    """Delete rows that were moved."""
    connection.exec_driver_sql(_DELETE, (row_id,))


def is_any_posted(connection: Connection) -> bool:
    """Tell whether a relay has left rows."""
    return bool(connection.exec_driver_sql(_IS_ANY).scalar())


def move_all(connection: Connection) -> None:
    """Move all rows that a relay has left, which may have been killed."""
    connection.exec_driver_sql(_MOVE_ALL)
    connection.exec_driver_sql(_DELETE_ALL)
