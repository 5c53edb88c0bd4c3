"""A database file is only for its user, and a relay notices when it is no longer its own."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from streamproof.relay.dependencies import Dependencies
from streamproof.relay.routes import RELAY
from streamproof.relay.service import running_relay
from streamproof.relay.storage.database_file import database_file
from streamproof.relay.storage.errors import DatabaseInUse, DatabaseReplaced, StorageError
from tests.relay.conftest import User, error_of, kinds
from tests.relay.scripted_ai import END, EXAMPLE, content

only_linux = pytest.mark.skipif(sys.platform != "linux", reason="a lock of the file itself")


def test_a_new_file_is_only_for_its_user(tmp_path):
    path = tmp_path / "chat.db"
    before = os.umask(0)
    try:
        with database_file(str(path)) as file:
            file.check()
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        os.umask(before)


def test_the_mode_of_an_older_file_stays(tmp_path):
    path = tmp_path / "chat.db"
    path.touch(0o640)
    with database_file(str(path)):
        assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_path_that_cannot_be_a_file_is_refused(tmp_path):
    with pytest.raises(StorageError, match="cannot open"), database_file(str(tmp_path)):
        pytest.fail("a folder is not a database")


def delete(path):
    path.unlink()


def move(path):
    path.rename(path.with_name("moved.db"))


def replace(path):
    path.rename(path.with_name("moved.db"))
    path.touch()


def link(path):
    path.with_name("linked.db").hardlink_to(path)


CHANGES = {"deleted": delete, "moved": move, "replaced": replace, "linked": link}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_file_that_is_no_longer_the_same_is_noticed(tmp_path, change):
    path = tmp_path / "chat.db"
    with database_file(str(path)) as file:
        file.check()
        change(path)
        with pytest.raises(DatabaseReplaced, match=r"chat\.db"):
            file.check()


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_a_relay_whose_file_has_changed_is_not_ready_and_tells_no_end(
    ai, start_relay, tmp_path, change
):
    client = await start_relay()
    ana = User(client, "ana")
    room, other = await ana.room(), await ana.room()
    stream = await ana.ask(room)
    call = await ai.call()
    await call.send(content("a"))
    assert (await client.get("/readyz")).status == 200
    change(tmp_path / "chat.db")
    ready = await client.get("/readyz")
    assert (ready.status, await error_of(ready)) == (503, "The database is not available")
    assert (await ana.post(f"{other}/messages", data={"message": "Hello?"})).status == 503
    await call.finish(END)
    assert kinds(await stream.rest()) == ["message", "message", "error"]
    await client.app[RELAY].turns.close()


async def start(settings):
    """Start the parts of a relay and stop them again."""
    async with running_relay(settings, Dependencies()):
        pass


@only_linux
async def test_a_second_relay_without_the_lock_file_does_not_start(start_relay, make_settings):
    await start_relay()
    settings = make_settings()
    Path(f"{settings.database}.lock").unlink()  # noqa: ASYNC240 - a test has no other task
    with pytest.raises(DatabaseInUse, match="under another name"):
        await start(settings)


async def test_a_file_with_two_names_is_refused_at_the_start(make_settings):
    settings = make_settings()
    link(Path(settings.database))
    with pytest.raises(StorageError, match="2 names, wanted 1"):
        await start(settings)


async def test_a_restart_after_the_end_finds_everything(ai, start_relay):
    first = await start_relay()
    ana = User(first, "ana")
    room = await ana.room()
    ai.script = EXAMPLE
    await (await ana.ask(room)).rest()
    await first.close()
    assert len(await User(await start_relay(), "ana").history(room)) == 2
