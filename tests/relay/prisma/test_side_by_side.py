"""A generated Prisma client and the relay read and write one SQLite file side by side.

Prisma's own engine makes the tables, and compares them again after the relay has added its own.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from streamproof.relay.storage.schema import VERSION_TABLE
from streamproof.relay.storage.tables import metadata
from tests import node_packages
from tests.relay.conftest import User
from tests.relay.scripted_ai import END, content

pytestmark = pytest.mark.prove

PROJECT = Path(__file__).with_name("client")
OFFLINE = {
    "npm_config_ignore_scripts": "true",  # they would download engines that nothing here needs
    "PRISMA_SCHEMA_ENGINE_BINARY": "/bin/true",  # `generate` looks for it, and never runs it
    "CHECKPOINT_DISABLE": "1",
}
EXTERNAL = [VERSION_TABLE, *(name for name in metadata.tables if name.startswith("relay_"))]
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
def prisma(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        for name, value in OFFLINE.items():
            patch.setenv(name, value)
        modules = node_packages.installed(PROJECT, "prisma-client")
    folder = tmp_path_factory.mktemp("prisma") / "client"
    shutil.copytree(PROJECT, folder)
    (folder / node_packages.MODULES).symlink_to(modules)
    prisma = Prisma(folder)
    prisma.generate()
    return prisma


def test_the_sql_for_postgresql_is_that_of_the_engine(prisma, tmp_path):
    shutil.copytree(prisma.folder, tmp_path / "client", symlinks=True)
    schema = tmp_path / "client" / "schema.prisma"
    schema.write_text(schema.read_text("utf-8").replace('"sqlite"', '"postgresql"'), "utf-8")
    expected = PROJECT.with_name("postgresql.sql").read_text("utf-8")
    assert Prisma(tmp_path / "client").sql("empty") == expected


@pytest.fixture
def database(prisma, tmp_path):
    """Make a database as Prisma does, with a user and a room."""
    path = tmp_path / "prisma.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(prisma.sql("empty"))
    connection.close()
    prisma.call(
        path,
        ("user", "create", {"data": {"id": "ana"}}),
        ("aiChatRoom", "create", {"data": {"id": "room", "userId": "ana"}}),
    )
    return path


@pytest.fixture
async def ana(start_relay, database):
    client = await start_relay(database=str(database), creates_chat_tables=False)
    return User(client, "ana")


def message_of_prisma(key, text="From Prisma", **data):
    """Return the call that adds a message."""
    values = {"id": key, "aiChatRoomId": "room", "sender": "USER", "message": text, **data}
    return ("aiChatRoomMessage", "create", {"data": values})


def ids(messages):
    return [message["id"] for message in messages]


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
    assert prisma.sql(database, *EXTERNAL).strip() == "-- This is an empty migration."
    assert 'DROP TABLE "relay_turn"' in prisma.sql(database)
