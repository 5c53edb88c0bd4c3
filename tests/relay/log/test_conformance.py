"""The rules of every log of frames, tried on each kind of log."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from datetime import timedelta
from typing import Any

import pytest

from streamproof.relay.frames import Frame
from streamproof.relay.log.base import LogHead
from streamproof.relay.storage.errors import FramesRefused
from tests.relay.log.stores import KINDS_IN_PROVE, Clock, frame, last, new_place, open_store

LONG_SECONDS = 3600.0


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(params=KINDS_IN_PROVE)
async def store(request, clock):
    """Give a log with the turns a and b, which have no frames yet."""
    with new_place(request.param, lambda: request.getfixturevalue("postgres")) as place:
        async with open_store(request.param, place, clock) as store:
            yield store


@pytest.fixture
def log(store):
    return store.log


async def collect(log, turn_id, after=-1):
    """Follow a turn to its end."""
    return [f async for batch in log.follow(turn_id, after, LONG_SECONDS) for f in batch.frames]


async def test_frames_are_read_as_they_were_appended(store):
    frames = [Frame(0, None, "start"), Frame(1, "message", "NUL \0, \n\n, \\ud83d, 🙂"), last(2)]
    await store.append("a", frames[:1])
    await store.append("a", frames[1:])
    assert await store.read("a") == frames


async def test_a_read_begins_after_the_given_number(store):
    await store.append("a", [frame(0), frame(1), frame(2)])
    assert await store.read("a", 1) == [frame(2)]
    assert await store.read("a", 2) == []


async def test_two_transactions_at_once_can_append_to_a_turn(store):
    await asyncio.gather(store.append("a", [frame(0)]), store.append("a", [last(1)]))
    assert await store.read("a") == [frame(0), last(1)]


async def test_each_turn_has_its_own_frames(store):
    await store.append("a", [frame(0, "of a")])
    await store.append("b", [frame(0, "of b")])
    assert await store.read("a") == [frame(0, "of a")]


@pytest.mark.parametrize(
    "frames",
    [
        pytest.param([], id="none"),
        pytest.param([frame(3)], id="a gap before"),
        pytest.param([frame(1)], id="a number that is used"),
        pytest.param([frame(2), frame(4)], id="a gap within"),
        pytest.param([last(2), frame(3)], id="a frame after the terminal one"),
    ],
)
async def test_frames_that_do_not_continue_the_log_are_refused(store, frames):
    await store.append("a", [frame(0), frame(1)])
    with pytest.raises(FramesRefused):
        await store.append("a", frames)
    assert await store.read("a") == [frame(0), frame(1)]


@pytest.mark.parametrize("next_frame", [frame(2), last(2)], ids=["a frame", "a second terminal"])
async def test_nothing_can_follow_the_terminal_frame(store, next_frame):
    await store.append("a", [frame(0), last(1)])
    with pytest.raises(FramesRefused):
        await store.append("a", [next_frame])


async def test_appends_of_one_transaction_continue_each_other(store):
    def both(transaction):
        store.log.append(transaction, "a", [frame(0)])
        store.log.append(transaction, "a", [frame(1)])

    await store.write(both)
    assert await store.read("a") == [frame(0), frame(1)]


async def test_frames_are_not_shown_before_their_commit(store, log):
    loop = asyncio.get_running_loop()

    def append_and_read(transaction):
        log.append(transaction, "a", [frame(0)])
        return asyncio.run_coroutine_threadsafe(log.read("a", -1), loop).result()

    assert await store.write(append_and_read) == []
    assert await store.read("a") == [frame(0)]


async def test_a_transaction_that_fails_keeps_no_frames(store):
    def append_and_fail(transaction):
        store.log.append(transaction, "a", [frame(0)])
        store.log.append(transaction, "a", [last(1)])
        raise LookupError

    with pytest.raises(LookupError):
        await store.write(append_and_fail)
    assert await store.read("a") == []
    await store.append("a", [frame(0)])
    assert await store.read("a") == [frame(0)]


async def test_a_follower_gets_no_frame_of_a_transaction_that_fails(store):
    def append_and_fail(transaction):
        store.log.append(transaction, "a", [frame(0, "lost")])
        raise LookupError

    following = asyncio.create_task(collect(store.log, "a"))
    await asyncio.sleep(0)
    with pytest.raises(LookupError):
        await store.write(append_and_fail)
    await store.append("a", [last(0)])
    assert await following == [last(0)]


async def test_the_head_describes_the_state_of_a_log(store, log):
    await store.append("a", [frame(0), frame(1)])
    assert await log.head("a") == LogHead(2, ended=False, purged=False)
    await store.append("a", [last(2)])
    assert await log.head("a") == LogHead(3, ended=True, purged=False)
    assert await log.head("unknown") is None


async def test_a_follower_gets_old_and_new_frames(store, log):
    await store.append("a", [frame(0)])
    following = asyncio.create_task(collect(log, "a"))
    for n in range(1, 50):
        await store.append("a", [frame(n)])
    await store.append("a", [last(50)])
    assert [f.n for f in await following] == list(range(51))


async def test_a_follower_can_begin_after_any_frame(store, log):
    await store.append("a", [frame(0), frame(1), last(2)])
    assert await collect(log, "a", after=0) == [frame(1), last(2)]


@pytest.mark.parametrize("after", range(4))
async def test_a_follower_can_begin_inside_the_newest_frames(store, log, after):
    await store.append("a", [frame(0)])
    await store.post("a", [frame(1), frame(2), frame(3)])
    following = log.follow("a", after, LONG_SECONDS)
    next_batch = asyncio.ensure_future(anext(following))
    await asyncio.sleep(0)
    await store.append("a", [last(4)])
    assert (await next_batch).frames[0].n == after + 1
    await following.aclose()


async def test_many_followers_can_read_one_turn(store, log):
    followers = [asyncio.create_task(collect(log, "a", after=n)) for n in range(-1, 9)]
    for n in range(20):
        await store.append("a", [frame(n)])
    await store.append("a", [last(20)])
    seen = await asyncio.gather(*followers)
    assert [[f.n for f in frames] for frames in seen] == [list(range(n, 21)) for n in range(10)]


async def test_many_followers_that_read_together_share_frames_and_bytes(store, log):
    await store.append("a", [frame(0, "x" * 100_000)])
    log.forget("a")  # the frames must be read
    followers = [log.follow("a", -1, LONG_SECONDS) for _ in range(20)]
    first, *others = await asyncio.gather(*(anext(follower) for follower in followers))
    assert first.frames == [frame(0, "x" * 100_000)]
    assert all(other.wire is first.wire for other in others)
    for follower in followers:
        await follower.aclose()


async def test_a_follower_that_joins_an_earlier_read_misses_no_frame(store, log, monkeypatch):
    await store.append("a", [frame(0)])
    begun, may_end = asyncio.Event(), asyncio.Event()
    read = log._reads._read

    async def slow_read(*place):
        frames = await read(*place)
        begun.set()
        await may_end.wait()
        return frames

    monkeypatch.setattr(log._reads, "_read", slow_read)
    log.forget("a")
    early = asyncio.create_task(collect(log, "a", after=0))
    await begun.wait()  # this read has found nothing
    await store.append("a", [last(1)])
    late = asyncio.create_task(collect(log, "a", after=0))
    await asyncio.sleep(0)
    may_end.set()
    assert await early == await late == [last(1)]


AWKWARD = ["NUL \0, \n\n", "", "\\ud83d 🙂", " a space", "data: x"]


async def test_posted_frames_are_read_as_appended_ones_from_any_place(store):
    frames = [frame(n, AWKWARD[n % len(AWKWARD)]) for n in range(12)]
    await store.append("a", frames[:1])
    await store.post("a", frames[1:2])
    await store.post("a", frames[2:9])
    await store.append("a", frames[9:10])
    await store.post("a", frames[10:])
    for after in range(-1, 12):
        assert await store.read("a", after) == frames[after + 1 :]
    head = await store.log.head("a")
    assert head == LogHead(12, ended=False, purged=False)


async def test_posts_of_several_turns_are_committed_together(store):
    for turn_id in ("a", "b"):
        await store.append(turn_id, [frame(0)])
    await asyncio.gather(*(store.post(turn_id, [frame(1, turn_id)]) for turn_id in ("a", "b")))
    assert await store.read("a", 0) == [frame(1, "a")]
    assert await store.read("b", 0) == [frame(1, "b")]


@pytest.mark.parametrize("wrong", [[frame(2)], [frame(0)], [frame(1), frame(3)]])
async def test_a_post_that_is_refused_does_not_harm_another_turn(store, wrong):
    for turn_id in ("a", "b"):
        await store.append(turn_id, [frame(0)])
    results = await asyncio.gather(
        store.post("a", wrong), store.post("b", [frame(1)]), return_exceptions=True
    )
    assert isinstance(results[0], FramesRefused)
    assert results[1] is None
    assert await store.read("a") == [frame(0)]
    assert await store.read("b") == [frame(0), frame(1)]


async def test_nothing_can_be_posted_after_the_terminal_frame(store):
    await store.append("a", [frame(0), last(1)])
    with pytest.raises(FramesRefused):
        await store.post("a", [frame(2)])


async def test_a_reader_that_keeps_up_is_shown_the_frames_and_wakes_only_for_the_last(store, log):
    await store.append("a", [frame(0)])
    shown: list[Any] = []

    def show(batch):
        shown.extend(batch.frames)
        return True

    yielded = []
    async with aclosing(log.follow("a", -1, LONG_SECONDS, show)) as batches:
        yielded += (await anext(batches)).frames
        rest = asyncio.ensure_future(anext(batches, None))
        await asyncio.sleep(0)
        for n in range(1, 20):
            await store.post("a", [frame(n)])
        await store.append("a", [last(20)])
        assert await rest is None
    assert yielded == [frame(0)]
    assert [f.n for f in shown] == list(range(1, 21))


async def test_a_reader_that_refuses_frames_gets_them_from_the_log(store, log):
    await store.append("a", [frame(0)])
    shown: list[Any] = []

    def show(batch):
        if batch.frames[0].n % 3 == 0:
            return False
        shown.extend(f.n for f in batch.frames)
        return True

    async def follow():
        batches = log.follow("a", -1, LONG_SECONDS, show)
        return [f.n async for batch in batches for f in batch.frames]

    following = asyncio.create_task(follow())
    for n in range(1, 30):
        await store.post("a", [frame(n)])
        await asyncio.sleep(0)
    await store.append("a", [last(30)])
    yielded = await following
    assert sorted(yielded + shown) == list(range(31))
    assert yielded == sorted(yielded)
    assert shown == sorted(shown)


async def test_a_long_log_is_followed_in_bounded_batches(store, log):
    frames = [frame(n, "x" * 1000) for n in range(1500)]
    await store.append("a", [*frames, last(1500)])
    assert await collect(log, "a") == [*frames, last(1500)]


@pytest.mark.parametrize("size", [1, 100_000], ids=["small frames", "large frames"])
async def test_a_slow_follower_misses_nothing(store, log, size):
    await store.append("a", [frame(0)])
    async with aclosing(log.follow("a", -1, LONG_SECONDS)) as batches:
        assert (await anext(batches)).frames == [frame(0)]
        for n in range(1, 30):
            await store.append("a", [frame(n, "x" * size)])
        first = (await anext(batches)).frames
        for n in range(30, 60):
            await store.append("a", [frame(n, "x" * size)])
        await store.append("a", [last(60)])
        rest = [f.n async for batch in batches for f in batch.frames]
    assert [f.n for f in first] + rest == list(range(1, 61))


async def test_a_silence_is_an_empty_batch(store, log):
    await store.append("a", [frame(0)])
    async with aclosing(log.follow("a", 0, 0.001)) as batches:
        assert [(await anext(batches)).frames for _ in range(2)] == [(), ()]
        await store.append("a", [last(1)])
        assert [batch.frames async for batch in batches if batch.frames] == [[last(1)]]


async def test_a_follower_reads_the_log_after_a_lost_notification(store, log, monkeypatch):
    await store.append("a", [frame(0)])
    async with aclosing(log.follow("a", 0, 0.001)) as batches:
        assert (await anext(batches)).frames == ()
        monkeypatch.setattr(log._notifier, "notify", lambda *_: None)
        await store.append("a", [last(1)])
        assert [batch.frames async for batch in batches if batch.frames] == [[last(1)]]


async def test_a_follower_after_the_terminal_frame_gets_nothing(store, log):
    await store.append("a", [frame(0), last(1)])
    assert [batch async for batch in log.follow("a", 1, 0.001)] == []


async def test_a_purge_deletes_old_frames_of_ended_turns_only(store, log, clock):
    await store.append("a", [frame(0), last(1)])
    await store.append("b", [frame(0)])
    assert await log.purge(clock.now) == 0
    clock.now += timedelta(days=1)
    assert await log.purge(clock.now) == 1
    assert await store.read("a") == []
    assert await log.head("a") == LogHead(2, ended=True, purged=True)
    assert await store.read("b") == [frame(0)]
    assert await log.purge(clock.now) == 0


async def test_a_follower_of_a_purged_turn_gets_nothing(store, log, clock):
    await store.append("a", [frame(0), last(1)])
    await log.purge(clock.now + timedelta(seconds=1))
    assert [batch async for batch in log.follow("a", -1, 0.001)] == []
