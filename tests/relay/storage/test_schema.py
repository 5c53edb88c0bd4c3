"""A migrated database has exactly the tables that the code describes, with Prisma's names."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import IntegrityError

from streamproof.relay.errors import SettingsError
from streamproof.relay.storage import migrations, schema
from streamproof.relay.storage.address import database_url
from streamproof.relay.storage.errors import StorageError
from streamproof.relay.storage.live_tables import CHAT_TABLES
from streamproof.relay.storage.schema import HEAD, VERSION_TABLE, migrate
from streamproof.relay.storage.tables import metadata

OLD_TURN = """
INSERT INTO relay_turn (id, user_id, room_id, user_message_id, status, started_at, sealed_at)
VALUES (:id, 'ana', :id, :id, 'running', '2026-01-02T03:04:05.000Z', :sealed)
"""
OLD_FRAME = "INSERT INTO relay_frame VALUES (:id, 0, 'message', CAST('first' AS BLOB), 0)"
OLD_POSTED = """
INSERT INTO relay_posted_frame VALUES (:id, :turn, :n, 'message', CAST('posted' AS BLOB))
"""


@pytest.fixture
def connect(tmp_path):
    """Give connections to databases by name."""
    engines = []

    def connect(name):
        engines.append(create_engine(database_url(str(tmp_path / name))))
        return engines[-1].connect()

    yield connect
    for engine in engines:
        engine.dispose()


def upgrade(connection):
    """Run all revisions, as for the database of an earlier version."""
    schema._upgrade(connection, creates_chat_tables=True)


@pytest.fixture(params=[migrate, upgrade], ids=["empty database", "every revision"])
def migrated(connect, request):
    with connect("migrated.db") as connection:
        request.param(connection)
        yield connection


def _catalogue(connection):
    found = inspect(connection)
    return {
        table: {
            "columns": [{**c, "type": str(c["type"])} for c in found.get_columns(table)],
            "key": found.get_pk_constraint(table),
            "foreign keys": sorted(found.get_foreign_keys(table), key=str),
            "indexes and triggers": _definitions(connection, table),
            "checks": sorted(map(str, found.get_check_constraints(table))),
        }
        for table in found.get_table_names()
        if table != VERSION_TABLE
    }


def _definitions(connection, table):
    query = text("SELECT sql FROM sqlite_master WHERE type != 'table' AND tbl_name = :table")
    found = connection.execute(query, {"table": table}).scalars()
    return sorted(definition.strip() for definition in found if definition)


def test_a_migrated_database_has_the_described_tables(migrated, connect):
    with connect("described.db") as described:
        metadata.create_all(described)
        assert _catalogue(migrated) == _catalogue(described)


def test_the_version_table_of_an_empty_database_is_that_of_alembic(connect):
    with connect("created.db") as created, connect("upgraded.db") as upgraded:
        migrate(created)
        upgrade(upgraded)
        query = text("SELECT sql FROM sqlite_master WHERE name = :table")
        [expected] = upgraded.execute(query, {"table": VERSION_TABLE}).scalars()
        assert created.execute(query, {"table": VERSION_TABLE}).scalars().all() == [expected]


@pytest.mark.filterwarnings("ignore:.*expression-based index")
def test_alembic_finds_no_difference_to_the_tables(migrated):
    context = MigrationContext.configure(
        migrated,
        opts={
            "compare_server_default": True,
            "include_name": lambda name, *_: name != VERSION_TABLE,
        },
    )
    assert compare_metadata(context, metadata) == []


def test_a_second_start_changes_nothing(migrated):
    before = _catalogue(migrated)
    migrate(migrated)
    assert _catalogue(migrated) == before


def test_database_of_a_newer_release_is_refused_in_words(migrated):
    newer = f"UPDATE {VERSION_TABLE} SET version_num = '9999'"  # noqa: S608  # a constant
    migrated.execute(text(newer))
    wanted = f"wanted a revision up to {HEAD}, got 9999, which a newer release wrote"
    with pytest.raises(StorageError, match=wanted):
        migrate(migrated)


def test_the_many_to_many_migration_has_the_name_of_the_specification():
    files = Path(migrations.__path__[0], "versions").glob("r*.py")
    slugs = {file.stem.partition("_")[2] for file in files}
    assert "add_many_to_many_chat_message_knowledge" in slugs


def test_head_is_the_newest_revision(migrated):
    assert MigrationContext.configure(
        migrated, opts={"version_table": VERSION_TABLE}
    ).get_current_heads() == (HEAD,)


def test_posted_frames_of_an_earlier_version_are_moved(connect):
    with connect("posted.db") as connection:
        schema._upgrade(connection, creates_chat_tables=True, revision="0007")
        for turn_id, sealed in (("running", None), ("ended", "2026-01-02T03:04:05.000Z")):
            values = {"id": turn_id, "sealed": sealed}
            connection.execute(text(OLD_TURN), values)
            connection.execute(text(OLD_FRAME), values)
        frames = [(1, "running", 1), (2, "running", 2), (3, "running", 0), (4, "ended", 1)]
        for row_id, turn_id, n in [*frames, (5, "running", 3)]:
            connection.execute(text(OLD_POSTED), {"id": row_id, "turn": turn_id, "n": n})
        upgrade(connection)
        query = "SELECT turn_id, n, event, data FROM relay_frame ORDER BY turn_id DESC, n"
        found = [tuple(row) for row in connection.execute(text(query))]
        assert found == [
            ("running", 0, "message", b"first"),
            *[("running", n, "message", b"posted") for n in (1, 2, 3)],
            ("ended", 0, "message", b"first"),
        ]
        assert "relay_posted_frame" not in inspect(connection).get_table_names()


def test_a_sender_that_is_not_in_the_enum_is_refused(migrated):
    migrated.execute(text("PRAGMA foreign_keys = OFF"))
    row = """INSERT INTO "AiChatRoomMessage"
             ("id", "aiChatRoomId", "sender", "message", "updatedAt")
             VALUES ('m', 'r', 'ROBOT', '', '2026-01-01')"""
    with pytest.raises(IntegrityError, match="AiChatRoomMessage_sender_check"):
        migrated.execute(text(row))


def test_chat_tables_of_another_program_are_never_created(connect):
    with connect("empty.db") as connection:
        with pytest.raises(StorageError, match='table "User", table "AiChatRoom"'):
            migrate(connection, creates_chat_tables=False)
        assert inspect(connection).get_table_names() == []


def test_chat_tables_of_another_program_are_not_changed(connect):
    with connect("prisma.db") as connection:
        names = [
            "User",
            "AiChatRoom",
            "Knowledge",
            "AiChatRoomMessage",
            "AiChatRoomMessageKnowledge",
        ]
        metadata.create_all(connection, tables=[metadata.tables[name] for name in names])
        before = _catalogue(connection)
        migrate(connection, creates_chat_tables=False)
        assert before.items() <= _catalogue(connection).items()


def test_the_page_names_every_table_that_prisma_must_leave_alone():
    page = (Path(__file__).parents[3] / "docs" / "prisma.md").read_text("utf-8")
    names = [VERSION_TABLE, *(name for name in metadata.tables if name.startswith("relay_"))]
    assert [name for name in names if f'"{name}"' not in page] == []


PRISMA_TABLES = [table.name for table in CHAT_TABLES]
REQUIRED = [
    ('ALTER TABLE "AiChatRoomMessage" ADD COLUMN "tenantId" TEXT NOT NULL', "tenantId", False),
    ('ALTER TABLE "AiChatRoomMessage" ADD COLUMN "tenantId" TEXT NOT NULL DEFAULT 1', None, False),
    ('ALTER TABLE "AiChatRoomMessage" ADD COLUMN "tenantId" TEXT', None, False),
    ('ALTER TABLE "User" ADD COLUMN "email" TEXT NOT NULL', None, False),
    ('ALTER TABLE "User" ADD COLUMN "email" TEXT NOT NULL', "email", True),
]


@pytest.mark.parametrize(("change", "column", "adds_users"), REQUIRED)
def test_required_columns_that_the_relay_does_not_fill_are_refused(
    connect, change, column, adds_users
):
    with connect("prisma.db") as connection:
        metadata.create_all(connection, tables=[metadata.tables[name] for name in PRISMA_TABLES])
        connection.execute(text(change))
        if column is None:
            migrate(connection, creates_chat_tables=adds_users)
            return
        with pytest.raises(
            StorageError, match=f'requires a value in column "[A-Za-z]+"."{column}"'
        ):
            migrate(connection, creates_chat_tables=adds_users)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (":memory:", "file path"),
        ("sqlite://", "file path"),
        ("mysql://host/db", "wanted SQLite or PostgreSQL, got mysql"),
        ("://", "database"),
    ],
)
def test_a_database_that_cannot_be_used_is_refused(text, problem):
    with pytest.raises(SettingsError, match=problem):
        database_url(text)


@pytest.mark.parametrize("text", ["data/chat.db", "sqlite:///data/chat.db"])
def test_a_path_and_a_url_can_name_the_same_file(text):
    assert database_url(text).database == "data/chat.db"
