"""A connection begins where the last one ended, or the relay says why it cannot."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, cast
from uuid import uuid4

import pytest

from streamproof.relay.dependencies import Dependencies
from streamproof.relay.errors import BadRequest, NotFound
from streamproof.relay.resume import ResumeFinder
from streamproof.relay.routes import RELAY
from tests.relay.conftest import (
    ON_BOTH,
    Clock,
    ManualSleep,
    Stream,
    User,
    error_of,
    kinds,
    read,
)
from tests.relay.scripted_ai import END, EXAMPLE, content

pytestmark = ON_BOTH

if TYPE_CHECKING:
    from streamproof.relay.log.base import EventLog


@pytest.fixture
async def received(ai, ana, room):
    """Give the frames of a completed turn."""
    ai.script = EXAMPLE
    return await (await ana.ask(room)).rest()


def turn_of(frame):
    return frame.id.partition(":")[0]


class LogOfDeletedTurns:
    """A log whose turns were deleted after their owner was checked."""

    async def head(self, _turn_id):
        """Find no turn."""


async def test_a_turn_that_is_deleted_during_the_request_is_not_found(relay, received):
    database = relay.app[RELAY].database
    finder = ResumeFinder(database, cast("EventLog", LogOfDeletedTurns()))
    with pytest.raises(NotFound):
        await finder.whole_turn("ana", turn_of(received[0]))
    with pytest.raises(BadRequest):
        await finder.after_frame("ana", received[0].id)


@pytest.mark.parametrize("last", range(5))
async def test_a_finished_turn_can_be_resumed_after_any_frame(ana, received, last):
    assert await read(await ana.resume(received[last].id)) == received[last + 1 :]


async def test_after_the_last_frame_the_status_is_204(ana, received):
    answer = await ana.resume(received[-1].id)
    assert (answer.status, await answer.read()) == (204, b"")


async def test_a_running_turn_can_be_resumed(ai, ana, room):
    first = await ana.ask(room)
    start = await first.next()
    first.response.close()
    second = Stream(await ana.resume(start.id))
    call = await ai.call()
    await call.send(content("a"))
    assert (await second.next()).id == f"{turn_of(start)}:1"
    await call.finish(END)
    assert kinds(await second.rest()) == ["end"]


async def test_a_post_with_a_last_event_id_starts_no_turn(ai, ana, room, received):
    answer = await ana.post(
        f"{room}/stream", data={"message": "Hello?"}, headers={"Last-Event-ID": received[2].id}
    )
    assert await read(answer) == received[3:]
    assert len(ai.calls) == 1
    assert len(await ana.history(room)) == 2


async def test_the_parameter_turn_id_streams_the_whole_turn(ana, received):
    assert await read(await ana.resume(turnId=turn_of(received[0]))) == received


async def test_the_last_event_id_has_priority_over_the_url(ana, received):
    answer = await ana.resume(received[3].id, turnId=turn_of(received[0]), chatRoomId="unknown")
    assert await read(answer) == received[4:]


async def test_two_tabs_can_read_the_same_turn(ai, ana, room):
    first = await ana.ask(room)
    second = Stream(await ana.resume(chatRoomId=room))
    await (await ai.call()).finish(EXAMPLE)
    assert await first.rest() == await second.rest()


async def test_without_parameters_the_stream_is_that_of_the_newest_room(ai, ana, room):
    older = await ana.ask(room)
    assert (await (await ana.resume(chatRoomId=room)).content.readany()) != b""
    newest = await ana.room()
    assert (await ana.resume()).status == 204
    stream = await ana.ask(newest)
    same = Stream(await ana.resume())
    assert (await same.next()) == (await stream.next())
    for _ in range(2):
        await (await ai.call()).finish(END)
    await older.rest()


@pytest.mark.parametrize("query", [{}, {"chatRoomId": "room"}])
async def test_without_a_running_turn_the_status_is_204(ana, received, room, query):
    query = {"chatRoomId": room} if query else {}
    assert (await ana.resume(**query)).status == 204


async def test_a_user_without_rooms_gets_204(budi):
    assert (await budi.resume()).status == 204


async def test_a_get_never_starts_a_turn(ai, ana, room):
    await ana.resume(chatRoomId=room, message="Hello?")
    assert ai.calls == []
    assert await ana.history(room) == []


UNKNOWN_IDS = {
    "garbage": "garbage",
    "of another kind": "42",
    "unknown turn": f"{uuid4()}:0",
    "without a number": f"{uuid4()}:",
    "negative": f"{uuid4()}:-1",
    "leading zero": f"{uuid4()}:01",
    "huge": f"{uuid4()}:{'9' * 5000}",
    "upper case": f"{str(uuid4()).upper()}:0",
    "not ASCII": "é",
}


@pytest.mark.parametrize("last_event_id", UNKNOWN_IDS.values(), ids=UNKNOWN_IDS)
async def test_an_unknown_last_event_id_is_refused(ana, last_event_id):
    answer = await ana.resume(last_event_id)
    assert (answer.status, await error_of(answer)) == (400, "Last-Event-ID is not known")


async def test_an_empty_last_event_id_is_refused(ana):
    answer = await ana.get("stream", headers={"Last-Event-ID": ""})
    assert answer.status == 400


async def test_an_id_of_another_user_is_refused_like_an_unknown_one(budi, received):
    answer = await budi.resume(received[0].id)
    assert (answer.status, await error_of(answer)) == (400, "Last-Event-ID is not known")


async def test_an_id_ahead_of_the_log_is_a_conflict(ana, received):
    answer = await ana.resume(f"{turn_of(received[0])}:{len(received)}")
    assert (answer.status, await error_of(answer)) == (409, "Last-Event-ID is ahead of the log")


async def test_turns_and_rooms_of_another_user_are_not_found(budi, received, room):
    for query, error in (
        ({"turnId": turn_of(received[0])}, "No such turn"),
        ({"turnId": "unknown"}, "No such turn"),
        ({"turnId": ""}, "No such turn"),
        ({"chatRoomId": room}, "No such room"),
        ({"chatRoomId": "unknown"}, "No such room"),
        ({"chatRoomId": "nul\0"}, "No such room"),
    ):
        answer = await budi.resume(**query)
        assert (answer.status, await error_of(answer)) == (404, error)


async def test_a_purged_turn_is_gone_except_after_its_last_frame(ai, start_relay):
    clock = Clock()
    client = await start_relay(dependencies=Dependencies(now=clock))
    ana = User(client, "ana")
    room = await ana.room()
    ai.script = EXAMPLE
    received = await (await ana.ask(room)).rest()
    await client.app[RELAY].log.purge(clock.now + timedelta(seconds=1))
    for answer in (await ana.resume(received[1].id), await ana.resume(turnId=turn_of(received[0]))):
        error = "These frames are gone; read the history"
        assert (answer.status, await error_of(answer)) == (410, error)
    assert (await ana.resume(received[-1].id)).status == 204
    assert len(await ana.history(room)) == 2


async def test_frames_are_purged_after_the_retention(ai, start_relay):
    clock, sleep = Clock(), ManualSleep()
    client = await start_relay(
        dependencies=Dependencies(now=clock, sleep=sleep), retain_seconds=600
    )
    ana = User(client, "ana")
    ai.script = EXAMPLE
    frames = await (await ana.ask(await ana.room())).rest()
    for minutes, status in ((9, 200), (2, 410)):
        clock.now += timedelta(minutes=minutes)
        await sleep.end_one()
        assert (await ana.resume(turnId=turn_of(frames[0]))).status == status
    assert sleep.seconds == {150.0}
