"""What a log of frames promises, wherever it keeps them."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from streamproof.relay.frames import Frame
from streamproof.relay.log.base import LogHead
from streamproof.relay.log.memory import MemoryLog
from streamproof.relay.log.sqlite import SqliteLog
from streamproof.relay.storage import conversations, turn_rows
from streamproof.relay.storage.errors import FramesRefused
from streamproof.relay.storage.schema import database_url
from streamproof.relay.storage.transaction import Database

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LONG_SECONDS = 3600.0


class Clock:
    """Time that moves only when told."""

    def __init__(self):
        self.now = NOW

    def __call__(self):
        """Return the time."""
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(params=["memory", "sqlite"])
async def log(request, tmp_path, clock):
    """Give a log with the turns a and b, that have no frames yet."""
    if request.param == "memory":
        yield MemoryLog(clock)
        return
    database = Database(database_url(str(tmp_path / "chat.db")))
    for turn_id in ("a", "b"):
        await _make_turn(database, turn_id)
    yield SqliteLog(database, clock)
    await database.close()


async def _make_turn(database, turn_id):
    room = conversations.Room(f"room-{turn_id}", None, NOW)
    question = turn_rows.NewTurn(turn_id, f"message-{turn_id}", room.id, "ana", "Hello?", NOW)
    await database.write(partial(conversations.create_room, user_id="ana", room=room))
    await database.write(partial(turn_rows.begin, question=question, max_running=9))


def frame(n, data="x"):
    return Frame(n, "message", data)


def last(n):
    return Frame(n, "end", '{"type":"end"}')


async def collect(log, turn_id, after=-1):
    """Follow a turn to its end."""
    return [
        f for lot in [lot async for lot in log.follow(turn_id, after, LONG_SECONDS)] for f in lot
    ]


async def test_frames_are_read_as_they_were_appended(log):
    frames = [Frame(0, None, "start"), Frame(1, "message", "NUL \0, \n\n, \\ud83d, 🙂"), last(2)]
    await log.append("a", frames[:1])
    await log.append("a", frames[1:])
    assert await log.read("a", -1) == frames


async def test_a_read_begins_after_the_frame_that_is_named(log):
    await log.append("a", [frame(0), frame(1), frame(2)])
    assert await log.read("a", 1) == [frame(2)]
    assert await log.read("a", 2) == []


async def test_turns_do_not_mix(log):
    await log.append("a", [frame(0, "of a")])
    await log.append("b", [frame(0, "of b")])
    assert await log.read("a", -1) == [frame(0, "of a")]


@pytest.mark.parametrize(
    "frames",
    [
        pytest.param([], id="nothing"),
        pytest.param([frame(3)], id="a hole before"),
        pytest.param([frame(1)], id="a number that is taken"),
        pytest.param([frame(2), frame(4)], id="a hole within"),
        pytest.param([last(2), frame(3)], id="something after the last"),
    ],
)
async def test_frames_that_do_not_follow_are_refused(log, frames):
    await log.append("a", [frame(0), frame(1)])
    with pytest.raises(FramesRefused):
        await log.append("a", frames)
    assert await log.read("a", -1) == [frame(0), frame(1)]


@pytest.mark.parametrize("following", [frame(2), last(2)], ids=["a frame", "a second last one"])
async def test_nothing_follows_the_terminal_frame(log, following):
    await log.append("a", [frame(0), last(1)])
    with pytest.raises(FramesRefused):
        await log.append("a", [following])


async def test_what_goes_along_sees_the_log_before_its_frames(log):
    ran: list[object] = []
    await log.append("a", [frame(0)], also=ran.append)
    assert len(ran) == 1


async def test_frames_are_not_kept_where_what_goes_along_fails(log):
    def refuse(_connection):
        raise LookupError("no such thing")

    with pytest.raises(LookupError):
        await log.append("a", [frame(0)], also=refuse)
    assert await log.read("a", -1) == []
    await log.append("a", [frame(0)])


async def test_the_head_says_how_far_a_log_is(log):
    await log.append("a", [frame(0), frame(1)])
    assert await log.head("a") == LogHead(2, sealed=False, purged=False)
    await log.append("a", [last(2)])
    assert await log.head("a") == LogHead(3, sealed=True, purged=False)
    assert await log.head("nobody's") is None


async def test_a_follower_gets_what_was_there_and_what_comes(log):
    await log.append("a", [frame(0)])
    following = asyncio.create_task(collect(log, "a"))
    for n in range(1, 50):
        await log.append("a", [frame(n)])
    await log.append("a", [last(50)])
    assert [f.n for f in await following] == list(range(51))


async def test_a_follower_may_begin_anywhere(log):
    await log.append("a", [frame(0), frame(1), last(2)])
    assert await collect(log, "a", after=0) == [frame(1), last(2)]


async def test_many_follow_one_turn(log):
    followers = [asyncio.create_task(collect(log, "a", after=n)) for n in range(-1, 9)]
    for n in range(20):
        await log.append("a", [frame(n)])
    await log.append("a", [last(20)])
    seen = await asyncio.gather(*followers)
    assert [[f.n for f in frames] for frames in seen] == [list(range(n, 21)) for n in range(10)]


async def test_a_long_log_is_followed_in_bounded_lots(log):
    frames = [frame(n, "x" * 1000) for n in range(1500)]
    await log.append("a", [*frames, last(1500)])
    assert await collect(log, "a") == [*frames, last(1500)]


@pytest.mark.parametrize("size", [1, 100_000], ids=["small frames", "large frames"])
async def test_a_follower_that_falls_behind_misses_nothing(log, size):
    await log.append("a", [frame(0)])
    async with aclosing(log.follow("a", -1, LONG_SECONDS)) as lots:
        assert await anext(lots) == [frame(0)]
        for n in range(1, 30):
            await log.append("a", [frame(n, "x" * size)])
        first = await anext(lots)
        for n in range(30, 60):
            await log.append("a", [frame(n, "x" * size)])
        await log.append("a", [last(60)])
        rest = [f.n async for lot in lots for f in lot]
    assert [f.n for f in first] + rest == list(range(1, 61))


async def test_silence_is_an_empty_lot(log):
    await log.append("a", [frame(0)])
    async with aclosing(log.follow("a", 0, 0.001)) as lots:
        assert [await anext(lots), await anext(lots)] == [[], []]
        await log.append("a", [last(1)])
        assert [lot async for lot in lots if lot] == [[last(1)]]


async def test_following_ends_where_all_was_seen(log):
    await log.append("a", [frame(0), last(1)])
    assert [lot async for lot in log.follow("a", 1, 0.001)] == []


async def test_a_turn_is_purged_some_time_after_its_end_and_not_before(log, clock):
    await log.append("a", [frame(0), last(1)])
    await log.append("b", [frame(0)])
    assert await log.purge(clock.now) == 0
    clock.now += timedelta(days=1)
    assert await log.purge(clock.now) == 1
    assert await log.read("a", -1) == []
    assert await log.head("a") == LogHead(2, sealed=True, purged=True)
    assert await log.read("b", -1) == [frame(0)]
    assert await log.purge(clock.now) == 0


async def test_following_ends_where_the_log_was_purged(log, clock):
    await log.append("a", [frame(0), last(1)])
    await log.purge(clock.now + timedelta(seconds=1))
    assert [lot async for lot in log.follow("a", -1, 0.001)] == []
