"""The database of the relays under test, seen without them: an SQLite file, or PostgreSQL."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager, closing, contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeAlias
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from streamproof.harness.reliability.postgres_pair import PostgresPair

Row: TypeAlias = "tuple[Any, ...]"
Select: TypeAlias = "Callable[[str, Sequence[str]], list[Row]]"
"""Runs a query whose `{rooms}` are these IDs."""

DATABASE: Final = "trials"
_NOTE_TAKEOVERS: Final = """
CREATE SCHEMA reliability;
CREATE TABLE reliability.takeover (turn_id text NOT NULL, frames integer NOT NULL);
CREATE FUNCTION reliability.note_takeover() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO reliability.takeover
  SELECT new.id, coalesce(max(n), -1) + 1 FROM relay.relay_frame WHERE turn_id = new.id;
  RETURN NULL;
END $$;
CREATE TRIGGER note_takeover AFTER UPDATE OF epoch ON relay.relay_turn
FOR EACH ROW EXECUTE FUNCTION reliability.note_takeover()
"""
"""Notes how many frames a turn has at the moment of its takeover, in the same transaction."""


class TrialDatabase(ABC):
    """What the trials need of a database; `setting` is the one of the relay."""

    takeovers_query: ClassVar[str] = ""
    """Selects the turns that were taken over, with the number of their frames at that moment."""

    def __init__(self, setting: str) -> None:
        self.setting = setting

    @abstractmethod
    def snapshot(self) -> AbstractContextManager[Select]:
        """Give a function that reads one snapshot."""

    @abstractmethod
    def prepare(self) -> None:
        """Add what trials observe, once the relays have made their tables."""


class SqliteTrialDatabase(TrialDatabase):
    """A file."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self._path = path

    def prepare(self) -> None:
        """Add nothing."""

    @contextmanager
    def snapshot(self) -> Iterator[Select]:
        """Open the file for a transaction that only reads."""
        with closing(connect_file(self._path)) as connection:
            connection.execute("BEGIN")
            yield lambda query, rooms: connection.execute(
                _filled(query, "?", rooms), tuple(rooms)
            ).fetchall()


class PostgresTrialDatabase(TrialDatabase):
    """A database of a server of its own, which can get a standby."""

    takeovers_query = (
        "SELECT turn_id, frames FROM reliability.takeover JOIN relay_turn t ON t.id = turn_id"
        " WHERE t.room_id IN ({rooms}) ORDER BY frames"
    )

    def __init__(self, servers: PostgresPair) -> None:
        super().__init__(servers.url(DATABASE))
        self.servers = servers
        self.execute(f"CREATE DATABASE {DATABASE} TEMPLATE template0", servers.url("postgres"))

    def prepare(self) -> None:
        """Let the server note each takeover."""
        self.execute(_NOTE_TAKEOVERS)

    @contextmanager
    def snapshot(self) -> Iterator[Select]:
        """Open a connection for a transaction that only reads."""
        with self._connection(self.setting) as connection:
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield lambda query, rooms: connection.execute(
                _filled(query, "%s", rooms), tuple(rooms)
            ).fetchall()

    def execute(self, statement: str, url: str = "") -> list[Row]:
        """Execute a statement, and return its rows; by default in the database of the relays."""
        with self._connection(url or self.setting) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def held_open(self, statement: str) -> Iterator[list[Row]]:
        """Hold a transaction open that has executed a statement; give its rows."""
        with self._connection(self.setting) as connection:
            connection.execute("BEGIN")
            cursor = connection.execute(statement)
            yield cursor.fetchall() if cursor.description else []

    @contextmanager
    def _connection(self, url: str) -> Iterator[Any]:
        """Open a connection on which the tables of the relay need no schema."""
        import psycopg

        options = "-c search_path=public,relay"
        with psycopg.connect(url, autocommit=True, options=options) as connection:
            yield connection


def connect_file(path: Path, mode: str = "ro") -> sqlite3.Connection:
    """Open an SQLite file; with `rw`, transactions begin only where the caller begins them."""
    uri = f"file:{quote(str(path))}?mode={mode}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=5.0)


def _filled(query: str, marker: str, rooms: Sequence[str]) -> str:
    return query.format(rooms=", ".join([marker] * len(rooms)))
