"""The frames of turns that another program has deleted are refused."""

from __future__ import annotations

import asyncio
import sqlite3

import pytest
from sqlalchemy import text

from streamproof.relay.log import deleted_turns
from streamproof.relay.storage.errors import FramesRefused
from tests.relay.log.sqlite_store import (
    LARGE,
    files,
    opened,
    tidied,
)
from tests.relay.log.stores import frame


@pytest.mark.parametrize("synchronous", ["normal", "full"])
@pytest.mark.parametrize("data", ["x", LARGE], ids=["small", "large"])
async def test_a_post_to_a_deleted_turn_is_refused(tmp_path, monkeypatch, data, synchronous):
    monkeypatch.setattr(deleted_turns, "LOOK_SECONDS", 0.0)
    async with opened(tmp_path / "chat.db", synchronous=synchronous) as store:
        await store.post("a", [frame(1)])
        await looked(store)
        await store.write(lambda tx: tx.connection.execute(text("DELETE FROM relay_turn")))
        assert await store.read("a") == await store.read("a", 0) == []
        assert await store.log.head("a") is None
        await store.post("a", [frame(2)])
        await looked(store)
        for _ in range(2):
            with pytest.raises(FramesRefused):
                await store.post("a", [frame(3, data)])
        store.log.forget("a")
        await tidied(store)
        assert files(store) == []
        assert store.log._refused == set()


async def looked(store):
    """Wait for the end of the look for which an append has set a timer."""
    looks = store.log._deleted_turns
    while looks._timer is not None:
        await (looks._task or asyncio.sleep(0))


async def test_frames_in_flight_do_not_bring_a_deleted_turn_back(store):
    await store.post("a", [frame(1)])
    newest = store.log._newest["a"]
    await store.write(lambda tx: tx.connection.execute(text("DELETE FROM relay_turn")))
    store.log._refuse("a")
    store.log._newest["a"] = newest  # as at the end of an append that was in flight
    with pytest.raises(FramesRefused):
        await store.post("a", [frame(2)])
    store.log.forget("a")
    store.log._refuse("a")
    assert store.log._refused == set()


async def test_a_deleted_turn_does_not_hold_up_the_others(tmp_path):
    async with opened(tmp_path / "chat.db") as store:
        await store.post("a", [frame(1)])
        store.log._refuse("b")
        writer = sqlite3.connect(tmp_path / "chat.db", isolation_level=None)
        writer.execute("BEGIN IMMEDIATE")
        refused = asyncio.ensure_future(store.post("b", [frame(1)]))
        await store.post("a", [frame(2)])
        assert not refused.done()
        writer.execute("COMMIT")
        writer.close()
        await refused
        assert [f.n for f in await store.read("a")] == [0, 1, 2]
