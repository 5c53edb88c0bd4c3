"""A generated Prisma client and the relay read and write one database side by side.

Prisma's own engine makes the tables, and compares them again after the relay has added its own.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import psycopg
import pytest

from streamproof.relay.storage.schema import VERSION_TABLE
from streamproof.relay.storage.tables import metadata
from tests import node_packages
from tests.relay.conftest import User
from tests.relay.scripted_ai import END, EXAMPLE_SOURCE, content, sources

pytestmark = pytest.mark.prove

PROJECT = Path(__file__).with_name("client")
OFFLINE = {
    "npm_config_ignore_scripts": "true",  # they would download engines that nothing here needs
    "PRISMA_SCHEMA_ENGINE_BINARY": "/bin/true",  # `generate` looks for it, and never runs it
    "CHECKPOINT_DISABLE": "1",
}
EXTERNAL = [VERSION_TABLE, *(name for name in metadata.tables if name.startswith("relay_"))]
NO_DIFFERENCE = "-- This is an empty migration."
SECONDS = 60.0


class Prisma:
    """A project with a generated client, and Prisma's schema engine."""

    def __init__(self, folder):
        self.folder = folder

    def call(self, database, *calls):
        """Return the results of calls of the client: model, method, options."""
        return json.loads(self._node("client.mjs", database, json.dumps(calls)))

    def sql(self, *arguments):
        """Return the SQL that would make the schema from a database, or from nothing."""
        return self._node("engine.mjs", *arguments)

    def generate(self):
        """Generate the client."""
        self._node("node_modules/prisma/build/index.js", "generate")

    def _node(self, *words):
        command = [node_packages.node_path(), *map(str, words)]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=os.environ | OFFLINE,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def project_for(tmp_path_factory):
    """Generate the client for a kind of database, once."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in OFFLINE.items():
            patch.setenv(name, value)
        modules = node_packages.installed(PROJECT, "prisma-client")

    @cache
    def project_for(engine):
        folder = tmp_path_factory.mktemp("prisma") / "client"
        shutil.copytree(PROJECT, folder)
        (folder / node_packages.MODULES).symlink_to(modules)
        schema = folder / "schema.prisma"
        schema.write_text(schema.read_text("utf-8").replace('"sqlite"', f'"{engine}"'), "utf-8")
        prisma = Prisma(folder)
        prisma.generate()
        return prisma

    return project_for


@pytest.fixture
def prisma(project_for, engine):
    return project_for(engine)


ON_POSTGRESQL = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
ON_BOTH = pytest.mark.parametrize("engine", ["sqlite", "postgresql"], indirect=True)


@ON_POSTGRESQL
def test_the_sql_for_postgresql_is_that_of_the_engine(prisma):
    assert prisma.sql("empty") == PROJECT.with_name("postgresql.sql").read_text("utf-8")


@pytest.fixture
def database(request, engine, prisma, tmp_path):
    """Make a database as Prisma does, with a user and a room."""
    statements = prisma.sql("empty")
    if engine == "postgresql":
        place = request.getfixturevalue("postgres").empty()
        with psycopg.connect(place) as postgresql:
            postgresql.execute(statements.encode())
    else:
        place = tmp_path / "prisma.db"
        with sqlite3.connect(place) as connection:
            connection.executescript(statements)
        connection.close()
    prisma.call(
        place,
        ("user", "create", {"data": {"id": "ana"}}),
        ("aiChatRoom", "create", {"data": {"id": "room", "userId": "ana"}}),
    )
    return place


@pytest.fixture
async def ana(start_relay, database):
    client = await start_relay(database=str(database), creates_chat_tables=False)
    return User(client, "ana")


def message_of_prisma(key, text="From Prisma", **data):
    """Return the call that adds a message."""
    values = {"id": key, "aiChatRoomId": "room", "sender": "USER", "message": text, **data}
    return ("aiChatRoomMessage", "create", {"data": values})


KNOWLEDGE = {"id": "leave", "title": "Leave", "content": "Twelve days a year"}
ADD_KNOWLEDGE = ("knowledge", "create", {"data": KNOWLEDGE})


def ids(messages):
    return [message["id"] for message in messages]


@ON_BOTH
async def test_both_sides_have_the_rows_of_both_in_one_order(prisma, database, ai, ana):
    ai.script = content("Hi") + END
    await (await ana.ask("room")).rest()
    prisma.call(database, message_of_prisma("between"))
    await (await ana.ask("room")).rest()
    hour_ago = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    query = {"where": {"createdAt": {"gte": hour_ago}}, "orderBy": {"createdAt": "asc"}}
    [found] = prisma.call(database, ("aiChatRoomMessage", "findMany", query))
    history = await ana.history("room")
    assert ids(found) == ids(history)
    assert ids(history)[2] == "between"
    assert [m["createdAt"] for m in found] == [m["createdAt"] for m in history]


@ON_BOTH
async def test_prisma_reads_an_answer_with_its_knowledge(prisma, database, ai, ana):
    prisma.call(database, ADD_KNOWLEDGE)
    ai.script = sources(KNOWLEDGE, EXAMPLE_SOURCE) + content("Twelve days") + END
    await (await ana.ask("room", "How many?")).rest()
    links = {"select": {"knowledge": True}}
    query = {"orderBy": {"createdAt": "asc"}, "include": {"links": links, "aiChatRoom": True}}
    [found] = prisma.call(database, ("aiChatRoomMessage", "findMany", query))
    assert [(m["sender"], m["message"]) for m in found] == [
        ("USER", "How many?"),
        ("AI", "Twelve days"),
    ]
    assert [m["links"] for m in found] == [[], [{"knowledge": KNOWLEDGE}]]
    assert [m["aiChatRoom"]["userId"] for m in found] == ["ana", "ana"]


@ON_BOTH
async def test_the_relay_shows_an_answer_of_prisma_with_its_knowledge(prisma, database, ana):
    link = {"create": {"id": "link", "knowledgeId": "leave"}}
    answer = message_of_prisma("answer", "Twelve days", sender="AI", links=link)
    prisma.call(database, ADD_KNOWLEDGE, message_of_prisma("question"), answer)
    shown = [(m["sender"], m["message"], m["sources"]) for m in await ana.history("room")]
    assert shown == [("USER", "From Prisma", []), ("AI", "Twelve days", [KNOWLEDGE])]


@ON_BOTH
async def test_pages_go_over_the_rows_of_both(prisma, database, ai, ana):
    ai.script = content("Hi") + END
    for key in ("one", "two"):
        prisma.call(database, message_of_prisma(key))
        await (await ana.ask("room")).rest()
    shown: list[str] = []
    cursor: dict[str, str] | None = {}
    while cursor is not None:
        answer = await ana.get("room/messages", params={"limit": 1, **cursor})
        page = await answer.json()
        shown += ids(page["messages"])
        cursor = {"cursor": page["nextCursor"]} if page["nextCursor"] else None
    assert shown == ids(await ana.history("room"))
    assert len(shown) == 6


async def test_a_row_that_prisma_edits_has_one_spelling(prisma, database, ai, ana):
    ai.script = content("Hi") + END
    await (await ana.ask("room")).rest()
    question = (await ana.history("room"))[0]
    edit = {"where": {"id": question["id"]}, "data": {"message": "Edited"}}
    prisma.call(database, ("aiChatRoomMessage", "update", edit))
    assert (await ana.history("room"))[0] == question | {"message": "Edited"}
    with sqlite3.connect(database) as connection:
        rows = connection.execute('SELECT "createdAt", "updatedAt" FROM "AiChatRoomMessage"')
        moments = [moment for row in rows for moment in row]
    connection.close()
    assert {moment[10] + moment[-6:] for moment in moments} == {"T+00:00"}


async def test_the_engine_finds_no_difference_beside_the_external_tables(prisma, database, ana):
    await ana.history("room")
    assert prisma.sql(database, *EXTERNAL).strip() == NO_DIFFERENCE
    assert 'DROP TABLE "relay_turn"' in prisma.sql(database)


@ON_POSTGRESQL
async def test_on_postgresql_the_engine_sees_only_its_own_tables(prisma, database, ana):
    await ana.history("room")
    assert prisma.sql(database).strip() == NO_DIFFERENCE
    with psycopg.connect(database) as connection:
        connection.execute('DROP INDEX "AiChatRoomMessage_id_key"')
    assert 'CREATE UNIQUE INDEX "AiChatRoomMessage_id_key"' in prisma.sql(database)


@ON_POSTGRESQL
def test_on_postgresql_the_tables_of_the_relay_are_those_of_the_engine(prisma, postgres):
    assert prisma.sql(postgres.migrated()).strip() == NO_DIFFERENCE
