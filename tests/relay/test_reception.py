"""Events become frames of their turn; those of long events are made in another thread."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from streamproof.contracts.messages import Content, write_message
from streamproof.contracts.sse import Event
from streamproof.relay import reception
from streamproof.relay.costly_work import CostlyWork
from streamproof.relay.frames import Frame, FrameBatch
from streamproof.relay.metrics import Metrics
from streamproof.relay.reception import LARGE_EVENT_CHARACTERS, Reception
from streamproof.relay.turn import Turn
from streamproof.relay.turn_store import TurnStore
from tests.relay.reception_parts import Reply, Store


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def received(store):
    turn = Turn("turn", max_answer_bytes=1_000_000)
    turn.start()
    return Reception(turn, store, CostlyWork())


@pytest.mark.parametrize("is_direct", [True, False])
async def test_only_frames_of_a_direct_step_are_stored_at_once(store, received, is_direct):
    reply = Reply(is_direct=is_direct)
    received.take(reply, [Event(data=write_message(Content(text))) for text in "ab"])
    assert [frame.n for frame in store.posted] == [1, 2]
    assert store.at_once == [is_direct]
    assert reply.went_on.is_set()


async def test_frames_of_long_events_are_encoded_in_another_thread(store, received, monkeypatch):
    threads = []

    def batch(turn_id, frames):
        threads.append(threading.current_thread())
        return FrameBatch(turn_id, frames)

    monkeypatch.setattr(reception, "FrameBatch", batch)
    reply = Reply(is_direct=True)
    received.take(reply, [Event(data="x" * (LARGE_EVENT_CHARACTERS + 1))])
    await reply.went_on.wait()
    assert [frame.n for frame in store.posted] == [1]
    assert store.at_once == [False]
    assert threads != []
    assert threading.main_thread() not in threads


@pytest.mark.parametrize("at_once", [True, False])
def test_a_post_reaches_the_log_as_it_was_wanted(at_once):
    posted = []

    class Log:
        def post(self, _batch, _on_committed, *, at_once):
            """Note how frames were posted."""
            posted.append(at_once)

    nothing: Any = None
    log: Any = Log()
    store = TurnStore(nothing, nothing, log, nothing, ownership=nothing, metrics=Metrics())
    store.post(FrameBatch("turn", [Frame(1, None, "x")]), lambda _: None, at_once=at_once)
    assert posted == [at_once]
