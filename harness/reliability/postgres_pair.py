"""Two PostgreSQL servers: one that is used, and one that can follow it and take its place."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from streamproof.harness.reliability.postgres_server import COPY, SUPERUSER, PostgresServer

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

_WAIT_FOR_STANDBY: Final = (
    "ALTER SYSTEM SET synchronous_standby_names = '*'",
    "SELECT pg_reload_conf()",
)
_SYNCHRONOUS_STANDBY: Final = "SELECT pid FROM pg_stat_replication WHERE sync_state = 'sync'"


class PostgresPair:
    """A primary that runs as long as a `with` block lasts, and a standby on demand.

    With a standby, each commit waits until both have it.
    """

    def __init__(self, programs: Path) -> None:
        self.primary = PostgresServer(programs)
        self._spare = PostgresServer(programs)
        self._folders = f"{self.primary.folder},{self._spare.folder}"
        self.can_copy = (programs / COPY).exists()
        """Whether the programs of this version contain the one that makes a standby."""
        self._stack = ExitStack()

    def __enter__(self) -> PostgresPair:
        self._stack.push(self._spare)  # never started here, but deleted
        self._stack.enter_context(self.primary)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def url(self, database: str) -> str:
        """Return the URL of a database, with both hosts; the one that accepts writes is used."""
        place = f"postgresql://{SUPERUSER}@/{database}?host={self._folders}"
        return f"{place}&target_session_attrs=read-write"

    def add_standby(self) -> None:
        """Start a synchronous standby, and wait until commits wait for it."""
        self._spare.become_standby_of(self.primary)
        for statement in _WAIT_FOR_STANDBY:
            self.primary.psql(statement)
        self.primary.wait_for(_SYNCHRONOUS_STANDBY)

    def fail_over(self) -> None:
        """Kill the primary, and let the standby take its place."""
        self.primary.kill()
        self._spare.promote()
        self.primary, self._spare = self._spare, self.primary
