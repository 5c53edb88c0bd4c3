"""A relay on a real port, in front of an AI service that the test scripts."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from shutil import copy
from sqlite3 import OperationalError

import aiohttp
import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from streamproof.contracts.sse import Decoder
from streamproof.relay.app import create_app
from streamproof.relay.auth import issue_token
from streamproof.relay.dependencies import Dependencies
from streamproof.relay.routes import RELAY
from streamproof.relay.settings import Settings
from streamproof.relay.storage.address import database_url
from streamproof.relay.storage.sqlite import SqliteDatabase

ON_BOTH = pytest.mark.parametrize(
    "engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.prove)], indirect=True
)
"""Tries a test on both kinds of databases; on PostgreSQL it is one of the long tests."""


class DriverError(OperationalError, SQLAlchemyError):
    """What a test raises at a failpoint: an error of the driver, whichever the database is."""


SECRET = "0123456789abcdef0123456789abcdef"


def bearer(user_id):
    return {"Authorization": f"Bearer {issue_token(SECRET, user_id, 600)}"}


class Stream:
    """The frames of one connection, one at a time."""

    def __init__(self, response):
        self.response = response
        self._decoder = Decoder()
        self._events = []

    async def next(self):
        """Return the next frame; None at the end of the body."""
        while not self._events:
            chunk = await self.response.content.readany()
            if not chunk:
                return None
            self._events += self._decoder.feed(chunk)
        return self._events.pop(0)

    async def rest(self):
        """Return all frames that are left."""
        frames = []
        while frame := await self.next():
            frames.append(frame)
        return frames


class User:
    """A user of the relay with a browser."""

    def __init__(self, client, user_id):
        self.client = client
        self.headers = bearer(user_id)

    async def room(self, title=None):
        """Create a room."""
        body = {} if title is None else {"title": title}
        answer = await self.post("rooms", json=body)
        return (await answer.json())["id"]

    async def get(self, path, **options):
        """GET something below /api/chat/."""
        options["headers"] = {**self.headers, **options.get("headers", {})}
        return await self.client.get(f"/api/chat/{path}", **options)

    async def post(self, path, **options):
        """POST to something below /api/chat/."""
        options["headers"] = {**self.headers, **options.get("headers", {})}
        return await self.client.post(f"/api/chat/{path}", **options)

    async def ask(self, room_id, message="Hello?"):
        """Send a message and stream the reply."""
        answer = await self.post(f"{room_id}/stream", data={"message": message})
        assert answer.status == 200, await answer.text()
        return Stream(answer)

    async def resume(self, last_event_id="", **query):
        """Open the stream as an EventSource does."""
        headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
        return await self.get("stream", headers=headers, params=query)

    async def history(self, room_id, **query):
        """Return the messages of a room."""
        answer = await self.get(f"{room_id}/messages", params=query)
        assert answer.status == 200, await answer.text()
        return (await answer.json())["messages"]


@pytest.fixture
async def browser():
    """Give a session of a user, for relays in processes of their own."""
    async with aiohttp.ClientSession(headers=bearer("ana")) as browser:
        yield browser


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory):
    """Create a database once; a copy of it is faster than the migrations."""
    path = tmp_path_factory.mktemp("relay") / "empty.db"
    asyncio.run(SqliteDatabase(database_url(str(path))).close())
    return path


@pytest.fixture
def engine(request):
    """Return the kind of database of a test: `sqlite`, unless the test is tried on both."""
    return getattr(request, "param", "sqlite")


@pytest.fixture
def database_place(request, engine, tmp_path):
    """Return the path or the URL of a migrated database."""
    if engine == "postgresql":
        return request.getfixturevalue("postgres").migrated()
    copy(request.getfixturevalue("empty_database"), tmp_path / "chat.db")
    return str(tmp_path / "chat.db")


@pytest.fixture
def make_settings(ai, database_place):
    def make_settings(**changes):
        values = {
            "ai_url": ai.url,
            "database": database_place,
            "jwt_secret": SECRET,
            "backoff_seconds": 0.0,
            **changes,
        }
        return Settings(**values)

    return make_settings


@pytest.fixture
def start_relay(aiohttp_client, make_settings):
    """Start a relay with changed settings and dependencies; return a client of it."""

    async def start_relay(dependencies=None, **changes):
        app = create_app(make_settings(**changes), dependencies or Dependencies())
        return await aiohttp_client(app)

    return start_relay


@pytest.fixture
async def relay(start_relay):
    return await start_relay()


@pytest.fixture
def ana(relay):
    return User(relay, "ana")


@pytest.fixture
def budi(relay):
    return User(relay, "budi")


@pytest.fixture
async def room(ana):
    return await ana.room()


def stored(client, query):
    """Return rows of the relay's database."""
    return client.app[RELAY].database.read(lambda c: c.execute(text(query)).all())


async def execute(client, statement, **values):
    """Execute a statement in the relay's database."""
    await client.app[RELAY].database.write(
        lambda tx: tx.connection.execute(text(statement), values)
    )


def kinds(frames):
    """Return the event names of frames."""
    return [frame.event for frame in frames]


async def error_of(answer):
    """Return the error of a refusal, whose body has nothing more than it and the request's ID."""
    body = await answer.json()
    assert body.pop("requestId") == answer.headers["X-Request-ID"]
    assert list(body) == ["error"]
    return body["error"]


async def read(answer):
    """Return all frames of a response that is a stream."""
    assert answer.status == 200, await answer.text()
    return await Stream(answer).rest()


class Clock:
    """Time that only the test moves."""

    def __init__(self):
        self.now = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)

    def __call__(self):
        """Return the time."""
        return self.now


class ManualSleep:
    """A sleep that lasts until the test ends it."""

    def __init__(self):
        self.seconds = set()
        self._sleeping = asyncio.Queue[asyncio.Future[None]]()

    async def __call__(self, seconds):
        """Sleep."""
        self.seconds.add(seconds)
        end = asyncio.get_running_loop().create_future()
        self._sleeping.put_nowait(end)
        await end

    async def end_one(self):
        """End the current sleep, and wait for the next one."""
        (await self._sleeping.get()).set_result(None)
        self._sleeping.put_nowait(await self._sleeping.get())
