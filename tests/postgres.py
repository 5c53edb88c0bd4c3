"""PostgreSQL for tests: one server for each process of tests, one database for each test."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any, Final

import psycopg

from streamproof.harness.reliability.postgres_server import PostgresServer, postgres_programs
from tests.programs import POSTGRES, unavailable

if TYPE_CHECKING:
    from pathlib import Path

MIGRATED: Final = "migrated"
CLEAR: Final = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid();
DELETE FROM "User"; DELETE FROM "Knowledge"; DELETE FROM relay.relay_readiness
"""
"""Everything else belongs to a user. This is faster than another database."""


class Databases:
    """The databases of a server."""

    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        self._numbers = count(1)
        self._is_migrated = False

    def empty(self) -> str:
        """Create an empty database, and return its URL."""
        return self._create(f"empty_{next(self._numbers)}")

    def migrated(self) -> str:
        """Return the URL of a database with empty tables of the relay; it is the same each time."""
        self.server.start()  # a test that failed may have left it killed
        if self._is_migrated:
            self.execute(CLEAR, MIGRATED)
        else:
            migrate(self._create(MIGRATED))
            self._is_migrated = True
        return self.server.url(MIGRATED)

    def _create(self, name: str) -> str:
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        return self.server.url(name)

    def execute(self, statement: str, database: str = "postgres") -> list[Any]:
        """Execute a statement, and return its rows."""
        with psycopg.connect(self.server.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []


def migrate(url: str, **options: Any) -> None:
    """Migrate a database."""
    from streamproof.relay.storage.address import database_url
    from streamproof.relay.storage.postgres_connections import open_engine
    from streamproof.relay.storage.schema import migrate

    engine = open_engine(database_url(url), connections=1, wait_seconds=5.0)
    with engine.begin() as connection:
        migrate(connection, **options)
    engine.dispose()


def first_programs() -> Path:
    """Return the folder with the programs of a server; without them, skip or fail."""
    programs = postgres_programs()
    if not programs:
        unavailable("PostgreSQL is not installed", POSTGRES)
    return programs[0]


def started_server() -> PostgresServer:
    """Return a server that runs in a `with` block; without its programs, skip or fail."""
    return PostgresServer(first_programs())
