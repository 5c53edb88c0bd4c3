"""Reads stored turns from a database with the chat tables (protocol, section 3).

It reads only what every such database has: messages and their links. The state of a turn is in
other tables, which differ from relay to relay.
"""

import asyncio
from collections import defaultdict
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, column, create_engine, make_url, select, table
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from streamproof.harness.errors import UnreachableError, UsageError
from streamproof.harness.masking import masked_url
from streamproof.harness.verify.stored.rows import StoredMessage, StoredTurn, turn_of

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
POSTGRESQL = frozenset({"postgresql", "postgres"})
POSTGRESQL_DRIVER = "psycopg"
WITH_POSTGRESQL = "streamproof[postgres]"
PRISMA_PARAMETERS = ("schema", "connection_limit", "pool_timeout", "pgbouncer")


class DatabaseReader:
    """Reads a database by its URL, or an SQLite file by its path."""

    name = "database"
    sources_in_order = False  # a link has no position
    knows_turns = False

    def __init__(self, database: str) -> None:
        self._engine = _engine(database)
        self._shown = masked_url(database)

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
                return _rows(connection, room)
        except SQLAlchemyError as error:
            reason = error.orig if isinstance(error, DBAPIError) else error
            first_line = str(reason).partition("\n")[0]
            raise UnreachableError(f"database {self._shown}: {first_line}") from error


def _rows(connection: Connection, room: str) -> list[StoredMessage]:
    m, link = MESSAGES.c, LINKS.c
    of_room = select(m.id).where(m.aiChatRoomId == room)
    links = select(link.aiChatRoomMessageId, link.knowledgeId)
    sources: defaultdict[str, list[str]] = defaultdict(list)
    for message_id, source in connection.execute(
        links.where(link.aiChatRoomMessageId.in_(of_room)).order_by(link.id)
    ):
        sources[message_id].append(source)
    messages = select(m.id, m.sender, m.message, m.htmlFormattedMessage)
    found = connection.execute(messages.where(m.aiChatRoomId == room).order_by(m.createdAt, m.id))
    return [
        StoredMessage(sender, text, html, tuple(sources[message_id]))
        for message_id, sender, text, html in found
    ]


def _engine(database: str) -> Engine:
    """Open a URL, or a file for reading only, so that a wrong path does not create a database."""
    if "://" not in database:
        return create_engine(_read_only(database))
    try:
        url = _url(database)
        if url.get_backend_name() == "sqlite" and url.database and not url.query:
            url = _read_only(url.database)
        return create_engine(url)
    except ModuleNotFoundError as error:
        message = f"--database: needs the Python module {error.name}, which is not installed"
        advice = f"; install {WITH_POSTGRESQL}" if error.name == POSTGRESQL_DRIVER else ""
        raise UsageError(message + advice) from error
    except (ArgumentError, NoSuchModuleError) as error:
        wanted = "wanted the path of an SQLite file, or a URL such as postgresql://user@host/name"
        raise UsageError(f"--database: {wanted}, got '{masked_url(database)}'") from error


def _url(database: str) -> URL:
    """Read a URL; PostgreSQL has the driver of our extra, unless the URL names another one.

    A parameter that only Prisma knows is left out; its schema is the search path.
    """
    url = make_url(database)
    if url.drivername not in POSTGRESQL:
        return url
    path = {"options": f"-csearch_path={url.query['schema']}"} if "schema" in url.query else {}
    plain = url.difference_update_query(PRISMA_PARAMETERS).update_query_dict(path)
    return plain.set(drivername=f"postgresql+{POSTGRESQL_DRIVER}")


def _read_only(path: str) -> URL:
    if not Path(path).is_file():
        raise UsageError(f"--database: {path} is not a file")
    query = {"mode": "ro", "uri": "true"}
    return URL.create("sqlite", database=f"file:{quote(str(Path(path).resolve()))}", query=query)
