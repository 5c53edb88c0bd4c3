"""Transactions: a unit of work is a function that gets one, and only a `Database` commits it.

`storage/sqlite.py` and `storage/postgres.py` are the two databases, and the only modules that begin
and commit. A unit is SQLAlchemy Core, and the same for both. Where another process could change a
row meanwhile, the unit locks it with FOR UPDATE, which SQLite does not need and leaves out.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, TypeAlias, TypeVar

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

T = TypeVar("T")
OnCommit: TypeAlias = Callable[[int, float], None]
"""Gets the number of units of work, or of rows, in a commit, and its seconds."""


def no_report(units: int, seconds: float) -> None:
    """Do nothing: for a database whose commits are not measured."""


class Transaction:
    """What a unit of work gets: a connection, and callbacks for the end of the transaction."""

    __slots__ = ("_callbacks", "connection")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._callbacks: list[Callable[[bool], None]] = []

    def on_end(self, callback: Callable[[bool], None]) -> None:
        """Register a callback that runs on the event loop, before `Database.write` returns.

        It gets True after the commit. It gets False if the transaction failed, or if the result
        of the commit is unknown. A transaction that is repeated runs only its last callbacks.
        """
        self._callbacks.append(callback)

    def end(self, *, committed: bool) -> None:
        """Run the callbacks; for the code that began the transaction."""
        for callback in self._callbacks:
            callback(committed)


WriteUnit: TypeAlias = "Callable[[Transaction], T]"
ReadUnit: TypeAlias = "Callable[[Connection], T]"


class Database(ABC):
    """An open database with `write` for units that change something, and `read` for others."""

    @abstractmethod
    async def write(self, unit: WriteUnit[T], *, size: int = 0) -> T:
        """Run a unit in a transaction and return its result; then its changes are durable.

        `size` is about how many bytes of large values it writes or deletes; small units do not wait
        for many large ones.
        Raises what the unit raised, or `StorageError`; in both cases nothing of the unit is kept.
        If the caller is cancelled, this still waits until the unit is done. So the unit cannot
        interfere with what the caller does next. A unit can run twice, and must have no effect
        outside its transaction.
        """

    @abstractmethod
    async def read(self, unit: ReadUnit[T]) -> T:
        """Run a unit that changes nothing, on one snapshot of the database."""

    def without_large_units(self) -> AbstractContextManager[None]:
        """Give a context in which no large unit runs, if it would hold up others; may block."""
        return nullcontext()

    @abstractmethod
    def check(self) -> None:
        """Raise `StorageError` if what a unit writes now would be lost after its commit."""

    @abstractmethod
    async def close(self) -> None:
        """Finish the units that run or wait, then close."""
