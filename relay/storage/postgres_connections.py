"""Connections to PostgreSQL: how each transaction begins, and what their errors become.

What a transaction needs is set inside it, by the statement that begins it. So a pooler that gives
each transaction another connection changes nothing.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import asyncpg
import psycopg
from psycopg.types.string import StrDumperUnknown
from sqlalchemy import create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from streamproof.contracts.messages import storable
from streamproof.relay.storage import connect_options
from streamproof.relay.storage.bounded_connection import STATEMENT_SECONDS, BoundedConnection
from streamproof.relay.storage.connect_options import (
    PRISMA_PARAMETERS,
    libpq_options,
    of_each_host,
)
from streamproof.relay.storage.dialects import CHAT_SCHEMA, OWN_SCHEMA
from streamproof.relay.storage.errors import DatabaseBusy, StorageError
from streamproof.relay.storage.hosts import HOST, url_of_each

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy.engine import URL, Connection, Engine, ExceptionContext

PUBLIC: Final = "public"
WRITING: Final = "READ COMMITTED"
READING: Final = "REPEATABLE READ READ ONLY"
"""One snapshot for all statements of a unit."""
IDLE_SECONDS: Final = 10.0
"""After this time without a statement, PostgreSQL ends a transaction: a relay that is frozen in the
middle of one must not keep its locks."""
ASYNCPG_PARAMETERS: Final = frozenset(
    {
        *("host", "port", "user", "password", "passfile", "dbname", "database"),
        *("sslmode", "sslcert", "sslkey", "sslrootcert", "sslcrl", "sslpassword", "sslnegotiation"),
        *("ssl_min_protocol_version", "ssl_max_protocol_version", "service"),
        *("target_session_attrs", "krbsrvname", "gsslib", "options", "application_name"),
    }
)
"""Parameters of a URL that asyncpg knows, or passes on to the server as libpq does. The others are
for libpq alone, and the server would refuse them."""
LOCK_NOT_AVAILABLE: Final = "55P03"
READ_ONLY: Final = "25006"
"""The server accepts no writes: another one may have taken its place."""
BY_INDEX: Final = {"enable_seqscan": "off"}
"""A prepared statement can keep the plan for tables that were empty when it was planned. With a
scan of a table that has grown, each commit would compare all its turns with all stored ones."""
REPEATABLE: Final = frozenset({"40001", "40P01"})
"""A transaction that PostgreSQL rolled back because of another one, or to end a deadlock."""


def open_engine(
    url: URL,
    *,
    connections: int,
    wait_seconds: float,
    statement_seconds: float = STATEMENT_SECONDS,
    prepares: bool = True,
) -> Engine:
    """Return an engine for transactions that write; `for_reading` returns the other one.

    A statement waits at most `wait_seconds` for a lock, and is answered in `statement_seconds`
    more. `prepares`: whether statements that are repeated may be prepared on a connection.
    """
    engine = create_engine(
        url.difference_update_query(PRISMA_PARAMETERS),
        pool_size=connections,
        max_overflow=0,
        connect_args=libpq_options(url)
        | {"client_encoding": "UTF8", "connect_timeout": connect_options.CONNECT_SECONDS}
        | ({} if prepares else {"prepare_threshold": None}),
        execution_options={CHAT_SCHEMA: _chat_schema(url)},
        hide_parameters=True,  # the messages of users must not reach the log
    )
    quoted = engine.dialect.identifier_preparer.quote_identifier(_chat_schema(url))
    settings = (
        f"SET LOCAL search_path TO {quoted}, {OWN_SCHEMA};"
        f"SET LOCAL lock_timeout TO {_milliseconds(wait_seconds)};"
        f"SET LOCAL idle_in_transaction_session_timeout TO {_milliseconds(IDLE_SECONDS)};"
        "SET LOCAL TimeZone TO 'UTC'"
    )

    @event.listens_for(engine, "do_connect")
    def open_connection(
        _dialect: object, _record: object, arguments: list[Any], options: dict[str, Any]
    ) -> BoundedConnection:
        connection = BoundedConnection.connect(*arguments, **options)
        connection.answer_seconds = wait_seconds + statement_seconds
        return connection

    @event.listens_for(engine, "connect")
    def configure(connection: psycopg.Connection[Any], _record: object) -> None:
        connection.autocommit = True  # the driver begins no transaction
        connection.adapters.register_dumper(str, _StorableText)

    @event.listens_for(engine, "handle_error")
    def give_up(context: ExceptionContext) -> None:
        if code_of(context.original_exception) == READ_ONLY:
            context.is_disconnect = True

    @event.listens_for(engine, "begin")
    def begin_now(connection: Connection) -> None:
        isolation = connection.get_execution_options().get("relay_isolation", WRITING)
        connection.exec_driver_sql(f"BEGIN ISOLATION LEVEL {isolation};{settings}")

    return engine


def for_reading(engine: Engine) -> Engine:
    """Return an engine with the same connections, for units that change nothing."""
    return engine.execution_options(relay_isolation=READING)


async def connect(url: URL, *, prepares: bool = True) -> asyncpg.Connection:
    """Return a connection for the event loop; raises `StorageError`.

    Each of several hosts is tried for the same time: asyncpg has one limit for all hosts.
    """
    plain = url.difference_update_query(url.query.keys() - ASYNCPG_PARAMETERS)
    options = {"server_settings": BY_INDEX} if prepares else {"statement_cache_size": 0}
    each = url_of_each(plain.set(drivername="postgresql"))
    if len(each) == 1:
        return await _connect_to(each[0], "the database", options)
    problems = []
    for one in each:
        try:
            return await _connect_to(one, str(one.query[HOST]), options)
        except StorageError as error:
            problems.append(str(error))
    raise StorageError("; ".join(problems))


async def _connect_to(url: URL, place: str, options: Mapping[str, Any]) -> asyncpg.Connection:
    address = url.render_as_string(hide_password=False)
    with postgres_errors(f"cannot connect to {place}"):
        seconds = connect_options.CONNECT_SECONDS
        try:
            return await asyncpg.connect(address, timeout=seconds, **options)
        except TimeoutError as error:
            raise TimeoutError(f"no answer in {seconds:g} s") from error


class _StorableText(StrDumperUnknown):
    """Sends a text that PostgreSQL cannot store, for example an ID with NUL, as one that it can."""

    def dump(self, obj: str) -> bytes:
        """Return the bytes of a text."""
        return storable(obj).encode()


@contextmanager
def postgres_errors(what: str = "the database refused a statement") -> Iterator[None]:
    """Raise `StorageError` in place of the exceptions of the drivers."""
    try:
        yield
    except (
        SQLAlchemyError,
        psycopg.Error,
        asyncpg.PostgresError,
        asyncpg.InterfaceError,
        asyncpg.InternalClientError,  # no host accepts writes
        OSError,
        TimeoutError,
    ) as error:
        kind = DatabaseBusy if code_of(error) == LOCK_NOT_AVAILABLE else StorageError
        raise kind(f"{what}: {_problem(error)}") from error


def code_of(error: BaseException) -> str | None:
    """Return the SQLSTATE of an error of a driver."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    code: str | None = getattr(cause, "sqlstate", None)
    return code


def _problem(error: BaseException) -> str:
    """Return what an error says without its details, which can contain the texts of users."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    said = cause.args[0] if isinstance(cause, asyncpg.PostgresError) else None
    if isinstance(cause, psycopg.Error):
        said = cause.diag.message_primary
    elif isinstance(cause, OSError):
        said = cause.strerror
    if said:
        return str(said)
    return of_each_host(str(cause)) or type(cause).__name__


def _chat_schema(url: URL) -> str:
    """Return the schema of the chat tables, which a URL names as Prisma does."""
    schema = url.query.get("schema", PUBLIC)
    return schema if isinstance(schema, str) else schema[-1]


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))
