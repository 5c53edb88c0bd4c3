"""Costly work waits for other costly work, and nothing else does."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from streamproof.contracts.json_text import has_many_values
from streamproof.contracts.messages import read_message
from streamproof.contracts.sse import Event
from streamproof.relay import reception
from streamproof.relay.costly_work import CostlyWork
from streamproof.relay.dependencies import Dependencies
from streamproof.relay.lifecycle import TurnStatus
from streamproof.relay.reception import LARGE_EVENT_CHARACTERS, Reception
from streamproof.relay.settings import Settings
from streamproof.relay.turn import Turn
from streamproof.relay.turn_ender import COSTLY_CHARACTERS, TurnEnder
from tests.relay.reception_parts import Reply, Store


class Busy:
    """Work that lasts until it is released, and how much of it runs at once."""

    def __init__(self):
        self.running = 0
        self.most = 0
        self.begun = threading.Semaphore(0)
        self.go = threading.Semaphore(0)

    def __call__(self):
        """Work."""
        self.running += 1
        self.most = max(self.most, self.running)
        self.begun.release()
        self.go.acquire()
        self.running -= 1
        return self.most


async def begun(busy):
    await asyncio.to_thread(busy.begun.acquire)


async def test_costly_work_is_done_in_turn():
    work, busy = CostlyWork(), Busy()
    tasks = [asyncio.create_task(work.run(busy, is_costly=True)) for _ in range(3)]
    for _ in tasks:
        await begun(busy)
        busy.go.release()
    assert await asyncio.gather(*tasks) == [1, 1, 1]


async def test_other_work_does_not_wait_for_costly_work():
    work, busy = CostlyWork(), Busy()
    costly = asyncio.create_task(work.run(busy, is_costly=True))
    await begun(busy)
    assert await work.run(lambda: "other", is_costly=False) == "other"
    assert not costly.done()
    busy.go.release()
    await costly


async def test_costly_work_that_fails_or_is_cancelled_holds_up_nothing():
    work = CostlyWork()
    with pytest.raises(ZeroDivisionError):
        await work.run(lambda: 1 // 0, is_costly=True)
    cancelled = asyncio.create_task(work.run(lambda: None, is_costly=True))
    await asyncio.sleep(0)
    cancelled.cancel()
    await asyncio.wait([cancelled])
    assert await work.run(lambda: "done", is_costly=True) == "done"


async def test_costly_work_that_was_cancelled_after_it_began_keeps_its_turn():
    work, busy = CostlyWork(), Busy()
    cancelled = asyncio.create_task(work.run(busy, is_costly=True))
    await begun(busy)
    cancelled.cancel()
    following = asyncio.create_task(work.run(busy, is_costly=True))
    for _ in range(10):
        await asyncio.sleep(0)
    ended_early = cancelled.done()
    for _ in range(2):
        busy.go.release()
    assert await following == 1
    assert not ended_early
    assert cancelled.cancelled()


class Kept:
    """Keeps whether each piece of work was costly."""

    def __init__(self):
        self.costly = []

    async def run(self, work, *, is_costly):
        """Work on the event loop."""
        self.costly.append(is_costly)
        return work()


SHORT = '{"type":"content","content":"a"}'
MANY = '{"type":"content","content":"a","more":[' + "1," * 20_000 + "1]}"
LONG = '{"type":"content","content":"' + "b" * (LARGE_EVENT_CHARACTERS + 1) + '"}'
COMMAS = '{"type":"content","content":"' + "c," * 20_000 + '"}'


def started_turn():
    turn = Turn("t", max_answer_bytes=1 << 30)
    turn.start()
    return turn


async def test_an_event_with_many_values_is_costly_and_a_simple_text_is_not(monkeypatch):
    read = []

    def kept(data):
        read.append(data)
        return read_message(data)

    monkeypatch.setattr(reception, "read_message", kept)
    work: Any = Kept()
    store: Any = Store()
    turn = started_turn()
    way = Reception(turn, store, work)
    for data in (MANY, LONG, COMMAS):
        reply: Any = Reply()
        way.take(reply, [Event("message", data)])
        await reply.went_on.wait()
    assert read == [MANY, LONG, COMMAS]
    assert [has_many_values(data) for data in read] == [True, False, True]
    assert work.costly == [True, False, False]
    assert turn.text == "a" + "b" * (LARGE_EVENT_CHARACTERS + 1) + "c," * 20_000


class Waiting:
    """Work that waits for its turn without end if it is costly."""

    def __init__(self):
        self.waits = asyncio.Event()

    async def run(self, work, *, is_costly):
        """Work on the event loop, or wait."""
        if is_costly:
            self.waits.set()
            await asyncio.Future()
        return work()


async def test_a_reply_that_was_left_waits_for_no_costly_event_and_stores_what_it_has():
    work: Any = Waiting()
    store: Any = Store()
    reply: Any = Reply()
    turn = started_turn()
    way = Reception(turn, store, work)
    way.take(reply, [Event("message", data) for data in (LONG, MANY, LONG)])
    await work.waits.wait()
    await way.settled()
    assert [frame.n for frame in store.posted] == [1]
    assert turn.text == "b" * (LARGE_EVENT_CHARACTERS + 1)


class Holding(Store):
    """Keeps the callbacks of its commits."""

    def __init__(self):
        super().__init__()
        self.callbacks = []

    def post(self, batch, on_committed, *, at_once=False):
        """Keep a callback."""
        self.callbacks.append(on_committed)


@pytest.mark.parametrize("error", [None, LookupError("refused")])
async def test_a_reply_that_was_left_waits_for_its_commit(error):
    work: Any = Kept()
    store: Any = Holding()
    reply: Any = Reply()
    way = Reception(started_turn(), store, work)
    way.take(reply, [Event("message", SHORT)])
    settling = asyncio.ensure_future(way.settled())
    await asyncio.sleep(0)
    assert not settling.done()
    store.callbacks[0](error)
    await settling
    assert reply.errors == ([] if error is None else [error])


async def test_a_reply_waits_for_no_commit_that_was_never_posted():
    class Failing(Store):
        def post(self, _batch, _on_committed, *, at_once=False):
            """Fail."""
            raise LookupError

    work: Any = Kept()
    store: Any = Failing()
    reply: Any = Reply()
    way = Reception(started_turn(), store, work)
    with pytest.raises(LookupError):
        way.take(reply, [Event("message", SHORT)])
    await way.settled()


@pytest.mark.parametrize("size", [COSTLY_CHARACTERS, COSTLY_CHARACTERS + 1])
async def test_the_end_of_a_long_answer_is_costly(size):
    work: Any = Kept()
    store: Any = Store()
    turn = started_turn()
    for at in range(0, size, 8192):
        text = "x" * min(8192, size - at)
        turn.receive(Event("message", f'{{"type":"content","content":"{text}"}}'))
    turn.receive(Event("end", '{"type":"end"}'))
    settings = Settings(ai_url="http://unused", database="unused", jwt_secret="unused" * 8)
    dependencies = Dependencies(render=lambda text: f"{len(text)} characters")
    ender = TurnEnder(settings, store, dependencies, asyncio.Event(), work)
    await ender.end("t", turn.upstream_ended, turn.size)
    assert store.ended == [(TurnStatus.completed, f"{size} characters")]
    assert work.costly == [size > COSTLY_CHARACTERS]
