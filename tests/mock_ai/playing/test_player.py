"""The player: its writes when deadlines pass, connections are full, and replies hold."""

import asyncio

import pytest

from streamproof.mock_ai.actions import Finish, Hold, Start, Until
from streamproof.mock_ai.actions.head import Framing
from streamproof.mock_ai.errors import CannotSteer
from streamproof.mock_ai.http1.writer import ScheduledWrite, WireScript
from streamproof.mock_ai.journal.journal import Journal, JournalEntry
from streamproof.mock_ai.playing.holding import Holds
from streamproof.mock_ai.playing.live import LiveStream
from streamproof.mock_ai.playing.player import CATCH_UP_MS, Player
from streamproof.mock_ai.playing.write_scheduler import WriteScheduler
from tests.mock_ai.playing.manual_clock import ManualClock
from tests.mock_ai.sample_requests import sample_context


class Jumping(ManualClock):
    """A manual clock that jumps, as if the machine had slept."""

    async def move_to(self, ms):
        """Set the time, and call all due callbacks."""
        self.ms = ms
        due = [callback for callback, at_ms in self.waiting.items() if at_ms <= ms]
        for callback in due:
            del self.waiting[callback]
            callback()
        await asyncio.sleep(0)


class Tape:
    """A sink that records each write, and can be full or broken."""

    def __init__(self):
        self.writes = []
        self.room = asyncio.Event()
        self.room.set()
        self.broken = False

    @property
    def full(self):
        """Whether written bytes are still buffered."""
        return bool(self.writes) and not self.room.is_set()

    def write(self, data):
        """Record the bytes."""
        if self.broken:
            raise ConnectionResetError("the client left")
        self.writes.append(data)

    async def drain(self):
        """Wait for room."""
        await self.room.wait()


def entry(*cues, speed=1):
    """Build the journal entry of a reply."""
    built = JournalEntry(sample_context(), speed=speed)
    built.actions = cues
    return built


class Playing:
    """A reply that is sent to a tape."""

    def __init__(self, *cues, ends_at_ms=0, **options):
        self.clock, self.tape = Jumping(), Tape()
        self.entry = entry(*cues, **options)
        self.holds = Holds(Journal())
        self.player = Player(self.entry, self.tape, WriteScheduler(self.clock), 0, self.holds)
        self.task = asyncio.ensure_future(self._play(ends_at_ms))
        self.live = LiveStream(self.entry, SCRIPT, self.player, self.holds, self.task)

    async def _play(self, ends_at_ms):
        try:
            while (waiting := self.player.play(ends_at_ms)) is not None:
                await waiting
        finally:
            self.player.stop()

    async def at(self, ms):
        """Move to a time, and return the writes until then."""
        await asyncio.sleep(0)
        await self.clock.move_to(ms)
        return self.tape.writes


SCRIPT = WireScript(Start(200, "OK"), Framing.CHUNKED, b"", (), Finish(), 0, True)
PACED = [
    ScheduledWrite(100 * number, data) for number, data in enumerate([b"a", b"b", b"c", b"d", b"e"])
]


async def test_every_write_leaves_at_its_own_deadline():
    playing = Playing(*PACED[:3])
    assert await playing.at(0) == [b"a"]
    assert await playing.at(99) == [b"a"]
    assert await playing.at(100) == [b"a", b"b"]
    assert await playing.at(201) == [b"a", b"b", b"c"]
    await playing.task
    assert [write.actual_ms for write in playing.entry.writes] == [0, 100, 201]


async def test_late_stream_sends_all_that_is_due_in_one_write():
    playing = Playing(*PACED)
    assert await playing.at(0) == [b"a"]
    assert await playing.at(350) == [b"a", b"bcd"]
    assert await playing.at(400) == [b"a", b"bcd", b"e"]
    assert [write.actual_ms for write in playing.entry.writes] == [0, 350, 350, 350, 400]
    assert [write.data for write in playing.entry.writes] == [b"a", b"b", b"c", b"d", b"e"]


async def test_stream_that_is_a_little_late_keeps_its_writes_apart():
    playing = Playing(ScheduledWrite(0, b"a"), ScheduledWrite(1, b"b"), ScheduledWrite(2, b"c"))
    await playing.at(0)
    assert await playing.at(CATCH_UP_MS) == [b"a", b"b"]
    assert await playing.at(CATCH_UP_MS) == [b"a", b"b", b"c"]


@pytest.mark.parametrize("speed", [1, 0])
async def test_late_writes_without_a_delay_between_them_stay_apart(speed):
    cues = [
        ScheduledWrite(0, b"a"),
        ScheduledWrite(100, b"b"),
        ScheduledWrite(100, b"c"),
        ScheduledWrite(100, b"d"),
    ]
    playing = Playing(*cues, speed=speed)
    for _ in cues:
        await playing.at(900)
    assert playing.tape.writes == [b"a", b"b", b"c", b"d"]


async def test_full_connection_is_waited_for_and_then_caught_up():
    playing = Playing(*PACED)
    playing.tape.room.clear()
    assert await playing.at(0) == [b"a"]
    assert await playing.at(350) == [b"a"]
    playing.tape.room.set()
    assert await playing.at(350) == [b"a", b"bcd"]


async def test_next_write_detects_that_the_client_left():
    playing = Playing(*PACED)
    await playing.at(0)
    playing.tape.broken = True
    await playing.at(100)
    with pytest.raises(ConnectionError):
        await playing.task
    assert len(playing.entry.writes) == 1


async def test_cancelled_reply_leaves_no_deadline():
    playing = Playing(*PACED)
    await playing.at(0)
    assert playing.clock.waiting
    playing.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await playing.task
    assert playing.clock.waiting == {}


async def test_step_for_a_client_that_left_ends_the_reply():
    playing = Playing(*PACED)
    await playing.at(0)
    playing.tape.broken = True
    with pytest.raises(ConnectionError):
        playing.player.step()
    assert playing.clock.waiting == {}
    with pytest.raises(ConnectionError):
        await playing.task


async def test_push_that_fills_the_connection_is_waited_for():
    playing = Playing(*PACED)
    await playing.at(0)
    playing.tape.room.clear()
    playing.player.push(b"pushed", 1)
    assert await playing.at(100) == [b"a", b"pushed"]
    playing.tape.room.set()
    assert await playing.at(100) == [b"a", b"pushed", b"b"]


async def test_dropped_reply_makes_no_more_writes():
    playing = Playing(*PACED)
    await playing.at(0)
    playing.live.drop()
    await playing.clock.move_to(100)
    assert playing.tape.writes == [b"a"]
    with pytest.raises(asyncio.CancelledError):
        await playing.task


async def test_planned_times_after_a_hold_count_from_its_end():
    playing = Playing(
        ScheduledWrite(0, b"a"),
        Hold(Until.RELEASED),
        ScheduledWrite(0, b"b"),
        ScheduledWrite(40, b"c"),
    )
    await playing.at(0)
    await playing.at(500)
    assert playing.holds.release(playing.entry)
    await playing.at(500)
    await playing.at(545)
    await playing.task
    assert [write.planned_ms for write in playing.entry.writes] == [0, 500, 540]
    assert [write.actual_ms for write in playing.entry.writes] == [0, 500, 545]


async def test_planned_times_are_later_by_a_pause_and_earlier_by_a_step():
    playing = Playing(*PACED)
    await playing.at(0)
    playing.player.pause()
    await playing.at(50)
    playing.player.resume()
    await playing.at(150)
    playing.player.step()
    await playing.at(250)
    assert [write.planned_ms for write in playing.entry.writes] == [0, 150, 150, 250]
    assert [write.actual_ms for write in playing.entry.writes] == [0, 150, 150, 250]


async def test_end_has_its_own_deadline():
    playing = Playing(ScheduledWrite(0, b"a"), ends_at_ms=50)
    await playing.at(0)
    await asyncio.sleep(0)
    assert not playing.task.done()
    await playing.at(50)
    await playing.task


async def test_step_without_a_further_write_is_rejected():
    playing = Playing(ScheduledWrite(0, b"a"), ends_at_ms=50)
    await playing.at(0)
    with pytest.raises(CannotSteer, match="no further writes"):
        playing.live.step()
    await playing.at(50)
    await playing.task


async def test_step_for_a_client_that_left_is_rejected():
    playing = Playing(*PACED)
    await playing.at(0)
    playing.tape.broken = True
    with pytest.raises(CannotSteer, match="the client has left"):
        playing.live.step()
    with pytest.raises(ConnectionError):
        await playing.task


async def test_resume_of_a_stream_that_is_not_paused_changes_nothing():
    playing = Playing(*PACED[:2])
    await playing.at(0)
    playing.live.resume()
    assert await playing.at(99) == [b"a"]
    assert await playing.at(100) == [b"a", b"b"]


async def test_other_streams_get_their_turn_after_every_write():
    playing = Playing(*[ScheduledWrite(0, b"x")] * 5)
    await asyncio.sleep(0)
    for number in range(1, 5):
        assert playing.tape.writes == [b"x"] * number
        await playing.clock.move_to(0)
    await playing.task
