"""One SQLite file belongs to one relay; PostgreSQL to several."""

from __future__ import annotations

import pytest

from streamproof.relay.app import create_app
from streamproof.relay.errors import SettingsError
from streamproof.relay.routes import RELAY
from streamproof.relay.settings import Settings
from streamproof.relay.storage.errors import DatabaseInUse
from streamproof.relay.storage.opening import open_database
from tests.relay.conftest import User, kinds
from tests.relay.scripted_ai import END, content


async def test_a_second_relay_on_the_same_database_is_refused(relay, make_settings, aiohttp_server):
    with pytest.raises(DatabaseInUse, match="another relay is using"):
        await aiohttp_server(create_app(make_settings()))


async def test_a_link_to_the_same_database_is_refused_too(
    relay, make_settings, tmp_path, aiohttp_server
):
    link = tmp_path / "link.db"
    link.symlink_to(make_settings().database)
    with pytest.raises(DatabaseInUse, match="another relay is using"):
        await aiohttp_server(create_app(make_settings(database=str(link))))


@pytest.mark.parametrize("synchronous", ["normal", "full"])
async def test_turns_run_with_each_value_of_synchronous(ai, start_relay, synchronous):
    client = await start_relay(database_synchronous=synchronous)
    ana = User(client, "ana")
    room = await ana.room()
    stream = await ana.ask(room)
    call = await ai.call()
    for text in ("a", "b", "c"):
        await call.send(content(text))
    await call.finish(END)
    assert kinds(await stream.rest())[-1] == "end"
    assert [message["message"] for message in await ana.history(room)] == ["Hello?", "abc"]
    database = client.app[RELAY].database
    statement = "PRAGMA synchronous"
    value = await database.write(lambda tx: tx.connection.exec_driver_sql(statement).scalar())
    assert value == {"normal": 1, "full": 2}[synchronous]


@pytest.mark.parametrize(
    ("database", "listen", "problem"),
    [
        ("chat.db", "postgresql://host/chat", "wanted nothing with an SQLite file"),
        ("postgresql://host/chat", "chat.db", "wanted the URL of the PostgreSQL database"),
    ],
)
async def test_a_listening_url_belongs_to_postgresql(tmp_path, database, listen, problem):
    path = database if "://" in database else str(tmp_path / database)
    settings = Settings(
        ai_url="http://ai", database=path, database_listen=listen, jwt_secret="unused" * 8
    )
    with pytest.raises(SettingsError, match=f"database_listen: {problem}"):
        async with open_database(settings):
            pass
    assert list(tmp_path.iterdir()) == []
