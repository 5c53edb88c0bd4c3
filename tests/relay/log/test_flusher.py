"""Frames of many turns share a commit; a commit that must wait keeps their order."""

from __future__ import annotations

import asyncio

import pytest

from streamproof.relay.frames import Frame, FrameBatch
from streamproof.relay.log.flusher import Flusher
from streamproof.relay.log.pace import CommitPace
from tests.relay.log.stores import CountingLoop

PAUSE_SECONDS = 0.05


class Store:
    """Keeps what was committed; `busy` refuses a commit at once."""

    def __init__(self):
        self.commits = []
        self.both = asyncio.Event()
        self.busy = False
        self.gate = asyncio.Event()
        self.errors = {}
        self.reported = []

    def report(self, turn_id, error):
        """Keep the result of a post."""
        self.reported.append((turn_id, error))
        if len(self.reported) == 2:
            self.both.set()

    def now(self, batches):
        """Commit at once."""
        if not self.busy:
            self.commits.append([batch.turn_id for batch in batches])
        return not self.busy

    async def later(self, batches):
        """Commit when the gate is open."""
        await self.gate.wait()
        self.commits.append([f"{batch.turn_id} later" for batch in batches])
        return self.errors


@pytest.fixture
async def store():
    return Store()


@pytest.fixture
async def post(store):
    flusher = Flusher(lambda batches: store.now(batches), lambda batches: store.later(batches))
    return lambda turn_id, **how: flusher.post(
        FrameBatch(turn_id, [Frame(0, None, "x")]),
        lambda error: store.report(turn_id, error),
        **how,
    )


async def test_frames_of_one_turn_of_the_loop_share_a_commit(store, post):
    post("a")
    post("b")
    assert store.commits == []
    await asyncio.sleep(0)
    assert store.commits == [["a", "b"]]
    assert store.reported == [("a", None), ("b", None)]


async def test_frames_are_committed_at_once_if_that_is_wanted(store, post):
    post("a", at_once=True)
    post("b", at_once=True)
    assert store.commits == [["a"], ["b"]]
    assert store.reported == [("a", None), ("b", None)]


async def test_nothing_passes_frames_that_wait_for_the_end_of_the_turn(store, post):
    post("a")
    post("b", at_once=True)
    assert store.commits == []
    await store.both.wait()
    assert store.commits == [["a", "b"]]


async def test_frames_that_cannot_be_committed_at_once_share_a_commit(store, post):
    store.busy = True
    post("a", at_once=True)
    post("b", at_once=True)
    store.gate.set()
    await store.both.wait()
    assert store.commits == [["a later", "b later"]]


async def test_an_error_of_a_commit_at_once_is_reported(store, post):
    bug = RuntimeError("a bug")

    def fail(_batches):
        raise bug

    store.now = fail
    post("a", at_once=True)
    assert store.reported == [("a", bug)]


async def test_nothing_passes_a_commit_that_waits(store, post):
    store.busy = True
    post("a")
    await asyncio.sleep(0)
    store.busy = False
    post("b")
    await asyncio.sleep(0)
    assert store.commits == []
    store.gate.set()
    await store.both.wait()
    assert store.commits == [["a later"], ["b"]]


async def test_an_error_reaches_only_its_own_turn(store, post):
    store.busy = True
    store.errors["a"] = refused = LookupError()
    post("a")
    post("b")
    store.gate.set()
    await store.both.wait()
    assert store.reported == [("a", refused), ("b", None)]


async def test_an_unexpected_error_of_a_commit_fails_its_turns_and_no_others(store, post):
    bug = RuntimeError("a bug")

    def fail(_batches):
        raise bug

    usual, store.now = store.now, fail
    post("a")
    await asyncio.sleep(0)
    store.now = usual
    post("b")
    await store.both.wait()
    assert store.reported == [("a", bug), ("b", None)]


async def test_an_unexpected_error_of_a_later_commit_fails_its_turns_and_no_others(store, post):
    bug = RuntimeError("a bug")

    async def fail(_batches):
        raise bug

    store.later = fail
    store.busy = True
    post("a")
    await asyncio.sleep(0)
    store.busy = False
    post("b")
    await store.both.wait()
    assert store.reported == [("a", bug), ("b", None)]


class SlowPace(CommitPace):
    """Makes each commit begin some time after the last one; keeps when they began."""

    def __init__(self):
        super().__init__()
        self.began = []

    def commit_begins(self, posts, now):
        """Let the next commit wait."""
        self.began.append((posts, now))
        self.next_at = now + PAUSE_SECONDS


def test_a_pace_delays_the_next_commit_which_takes_all_that_arrive():
    async def post_two_after_one(store, pace):
        flusher = Flusher(lambda _: False, store.later, pace)
        store.gate.set()
        done = asyncio.Queue[str]()

        def post(turn_id):
            batch = FrameBatch(turn_id, [Frame(0, None, "x")])
            flusher.post(batch, lambda _: done.put_nowait(turn_id))

        post("a")
        assert await done.get() == "a"
        post("b")
        await asyncio.sleep(0.01)
        post("c")
        assert [await done.get(), await done.get()] == ["b", "c"]

    store, pace = Store(), SlowPace()
    run_counting(post_two_after_one(store, pace))
    assert store.commits == [["a later"], ["b later", "c later"]]
    [(_, first), (posts, second)] = pace.began
    assert posts == 2
    assert second - first >= PAUSE_SECONDS


def test_what_arrives_during_a_commit_waits_for_the_pace_as_well():
    async def post_during_a_commit(store, pace):
        flusher = Flusher(lambda _: False, store.later, pace)
        done = asyncio.Event()
        flusher.post(FrameBatch("a", [Frame(0, None, "x")]), lambda _: None)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        flusher.post(FrameBatch("a", [Frame(1, None, "x")]), lambda _: done.set())
        store.gate.set()
        await done.wait()

    pace = SlowPace()
    run_counting(post_during_a_commit(Store(), pace))
    [(_, first), (_, second)] = pace.began
    assert second - first >= PAUSE_SECONDS


def run_counting(work):
    """Run a coroutine on a clock that does not depend on the machine."""
    with asyncio.Runner(loop_factory=CountingLoop) as runner:
        runner.run(work)


@pytest.mark.parametrize("busy", [False, True])
async def test_a_callback_that_fails_does_not_keep_the_results_of_others(store, busy, caplog):
    store.busy = busy
    store.gate.set()
    flusher = Flusher(store.now, store.later)

    def fail(_error):
        raise LookupError

    flusher.post(FrameBatch("a", [Frame(1, None, "")]), fail)
    done = asyncio.get_running_loop().create_future()
    flusher.post(FrameBatch("b", [Frame(1, None, "")]), done.set_result)
    assert await done is None
    assert "a callback after a commit failed" in caplog.text
