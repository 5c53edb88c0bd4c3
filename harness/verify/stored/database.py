"""Reads stored turns from a database: by queries, or from the chat tables (protocol, section 3).

It reads only what every such database has: messages and their sources. The state of a turn is in
other tables, which differ from relay to relay.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import (
    URL,
    BindParameter,
    Connection,
    Engine,
    Executable,
    bindparam,
    column,
    create_engine,
    select,
    table,
    text,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from streamproof.harness.errors import UnreachableError, UsageError
from streamproof.harness.masking import masked_url
from streamproof.harness.verify.settings.model import DatabaseSettings
from streamproof.harness.verify.stored.rows import AI, USER, StoredMessage, StoredTurn, turn_of
from streamproof.relay.storage.address import SQLITE, is_postgresql, shown
from streamproof.relay.storage.connect_options import (
    PRISMA_PARAMETERS,
    check_parameters,
    libpq_options,
    of_each_host,
)
from streamproof.relay.storage.hosts import read_url
from streamproof.relay.storage.url_text import UnusableURL, is_url

MESSAGES = table(
    "AiChatRoomMessage",
    column("id"),
    column("aiChatRoomId"),
    column("sender"),
    column("message"),
    column("htmlFormattedMessage"),
    column("createdAt"),
)
LINKS = table(
    "AiChatRoomMessageKnowledge",
    column("id"),
    column("aiChatRoomMessageId"),
    column("knowledgeId"),
)
_ROOM: BindParameter[str] = bindparam("room")
_MESSAGES_OF_ROOM = (
    select(
        MESSAGES.c.id,
        MESSAGES.c.sender,
        MESSAGES.c.message.label("text"),
        MESSAGES.c.htmlFormattedMessage.label("html"),
    )
    .where(MESSAGES.c.aiChatRoomId == _ROOM)
    .order_by(MESSAGES.c.createdAt, MESSAGES.c.id)
)
_LINKS_OF_ROOM = (
    select(LINKS.c.aiChatRoomMessageId.label("message"), LINKS.c.knowledgeId.label("source"))
    .where(
        LINKS.c.aiChatRoomMessageId.in_(
            select(MESSAGES.c.id).where(MESSAGES.c.aiChatRoomId == _ROOM)
        )
    )
    .order_by(LINKS.c.id)
)
_COLUMNS = {"messages": ("sender", "text"), "sources": ("message", "source")}
"""The columns that a query must have; that of messages can also have `id` and `html`."""
POSTGRESQL = frozenset({"postgresql", "postgres"})
POSTGRESQL_DRIVER = "psycopg"
WITH_POSTGRESQL = "streamproof[postgres]"
_WHERE = "--database, or url of [database]"


class DatabaseReader:
    """Reads a database by its URL, or an SQLite file by its path.

    Raises `UsageError` if that cannot be a database.
    """

    name = "database"
    sources_in_order = False  # a link has no position
    knows_turns = False

    def __init__(self, settings: DatabaseSettings) -> None:
        self._settings = settings
        self._engine = _engine(settings.url)
        url = self._engine.url
        is_sqlite = url.get_backend_name() == SQLITE
        self.shown = masked_url(settings.url) if is_sqlite else shown(url)

    async def read(self, room: str, question: str) -> StoredTurn:
        """Read the rows of a question; raises `UnreachableError` if that fails."""
        return turn_of(await self.messages(room), question)

    async def messages(self, room: str) -> list[StoredMessage]:
        """Read all messages of a room, oldest first; raises as `read`."""
        return await asyncio.to_thread(self._read, room)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def _read(self, room: str) -> list[StoredMessage]:
        try:
            with self._engine.connect() as connection:
                return self._rows(connection, room)
        except SQLAlchemyError as error:
            reason = error.orig if isinstance(error, DBAPIError) else error
            raise UnreachableError(f"database {self.shown}: {of_each_host(str(reason))}") from error

    def _rows(self, connection: Connection, room: str) -> list[StoredMessage]:
        where = self._settings
        sources: defaultdict[str, list[str]] = defaultdict(list)
        if where.messages is None or where.sources is not None:
            query = _query(where.sources, _LINKS_OF_ROOM)
            for row in self._found(connection, "sources", query, room):
                sources[str(row["message"])].append(str(row["source"]))
        senders = {where.user: USER, where.assistant: AI}
        query = _query(where.messages, _MESSAGES_OF_ROOM)
        return [
            StoredMessage(
                senders.get(row["sender"], row["sender"]),
                row["text"] or "",
                row.get("html"),
                tuple(sources[str(row.get("id"))]),
            )
            for row in self._found(connection, "messages", query, room)
        ]

    def _found(
        self, connection: Connection, name: str, query: Executable, room: str
    ) -> list[Mapping[str, str]]:
        """Return the rows of a query, which must have its columns."""
        result = connection.execute(query, {"room": room})
        if missing := set(_COLUMNS[name]) - set(result.keys()):
            wanted, got = ", ".join(_COLUMNS[name]), ", ".join(result.keys())
            raise UnreachableError(
                f"database.{name}: wanted the columns {wanted}, got {got}; name the missing ones"
                f" ({', '.join(sorted(missing))}) with AS"
            )
        return [{**row} for row in result.mappings()]


def _query(own: str | None, usual: Executable) -> Executable:
    return usual if own is None else text(own)


def _engine(database: str) -> Engine:
    """Open a URL, or a file for reading only, so that a wrong path does not create a database."""
    try:
        if not is_url(database):
            return create_engine(_read_only(database))
        url = read_url(database)
        if is_postgresql(url):
            return _postgresql_engine(url)
        if url.get_backend_name() == SQLITE and url.database and not url.query:
            url = _read_only(url.database)
        return create_engine(url)
    except UnusableURL as error:
        raise UsageError(f"{_WHERE}: {error}") from error
    except ModuleNotFoundError as error:
        message = f"{_WHERE}: needs the Python module {error.name}, which is not installed"
        advice = f"; install {WITH_POSTGRESQL}" if error.name == POSTGRESQL_DRIVER else ""
        raise UsageError(message + advice) from error
    except (ArgumentError, NoSuchModuleError) as error:
        wanted = "wanted the path of an SQLite file, or a URL such as postgresql://user@host/name"
        raise UsageError(f"{_WHERE}: {wanted}, got one of a kind that is not installed") from error


def _postgresql_engine(url: URL) -> Engine:
    """Open a URL with the driver of our extra, unless it names another one.

    A parameter that only Prisma knows is left out; its schema is the search path.
    """
    if url.drivername in POSTGRESQL:
        url = url.set(drivername=f"postgresql+{POSTGRESQL_DRIVER}")
    path = {"options": f"-csearch_path={url.query['schema']}"} if "schema" in url.query else {}
    plain = url.difference_update_query(PRISMA_PARAMETERS).update_query_dict(path)
    engine = create_engine(plain)  # raises `ModuleNotFoundError`
    if plain.get_driver_name() != POSTGRESQL_DRIVER:
        return engine
    check_parameters(plain)
    return create_engine(plain, connect_args=libpq_options(plain))


def _read_only(path: str) -> URL:
    if not Path(path).is_file():
        raise UsageError(f"{_WHERE}: {path} is not a file")
    query = {"mode": "ro", "uri": "true"}
    return URL.create("sqlite", database=f"file:{quote(str(Path(path).resolve()))}", query=query)
