"""Moments in SQLite: one spelling is written, every spelling is read and sorted, once migrated."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Column, MetaData, Table, Text, create_engine, insert, select, text
from sqlalchemy.dialects import postgresql

from streamproof.relay.storage import schema
from streamproof.relay.storage.moments import Moment, in_utc
from streamproof.relay.storage.schema import migrate

AT = datetime(2026, 11, 28, 19, 20, 28, 743000, tzinfo=UTC)
WRITTEN = "2026-11-28T19:20:28.743+00:00"
NOTE = Table("note", MetaData(), Column("id", Text), Column("at", Moment))
SPELLINGS: dict[str, str | int] = {
    "Prisma 7": WRITTEN,
    "older releases of the relay": "2026-11-28 19:20:28.743000",
    "Z": "2026-11-28T19:20:28.743Z",
    "an offset": "2026-11-29T02:20:28.743+07:00",
    "Prisma 6": 1795893628743,
}
NOT_MOMENTS = [
    "soon",
    "now",
    "12:00",
    "2026-13-01 00:00:00",
    "abcd-ef-ghTij:kl:mn.opq+00:00",
    b"x",
    10**17,
    -(10**15),
    "0000-01-01",
]


@pytest.fixture
def connection():
    with create_engine("sqlite://").connect() as connection:
        NOTE.metadata.create_all(connection)
        yield connection


def store(connection, key, spelling):
    """Store a moment in a spelling, as another program does."""
    connection.execute(text("INSERT INTO note VALUES (:id, :at)"), {"id": key, "at": spelling})


def test_a_moment_is_written_as_prisma_writes_it(connection):
    late = AT.astimezone(timezone(timedelta(hours=7))) + timedelta(microseconds=999)
    connection.execute(insert(NOTE).values(id="n", at=late))
    assert connection.scalar(text("SELECT at FROM note")) == WRITTEN


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_every_spelling_is_read(connection, spelling):
    store(connection, "n", spelling)
    assert connection.scalar(select(NOTE.c.at)) == AT


@pytest.mark.parametrize("millisecond", range(0, 1000, 37))
def test_no_millisecond_is_rounded(connection, millisecond):
    at = AT.replace(microsecond=millisecond * 1000)
    number = (at - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)
    store(connection, "old", at.replace(tzinfo=None).isoformat(" ", "microseconds"))
    store(connection, "number", number)
    assert connection.execute(select(NOTE.c.at)).scalars().all() == [at, at]


@pytest.mark.parametrize("value", NOT_MOMENTS, ids=repr)
def test_what_is_not_a_moment_is_read_as_none(connection, value):
    store(connection, "n", value)
    assert connection.scalar(select(NOTE.c.at)) is None


def test_rows_of_all_spellings_sort_by_their_moments(connection):
    in_order = [
        "2026-11-28T19:20:28.000+00:00",
        "2026-11-28 19:20:28.001000",
        "2026-11-28T19:20:28.002Z",
        1795893628003,
        "2026-11-29T02:20:28.004+07:00",
        "2026-11-28 19:20:29",
        "2026-11-28T19:20:29.001+00:00",
    ]
    for number in (3, 0, 6, 2, 5, 1, 4):
        store(connection, str(number), in_order[number])
    ordered = select(NOTE.c.id).order_by(in_utc(NOTE.c.at))
    assert connection.execute(ordered).scalars().all() == list("0123456")


def test_postgresql_sorts_by_the_column_itself():
    query = select(NOTE.c.id).order_by(in_utc(NOTE.c.at))
    assert str(query.compile(dialect=postgresql.dialect())).endswith("ORDER BY note.at")


def _stored_before_the_migration(connection, moments):
    """Store rooms with these moments as they are in a database of the revision before."""
    schema._upgrade(connection, creates_chat_tables=True, revision="0004")
    connection.execute(text("""INSERT INTO "User" VALUES ('ana')"""))
    for number, moment in enumerate(moments):
        row = """INSERT INTO "AiChatRoom" VALUES (:id, 'ana', NULL, :at)"""
        connection.execute(text(row), {"id": str(number), "at": moment})


@pytest.mark.parametrize(
    ("ours", "kept"), [(True, ["soon"]), (False, [SPELLINGS["Prisma 6"], "soon"])]
)
def test_stored_moments_are_written_again_once(ours, kept):
    with create_engine("sqlite://").connect() as connection:
        _stored_before_the_migration(connection, [*SPELLINGS.values(), "soon"])
        migrate(connection, creates_chat_tables=ours)
        moments = (
            connection.execute(text("""SELECT "createdAt" FROM "AiChatRoom" ORDER BY "id" """))
            .scalars()
            .all()
        )
        assert moments == [WRITTEN] * (len(SPELLINGS) + 1 - len(kept)) + kept
