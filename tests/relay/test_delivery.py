"""The callback `on_delivered` gets every frame that was sent, with its connection."""

from __future__ import annotations

import pytest

from streamproof.relay.delivery import ConnectionNumbers
from streamproof.relay.dependencies import Dependencies
from tests.relay.conftest import User, kinds, read
from tests.relay.scripted_ai import EXAMPLE, content


@pytest.fixture
def sent():
    """Collect the arguments of the callback."""
    return []


@pytest.fixture
async def user(start_relay, sent):
    return User(await start_relay(Dependencies(on_delivered=sent.append)), "ana")


def ids(sent, connection):
    """Return the IDs of the frames that were sent on one connection."""
    return [
        f"{part.turn_id}:{frame.n}"
        for part in sent
        if part.connection == connection
        for frame in part.frames
    ]


async def test_every_frame_of_every_connection_is_reported(ai, user, sent):
    room = await user.room()
    ai.script = EXAMPLE
    first = await (await user.ask(room)).rest()
    second = await read(await user.resume(first[2].id))
    assert ids(sent, 1) == [frame.id for frame in first]
    assert ids(sent, 2) == [frame.id for frame in second]
    assert kinds(second)[-1] == "end"
    question, _ = await user.history(room)
    assert {part.message_id for part in sent} == {question["id"]}


async def test_frames_are_reported_while_the_turn_runs(ai, user, sent):
    room = await user.room()
    stream = await user.ask(room)
    call = await ai.call()
    await call.send(content("a"))
    frames = [await stream.next(), await stream.next()]
    resumed = await user.resume(frames[0].id)
    await call.finish(content("b"))
    await read(resumed)
    assert ids(sent, 1)[:2] == [frame.id for frame in frames]
    assert ids(sent, 2)[0] == frames[1].id


def test_connections_are_numbered_for_each_turn():
    numbers = ConnectionNumbers()
    assert [numbers.next(turn_id) for turn_id in ("a", "a", "b", "a")] == [1, 2, 1, 3]


def test_only_the_latest_turns_are_counted():
    numbers = ConnectionNumbers(max_turns=2)
    for turn_id in ("a", "b", "a", "c"):  # b is the oldest now
        numbers.next(turn_id)
    assert [numbers.next(turn_id) for turn_id in ("a", "c", "b")] == [3, 2, 1]
