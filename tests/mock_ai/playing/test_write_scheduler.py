"""The wheel: who writes together, how wide its slots are, and who is not let down by others."""

from random import Random

import pytest

from streamproof.mock_ai.playing.write_scheduler import SLOT_MS, WIDE_SLOT, WriteScheduler
from tests.mock_ai.playing.manual_clock import Hands


class Turning(Hands):
    """One that calls back in the order of the deadlines."""

    def move_to(self, ms):
        """Let the time come, deadline after deadline."""
        while self.waiting and min(self.waiting.values()) <= ms:
            callback = min(self.waiting, key=self.waiting.__getitem__)
            self.ms = max(self.ms, self.waiting.pop(callback))
            callback()
        self.ms = ms


class Rider:
    """A player that notes what the wheel does with it, and comes back at given times."""

    def __init__(self, name, log, *again_ms):
        self.outlet = self
        self.slot = 0
        self.name = name
        self.log = log
        self.error = None
        self._again_ms = list(again_ms)

    def take(self, now_ms):
        """Note the time, and give bytes."""
        self.log.append((now_ms, "take", self.name))
        return self.name.encode()

    def write(self, data):
        """Note the bytes."""
        self.log.append(("write", data.decode()))

    def wrote(self, at_ms):
        """Note the time, and tell the next one."""
        self.log.append((at_ms, "wrote", self.name))
        return self._again_ms.pop(0) if self._again_ms else None

    def fail(self, error):
        """Keep the reason."""
        self.error = error


class Broken(Rider):
    """One whose client has left."""

    def write(self, data):
        """Refuse."""
        raise ConnectionResetError("the client left")


class Careless(Rider):
    """One that fails where it never should."""

    def wrote(self, at_ms):
        """Fail."""
        raise ZeroDivisionError


class Clumsy(Rider):
    """One that has nothing to take."""

    def take(self, now_ms):
        """Fail."""
        raise IndexError


class Odd(Rider):
    """One whose connection fails in a way that nobody foresaw."""

    def write(self, data):
        """Fail."""
        raise RuntimeError


@pytest.fixture
def clock():
    return Turning()


@pytest.fixture
def wheel(clock):
    return WriteScheduler(clock)


def test_who_is_due_in_the_same_slot_writes_in_a_row(clock, wheel):
    log: list[tuple[object, ...]] = []
    for name, at_ms in [("a", 9.6), ("b", 10), ("c", 9.9), ("d", 10.1)]:
        wheel.join(Rider(name, log), at_ms)
    clock.move_to(10)
    assert log == [
        *[(10, "take", name) for name in "abc"],
        *[("write", name) for name in "abc"],
        *[(10, "wrote", name) for name in "abc"],
    ]


def test_who_is_written_for_comes_back_when_it_says(clock, wheel):
    log: list[tuple[object, ...]] = []
    wheel.join(Rider("a", log, 30, 30.4), 10)
    clock.move_to(29.9)
    assert log[2:] == [(10, "wrote", "a")]
    clock.move_to(40)
    assert [entry[0] for entry in log if "wrote" in entry] == [10, 30, 30.5]
    assert clock.waiting == {}


def test_who_is_forgotten_leaves_nothing_behind(clock, wheel):
    log: list[tuple[object, ...]] = []
    stays, goes = Rider("stays", log), Rider("goes", log)
    wheel.join(stays, 3_600_000)
    wheel.join(goes, 3_600_000)
    wheel.forget(goes)
    wheel.forget(goes)
    wheel.forget(Rider("never came", log))
    assert list(clock.waiting.values()) == [3_600_000]
    wheel.forget(stays)
    assert clock.waiting == {}
    wheel.join(stays, 3_600_000)
    clock.move_to(3_600_000)
    assert [entry for entry in log if "wrote" in entry] == [(3_600_000, "wrote", "stays")]


@pytest.mark.parametrize("odd", [Broken, Careless, Clumsy, Odd])
def test_one_that_fails_costs_no_other_its_turn(clock, wheel, odd):
    log: list[tuple[object, ...]] = []
    failing = odd("odd", log)
    for rider in (Rider("a", log, 20), failing, Rider("b", log, 20)):
        wheel.join(rider, 10)
    clock.move_to(20)
    wrote = [entry for entry in log if "wrote" in entry]
    assert wrote == [(at_ms, "wrote", name) for at_ms in (10, 20) for name in "ab"]
    assert failing.error is not None


def pacing(clock, wheel, streams, gap_ms, until_ms):
    """Let streams begin at random and write with gaps; return how late their writes were."""
    draw = Random(1)
    log: list[tuple[object, ...]] = []
    planned = {}
    for number in range(streams):
        begin_ms = 1_000 + draw.uniform(0, gap_ms)
        times = [begin_ms + gap_ms * n for n in range(int(until_ms / gap_ms))]
        planned[str(number)] = iter(times)
        wheel.join(Rider(str(number), log, *times[1:]), times[0])
    clock.move_to(2_000 + until_ms)
    wrote = [(entry[0], str(entry[2])) for entry in log if "wrote" in entry]
    return [at_ms - next(planned[name]) for at_ms, name in wrote]


def test_slots_are_fine_at_five_writes_in_a_millisecond(clock, wheel):
    late = pacing(clock, wheel, streams=100, gap_ms=20, until_ms=2_000)
    assert len(late) == 10_000
    assert 0 <= min(late) <= max(late) < SLOT_MS


def test_slots_are_wide_under_load_and_no_write_is_early(clock, wheel):
    late = pacing(clock, wheel, streams=400, gap_ms=20, until_ms=400)
    settled = late[1_000:]
    assert min(late) >= 0
    assert SLOT_MS * (WIDE_SLOT - 1) < max(settled) < SLOT_MS * WIDE_SLOT


def test_load_that_is_over_is_forgotten(clock, wheel):
    pacing(clock, wheel, streams=400, gap_ms=20, until_ms=400)
    wheel.join(Rider("later", []), 100_000.5)
    assert list(clock.waiting.values()) == [100_000.5]


def test_few_that_are_all_late_are_no_load(clock, wheel):
    clock.move_to(1_000)
    log: list[tuple[object, ...]] = []
    for number in range(10):
        wheel.join(Rider(str(number), log, 1_100.5), 1_000 + number * SLOT_MS)
    clock.ms = 1_050.0  # the machine slept
    clock.move_to(1_050)
    assert set(clock.waiting.values()) == {1_100.5}


def test_large_slot_is_written_in_parts(clock, wheel):
    log: list[tuple[object, ...]] = []
    for number in range(1_000):
        wheel.join(Rider(str(number), log), 10)
    clock.move_to(10)
    held = most = 0
    for entry in log:
        held += ("take" in entry) - (entry[0] == "write")
        most = max(most, held)
    assert [entry[1] for entry in log if entry[0] == "write"] == [str(n) for n in range(1_000)]
    assert 1 < most < 200
