"""Two PostgreSQL servers: one that is used, and one that can follow it and take its place."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from streamproof.harness.errors import SetUpError
from streamproof.harness.reliability.postgres_server import (
    COPY,
    PAUSE_SECONDS,
    SUPERUSER,
    WAIT_SECONDS,
    PostgresServer,
)

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

_SYNCHRONOUS: Final = (
    "ALTER SYSTEM SET synchronous_standby_names = '*'",
    "SELECT pg_reload_conf()",
)
_IS_SYNCHRONOUS: Final = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"


class PostgresPair:
    """A primary that runs as long as a `with` block lasts, and a standby on demand.

    With a standby, each commit waits until that one has it too.
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
        for statement in _SYNCHRONOUS:
            self.primary.psql(statement)
        until = time.monotonic() + WAIT_SECONDS
        while self.primary.psql(_IS_SYNCHRONOUS).strip() != "1":
            if time.monotonic() > until:
                raise SetUpError(f"PostgreSQL: the standby follows not in {WAIT_SECONDS:g} s")
            time.sleep(PAUSE_SECONDS)

    def fail_over(self) -> None:
        """Kill the primary, and let the standby take its place."""
        self.primary.kill()
        self._spare.promote()
        self.primary, self._spare = self._spare, self.primary
