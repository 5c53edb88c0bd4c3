"""What is stored is found again, in a database with the Prisma tables and in a history."""

import sqlite3
import sys

import pytest
from aiohttp import ClientSession, web
from sqlalchemy.engine import make_url

from streamproof.harness.errors import UnreachableError, UsageError
from streamproof.harness.http.server import serving
from streamproof.harness.verify.settings.model import DatabaseSettings
from streamproof.harness.verify.stored.database import DatabaseReader
from streamproof.harness.verify.stored.history import HistoryReader
from streamproof.harness.verify.stored.rows import (
    StoredMessage,
    StoredTurn,
    StoredTurnState,
    turn_of,
)
from tests.passwords import CANARY, TEXTS

TABLES = """
create table "AiChatRoomMessage" (
  "id" text, "aiChatRoomId" text, "sender" text, "message" text,
  "htmlFormattedMessage" text, "knowledgeId" text, "createdAt" text, "updatedAt" text);
create table "AiChatRoomMessageKnowledge" (
  "id" text, "aiChatRoomMessageId" text, "knowledgeId" text);
"""
ROWS = [
    ("m1", "room", "USER", "first", None, "2026-01-01T00:00:01"),
    ("m3", "room", "USER", "second", None, "2026-01-01T00:00:03"),
    ("m2", "room", "AI", "answer", "<p>answer</p>", "2026-01-01T00:00:02"),
    ("m4", "other", "AI", "elsewhere", None, "2026-01-01T00:00:04"),
]
LINKS = [("l1", "m2", "doc-2"), ("l2", "m2", "doc-1"), ("l3", "m4", "doc-3")]

QUESTION = StoredMessage("USER", "first")
ANSWER = StoredMessage("AI", "answer", "<p>answer</p>", ("doc-2", "doc-1"))


def reader_of(url: str, **more: str) -> DatabaseReader:
    """Return the reader of a database, with these settings."""
    return DatabaseReader(DatabaseSettings(url=url, **more))


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "relay.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.executescript(TABLES)
        connection.executemany(
            'insert into "AiChatRoomMessage" values (?, ?, ?, ?, ?, null, ?, null)', ROWS
        )
        connection.executemany('insert into "AiChatRoomMessageKnowledge" values (?, ?, ?)', LINKS)
    connection.close()
    return path


async def test_a_database_shows_the_rows_of_one_question(database):
    reader = reader_of(str(database))
    assert await reader.read("room", "first") == StoredTurn((QUESTION,), (ANSWER,))
    assert await reader.read("room", "second") == StoredTurn((StoredMessage("USER", "second"),))
    assert await reader.read("room", "third") == StoredTurn()
    reader.close()


async def test_a_path_may_have_signs_that_mean_something_in_a_url(database, tmp_path):
    reader = reader_of(str(database.rename(tmp_path / "a #b?c%20.sqlite3")))
    assert await reader.read("room", "first") == StoredTurn((QUESTION,), (ANSWER,))
    reader.close()


OWN_TABLES = """
create table messages (id integer, chat text, role text, body text, html text);
create table sources (message integer, url text);
insert into messages values (1, 'room', 'user', 'first', null), (2, 'room', 'assistant', 'answer',
  '<p>answer</p>'), (3, 'other', 'assistant', 'elsewhere', null);
insert into sources values (2, 'doc-2'), (2, 'doc-1'), (3, 'doc-3');
"""
OWN_MESSAGES = (
    "SELECT id, role AS sender, body AS text, html FROM messages WHERE chat = :room ORDER BY id"
)
OWN_SOURCES = "SELECT message, url AS source FROM sources"


@pytest.fixture
def own_tables(tmp_path):
    path = tmp_path / "own.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.executescript(OWN_TABLES)
    connection.close()
    return str(path)


async def read_own(path: str, **queries: str) -> StoredTurn:
    reader = reader_of(path, user="user", assistant="assistant", **queries)
    try:
        return await reader.read("room", "first")
    finally:
        reader.close()


async def test_queries_read_a_database_with_tables_of_its_own(own_tables):
    found = await read_own(own_tables, messages=OWN_MESSAGES, sources=OWN_SOURCES)
    assert found == StoredTurn((QUESTION,), (ANSWER,))


async def test_without_a_query_for_sources_there_are_none(own_tables):
    found = await read_own(own_tables, messages=OWN_MESSAGES)
    assert found.answers == (StoredMessage("AI", "answer", "<p>answer</p>"),)


@pytest.mark.parametrize(
    ("queries", "message"),
    [
        ({"messages": "SELECT role, body AS text FROM messages"}, "messages: wanted the columns"),
        (
            {"messages": OWN_MESSAGES, "sources": "SELECT url FROM sources"},
            r"sources: wanted the columns message, source, got url; .* \(message, source\) with AS",
        ),
        ({"messages": "SELECT sender FROM nowhere"}, "no such table: nowhere"),
    ],
    ids=["columns-of-messages", "columns-of-sources", "table"],
)
async def test_a_query_that_does_not_fit_says_what_to_change(own_tables, queries, message):
    with pytest.raises(UnreachableError, match=message):
        await read_own(own_tables, **queries)


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path):
    with pytest.raises(UsageError, match="is not a file"):
        reader_of(str(tmp_path / "missing.sqlite3"))


@pytest.mark.parametrize("url", ["nonsense://x", "postgresql+nonsense://x"])
def test_url_that_no_database_driver_knows_is_wrong_usage(url):
    with pytest.raises(UsageError, match="wanted the path of an SQLite file, or a URL such as"):
        reader_of(url)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("://", "wanted scheme://user:password@host:port/database"),
        ("postgresql://ana:secret@[x/chat", "wanted a name, an address or the path"),
        ("postgresql://ana:secret@one:x,two/chat", "wanted numbers as ports"),
        ("host=one password=secret", "wanted the path of an SQLite file or a URL, got what"),
    ],
)
def test_a_text_that_cannot_be_used_is_refused_as_the_relay_does(url, problem):
    with pytest.raises(UsageError, match=problem) as caught:
        reader_of(url)
    assert "secret" not in str(caught.value)


def test_no_part_of_a_password_is_shown():
    def shown_by_the_reader(text: str) -> str:
        try:
            return reader_of(text).shown
        except UsageError as error:
            return f"{error} {error.__cause__!r}"

    assert [text for text in TEXTS if CANARY in shown_by_the_reader(text)] == []


async def test_the_host_that_answers_is_read(postgres, tmp_path):
    url = make_url(postgres.migrated())
    hosts = f"{tmp_path},{url.query['host']}"
    reader = reader_of(f"postgresql://postgres@/{url.database}?host={hosts}")
    assert await reader.messages("room") == []
    reader.close()


async def test_an_error_says_what_is_wrong_with_each_host(tmp_path):
    hosts = f"{tmp_path}/one,{tmp_path}/two"
    reader = reader_of(f"postgresql://ana:secret@/chat?host={hosts}")
    with pytest.raises(UnreachableError) as caught:
        await reader.read("room", "first")
    text = str(caught.value)
    assert text.startswith(f"database postgresql://ana:***@/chat at {hosts.replace(',', ' or ')}: ")
    assert f"'{tmp_path}/one'" in text
    assert f"'{tmp_path}/two'" in text
    assert "secret" not in text
    reader.close()


async def test_a_database_without_the_tables_is_unreachable(tmp_path):
    path = tmp_path / "empty.sqlite3"
    sqlite3.connect(path).close()
    path.write_bytes(b"")
    reader = reader_of(f"sqlite:///{path}")
    with pytest.raises(UnreachableError, match=r"no such table: AiChatRoomMessage\w*$"):
        await reader.read("room", "first")
    reader.close()


async def test_file_that_is_not_a_database_is_unreachable(tmp_path):
    path = tmp_path / "text.sqlite3"
    path.write_text("This is a text, and it has more than a hundred bytes. " * 3)
    reader = reader_of(str(path))
    with pytest.raises(UnreachableError) as caught:
        await reader.read("room", "first")
    assert str(caught.value) == f"database {path}: file is not a database"
    reader.close()


def test_url_of_a_missing_file_does_not_create_it(tmp_path):
    with pytest.raises(UsageError, match="is not a file"):
        reader_of(f"sqlite:///{tmp_path / 'missing.sqlite3'}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("module", "url", "advice"),
    [
        ("MySQLdb", "mysql://user@host/name", ""),
        ("psycopg", "postgresql://user@host/name", "; install streamproof[postgres]"),
        ("psycopg", "postgres://user@host/name?schema=chat", "; install streamproof[postgres]"),
    ],
)
def test_driver_that_is_not_installed_is_named(module, url, advice, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UsageError) as caught:
        reader_of(url)
    missing = f"needs the Python module {module}, which is not installed{advice}"
    assert str(caught.value) == f"--database, or url of [database]: {missing}"


def test_an_answer_belongs_to_the_question_before_it():
    rows = [QUESTION, ANSWER, StoredMessage("USER", "second"), StoredMessage("AI", "other")]
    assert turn_of(rows, "first").answers == (ANSWER,)
    assert turn_of(rows, "second").answers == (StoredMessage("AI", "other"),)


def test_a_room_that_begins_with_an_answer_is_newest_first():
    assert turn_of([ANSWER, QUESTION], "first").is_newest_first
    assert not turn_of([QUESTION, ANSWER], "first").is_newest_first


def history(*pages: object) -> web.Application:
    async def show(request: web.Request) -> web.Response:
        return web.json_response(pages[int(request.query.get("cursor", "0"))])

    app = web.Application()
    app.router.add_get("/rooms/{room}/history", show)
    return app


async def read_history(app: web.Application) -> StoredTurn:
    async with ClientSession() as session, serving(app) as url:
        return await HistoryReader(session, url + "/rooms/{room}/history", {}).read("r", "first")


async def test_a_history_is_read_page_by_page():
    turn = {"id": "t", "status": "completed", "reason": None, "partial": None}
    user = {"sender": "USER", "message": "first", "htmlFormattedMessage": None, "turn": turn}
    sources = [{"id": "doc-2"}, {"id": "doc-1"}]
    answer = {
        "sender": "AI",
        "message": "answer",
        "htmlFormattedMessage": "<p>answer</p>",
        "sources": sources,
    }
    pages = {"messages": [user], "nextCursor": "1"}, {"messages": [answer], "nextCursor": None}
    state = StoredTurnState("completed")
    found = await read_history(history(*pages))
    assert found == StoredTurn((StoredMessage("USER", "first", turn=state),), (ANSWER,), state)


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ({}, "wanted a list at data.messages, got {}"),
        ({"messages": [{}]}, "wanted texts at data.sender and data.message, got {}"),
        ({"messages": 5}, "wanted a list at data.messages, got 5"),
        ([], r"wanted a list at data.messages, got \[\]"),
    ],
    ids=["no-messages", "no-texts", "number", "list"],
)
async def test_a_history_of_another_shape_is_unreachable(page, message):
    with pytest.raises(UnreachableError, match=rf"{message}; \[history\] says") as caught:
        await read_history(history(page))
    assert "/rooms/r/history" in str(caught.value)


async def test_a_history_that_is_not_there_is_unreachable():
    with pytest.raises(UnreachableError, match="404"):
        await read_history(web.Application())


async def test_a_cursor_that_does_not_advance_ends_the_reading():
    async def same(_: web.Request) -> web.Response:
        return web.json_response({"messages": [], "nextCursor": 7})

    app = web.Application()
    app.router.add_get("/rooms/{room}/history", same)
    with pytest.raises(UnreachableError, match=r"wanted another cursor at nextCursor .*, got '7'"):
        await read_history(app)
