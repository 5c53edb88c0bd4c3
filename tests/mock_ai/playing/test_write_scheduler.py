"""The write scheduler: which players write together, slot widths, and isolation of failures."""

from random import Random

import pytest

from streamproof.mock_ai.playing.write_scheduler import SLOT_MS, WIDE_SLOT, WriteScheduler
from tests.mock_ai.playing.manual_clock import ManualClock


class OrderedClock(ManualClock):
    """A manual clock that calls back in the order of the deadlines."""

    def move_to(self, ms):
        """Set the time, one deadline after the other."""
        while self.waiting and min(self.waiting.values()) <= ms:
            callback = min(self.waiting, key=self.waiting.__getitem__)
            self.ms = max(self.ms, self.waiting.pop(callback))
            callback()
        self.ms = ms


class LoggingPlayer:
    """A player that logs its calls, and wants to write again at given times."""

    def __init__(self, name, log, *again_ms):
        self.sink = self
        self.slot = 0
        self.name = name
        self.log = log
        self.error = None
        self._again_ms = list(again_ms)

    def take(self, now_ms):
        """Log the time, and return bytes."""
        self.log.append((now_ms, "take", self.name))
        return self.name.encode()

    def write(self, data):
        """Log the bytes."""
        self.log.append(("write", data.decode()))

    def wrote(self, at_ms):
        """Log the time, and return the next one."""
        self.log.append((at_ms, "wrote", self.name))
        return self._again_ms.pop(0) if self._again_ms else None

    def fail(self, error):
        """Keep the error."""
        self.error = error


class ClientLeft(LoggingPlayer):
    """A player whose client has left."""

    def write(self, data):
        """Fail."""
        raise ConnectionResetError("the client left")


class FailsAfterWrite(LoggingPlayer):
    """A player that fails after its write."""

    def wrote(self, at_ms):
        """Fail."""
        raise ZeroDivisionError


class FailsBeforeWrite(LoggingPlayer):
    """A player that fails before its write."""

    def take(self, now_ms):
        """Fail."""
        raise IndexError


class FailsUnexpectedly(LoggingPlayer):
    """A player whose connection fails with an unexpected error."""

    def write(self, data):
        """Fail."""
        raise RuntimeError


@pytest.fixture
def clock():
    return OrderedClock()


@pytest.fixture
def scheduler(clock):
    return WriteScheduler(clock)


def test_players_that_are_due_in_the_same_slot_write_in_a_row(clock, scheduler):
    log: list[tuple[object, ...]] = []
    for name, at_ms in [("a", 9.6), ("b", 10), ("c", 9.9), ("d", 10.1)]:
        scheduler.join(LoggingPlayer(name, log), at_ms)
    clock.move_to(10)
    assert log == [
        *[(10, "take", name) for name in "abc"],
        *[("write", name) for name in "abc"],
        *[(10, "wrote", name) for name in "abc"],
    ]


def test_player_writes_again_at_the_time_that_it_returns(clock, scheduler):
    log: list[tuple[object, ...]] = []
    scheduler.join(LoggingPlayer("a", log, 30, 30.4), 10)
    clock.move_to(29.9)
    assert log[2:] == [(10, "wrote", "a")]
    clock.move_to(40)
    assert [entry[0] for entry in log if "wrote" in entry] == [10, 30, 30.5]
    assert clock.waiting == {}


def test_forgotten_player_leaves_no_deadline(clock, scheduler):
    log: list[tuple[object, ...]] = []
    stays, goes = LoggingPlayer("stays", log), LoggingPlayer("goes", log)
    scheduler.join(stays, 3_600_000)
    scheduler.join(goes, 3_600_000)
    scheduler.forget(goes)
    scheduler.forget(goes)
    scheduler.forget(LoggingPlayer("never joined", log))
    assert list(clock.waiting.values()) == [3_600_000]
    scheduler.forget(stays)
    assert clock.waiting == {}
    scheduler.join(stays, 3_600_000)
    clock.move_to(3_600_000)
    assert [entry for entry in log if "wrote" in entry] == [(3_600_000, "wrote", "stays")]


@pytest.mark.parametrize("kind", [ClientLeft, FailsAfterWrite, FailsBeforeWrite, FailsUnexpectedly])
def test_failing_player_does_not_affect_others(clock, scheduler, kind):
    log: list[tuple[object, ...]] = []
    failing = kind("failing", log)
    for player in (LoggingPlayer("a", log, 20), failing, LoggingPlayer("b", log, 20)):
        scheduler.join(player, 10)
    clock.move_to(20)
    wrote = [entry for entry in log if "wrote" in entry]
    assert wrote == [(at_ms, "wrote", name) for at_ms in (10, 20) for name in "ab"]
    assert failing.error is not None


def pacing(clock, scheduler, streams, gap_ms, until_ms):
    """Start streams at random times, write with gaps, and return the lateness of each write."""
    draw = Random(1)
    log: list[tuple[object, ...]] = []
    planned = {}
    for number in range(streams):
        begin_ms = 1_000 + draw.uniform(0, gap_ms)
        times = [begin_ms + gap_ms * n for n in range(int(until_ms / gap_ms))]
        planned[str(number)] = iter(times)
        scheduler.join(LoggingPlayer(str(number), log, *times[1:]), times[0])
    clock.move_to(2_000 + until_ms)
    wrote = [(entry[0], str(entry[2])) for entry in log if "wrote" in entry]
    return [at_ms - next(planned[name]) for at_ms, name in wrote]


def test_slots_are_narrow_at_five_writes_per_millisecond(clock, scheduler):
    late = pacing(clock, scheduler, streams=100, gap_ms=20, until_ms=2_000)
    assert len(late) == 10_000
    assert 0 <= min(late) <= max(late) < SLOT_MS


def test_slots_are_wide_under_load_and_no_write_is_early(clock, scheduler):
    late = pacing(clock, scheduler, streams=400, gap_ms=20, until_ms=400)
    settled = late[1_000:]
    assert min(late) >= 0
    assert SLOT_MS * (WIDE_SLOT - 1) < max(settled) < SLOT_MS * WIDE_SLOT


def test_slots_are_narrow_again_after_the_load(clock, scheduler):
    pacing(clock, scheduler, streams=400, gap_ms=20, until_ms=400)
    scheduler.join(LoggingPlayer("later", []), 100_000.5)
    assert list(clock.waiting.values()) == [100_000.5]


def test_few_late_writes_do_not_count_as_load(clock, scheduler):
    clock.move_to(1_000)
    log: list[tuple[object, ...]] = []
    for number in range(10):
        scheduler.join(LoggingPlayer(str(number), log, 1_100.5), 1_000 + number * SLOT_MS)
    clock.ms = 1_050.0  # the machine slept
    clock.move_to(1_050)
    assert set(clock.waiting.values()) == {1_100.5}


def test_large_slot_is_written_in_groups(clock, scheduler):
    log: list[tuple[object, ...]] = []
    for number in range(1_000):
        scheduler.join(LoggingPlayer(str(number), log), 10)
    clock.move_to(10)
    held = most = 0
    for entry in log:
        held += ("take" in entry) - (entry[0] == "write")
        most = max(most, held)
    assert [entry[1] for entry in log if entry[0] == "write"] == [str(n) for n in range(1_000)]
    assert 1 < most < 200
