"""A connection to PostgreSQL for threads that does not wait without end for an answer.

TCP cannot replace this limit: a proxy that passes nothing on still confirms what it gets.
"""

from __future__ import annotations

from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, TypeVar

import psycopg
from psycopg.waiting import READY_NONE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg.abc import PQGen
    from sqlalchemy.engine import Connection

T = TypeVar("T")

STATEMENT_SECONDS: Final = 10.0
"""Seconds for the answer to a statement, besides its wait for a lock. Then its result is unknown,
and its connection is lost."""


class NoAnswer(psycopg.OperationalError):
    """The database did not answer in time, so its connection was closed."""


class BoundedConnection(psycopg.Connection[Any]):
    """A connection that is closed when the answer to a statement takes too long."""

    answer_seconds: float = STATEMENT_SECONDS

    def wait(self, gen: PQGen[T], *args: Any, **options: Any) -> T:  # noqa: ANN401 - as the driver has them
        """Wait for what the generator waits for; raises `NoAnswer`."""
        try:
            return super().wait(_bounded(gen, self.answer_seconds), *args, **options)
        except NoAnswer:
            self.close()
            raise


def _bounded(gen: PQGen[T], seconds: float) -> PQGen[T]:
    """Do what a generator of the driver does, for this time; raises `NoAnswer`."""
    until = monotonic() + seconds
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if ready == READY_NONE and monotonic() > until:
                raise NoAnswer(f"no answer in {seconds:g} s")
            wanted = gen.send(ready)
    except StopIteration as end:
        result: T = end.value
        return result


@contextmanager
def answered_within(connection: Connection, seconds: float) -> Iterator[None]:
    """Wait this long for each answer on a connection, as long as the block lasts."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, BoundedConnection)  # noqa: S101 - as `open_engine` makes it
    before, driver.answer_seconds = driver.answer_seconds, seconds
    try:
        yield
    finally:
        driver.answer_seconds = before
