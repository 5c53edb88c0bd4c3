"""The rows of posted frames in SQLite, until they are moved to the other frames of their turn.

In `relay_frame` the frames of each turn are side by side, so one commit for many turns would write
a page for each of them. `relay_posted_frame` has the rows in the order of their commits, so one
commit writes one page. Later the thread that writes moves many rows of one turn together.

A moved row is deleted some time later. Until then only `relay_frame` counts: a row is read only if
its number is higher than those of its turn there. A turn that has ended has no row to move.
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
"""Rows that are deleted together, for the same reason."""
KEPT_ROWS: Final = 65_536
"""Older rows are moved even if their turn has only a few, so that the table stays small."""

_INSERT: Final = "INSERT INTO relay_posted_frame (id, turn_id, n, event, data) VALUES "
_ROWS_OF_AN_INSERT: Final = 50
_MOVE: Final = """
INSERT INTO relay_frame (turn_id, n, event, data, terminal)
SELECT turn_id, n, event, data, 0 FROM relay_posted_frame
WHERE id IN (SELECT value FROM json_each(?2))
  AND n > (SELECT coalesce(max(n), -1) FROM relay_frame WHERE turn_id = ?1)
  AND EXISTS (SELECT 1 FROM relay_turn WHERE id = ?1 AND sealed_at IS NULL)
ORDER BY n
"""
_MOVE_ALL: Final = """
INSERT INTO relay_frame (turn_id, n, event, data, terminal)
SELECT turn_id, n, event, data, 0 FROM relay_posted_frame AS posted
WHERE n > (SELECT coalesce(max(n), -1) FROM relay_frame WHERE turn_id = posted.turn_id)
  AND EXISTS (SELECT 1 FROM relay_turn WHERE id = posted.turn_id AND sealed_at IS NULL)
ORDER BY turn_id, n
"""
_DELETE_ALL: Final = "DELETE FROM relay_posted_frame"
_DELETE: Final = "DELETE FROM relay_posted_frame WHERE id < ?"
_DELETE_TURNS: Final = """
DELETE FROM relay_posted_frame WHERE turn_id IN (SELECT value FROM json_each(?))
"""
_IS_ANY: Final = "SELECT EXISTS (SELECT 1 FROM relay_posted_frame)"
_READ: Final = """
SELECT n, event, data FROM relay_posted_frame
WHERE id IN (SELECT value FROM json_each(?)) AND n > ?
  AND EXISTS (SELECT 1 FROM relay_turn WHERE id = turn_id)
ORDER BY n LIMIT ?
"""
_LAST: Final = """
SELECT max(n) FROM relay_posted_frame WHERE id IN (SELECT value FROM json_each(?))
"""


class PostedRows:
    """Which rows each running turn has in `relay_posted_frame` that were not moved.

    Only the thread of the event loop changes it; others may read the IDs of a turn.
    """

    def __init__(self) -> None:
        self._ids: dict[str, array[int]] = {}
        self._in_flight: dict[str, tuple[int, int]] = {}
        """The row that is being committed for each turn: the number of its frame, and its ID.

        After a commit whose result is unknown it may exist, so it stays among the IDs.
        """
        self.next_id = 1
        self._kept_from = 1
        """All rows before it are deleted."""
        self._delete_before = 1
        self._looked_at = 1

    def row(self, row: Row) -> Row:
        """Return a row of `relay_frame` as one of `relay_posted_frame`.

        It has the same ID in each call, so it cannot be committed twice.
        """
        turn_id, n, event, data, _terminal = row
        in_flight = self._in_flight.get(turn_id)
        if in_flight is None or in_flight[0] != n:
            in_flight = self._in_flight[turn_id] = n, self.next_id
            self._ids.setdefault(turn_id, array("q")).append(self.next_id)
            self.next_id += 1
        return in_flight[1], turn_id, n, event, data

    def committed(self, turn_id: str) -> int:
        """Note that the row of a turn is committed; return how many were not moved."""
        self._in_flight.pop(turn_id, None)
        return len(self._ids.get(turn_id, ()))

    def ids(self, turn_id: str) -> list[int]:
        """Return the IDs of the rows of a turn; one that is not committed finds nothing."""
        ids = self._ids.get(turn_id)
        return ids.tolist() if ids else []

    def movable(self, turn_id: str) -> list[int]:
        """Return the same without the row that is being committed."""
        _, in_flight = self._in_flight.get(turn_id, (0, 0))
        return [row_id for row_id in self.ids(turn_id) if row_id != in_flight]

    def moved(self, turn_id: str, ids: Sequence[int]) -> None:
        """Note that some rows of a turn were moved, and all before them."""
        waiting = self._ids.get(turn_id)
        if waiting and ids:
            del waiting[: bisect_right(waiting, ids[-1])]
            if not waiting:
                del self._ids[turn_id]

    def forget(self, turn_id: str) -> None:
        """Note that no more rows of a turn are committed."""
        self._in_flight.pop(turn_id, None)

    def old(self) -> list[str]:
        """Look for rows that can be deleted; return the turns that keep too many from it."""
        if not self._is_due:
            return []
        self._looked_at = self.next_id
        self._delete_before = min([self.next_id, *(ids[0] for ids in self._ids.values())])
        oldest = self.next_id - KEPT_ROWS
        return [turn_id for turn_id, ids in self._ids.items() if ids[0] < oldest]

    @property
    def has_old(self) -> bool:
        """Whether it is time to look for rows that can be deleted, or some were found."""
        return self._is_due or self._kept_from < self._delete_before

    @property
    def _is_due(self) -> bool:
        return self.next_id - self._looked_at >= ROWS_OF_A_DELETION

    def deletable(self) -> int:
        """Return the row before which the next deletion ends."""
        return min(self._delete_before, self._kept_from + ROWS_OF_A_DELETION)

    def deleted(self, before: int) -> None:
        """Note that all rows before this one are deleted."""
        self._kept_from = before


@cache
def _insert_of(count: int) -> str:
    return _INSERT + ", ".join(["(?, ?, ?, ?, ?)"] * count)


def insert(rows: Sequence[Row]) -> tuple[str, Sequence[Row]]:
    """Return a statement that inserts rows, and its parameters: one statement is a transaction."""
    if len(rows) > _ROWS_OF_AN_INSERT:
        return _insert_of(1), rows
    return _insert_of(len(rows)), [tuple([value for row in rows for value in row])]


def move(turn_id: str, ids: Sequence[int]) -> tuple[str, Sequence[Row]]:
    """Return a statement that moves rows of one running turn, and its parameters."""
    return _MOVE, [(turn_id, json.dumps(ids))]


def read_posted(
    connection: Connection, ids: Sequence[int], after: int, limit: int
) -> Sequence[Any]:
    """Return the values `n`, `event` and `data` of rows with higher numbers, in their order."""
    return connection.exec_driver_sql(_READ, (json.dumps(ids), after, limit)).all()


def last_posted(connection: Connection, ids: Sequence[int]) -> int:
    """Return the highest number of some rows; -1 if they do not exist."""
    last: int | None = connection.exec_driver_sql(_LAST, (json.dumps(ids),)).scalar()
    return -1 if last is None else last


def delete_before(connection: Connection, row_id: int) -> None:
    """Delete rows that were moved."""
    connection.exec_driver_sql(_DELETE, (row_id,))


def delete_turns(connection: Connection, turn_ids: Sequence[str]) -> None:
    """Delete all rows of turns that have ended."""
    connection.exec_driver_sql(_DELETE_TURNS, (json.dumps(list(turn_ids)),))


def is_any_posted(connection: Connection) -> bool:
    """Tell whether there are rows."""
    return bool(connection.exec_driver_sql(_IS_ANY).scalar())


def move_all(connection: Connection) -> None:
    """Move all rows, and delete them."""
    connection.exec_driver_sql(_MOVE_ALL)
    connection.exec_driver_sql(_DELETE_ALL)
