"""Every shipped scenario, served by the mock and recorded, becomes an equal scenario.

Mock and recorder share a clock that stands still until the client has read everything that was
sent. So the recorded times are the planned times, rounded up to the mock's slots, on any machine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import groupby, takewhile
from math import ceil
from operator import itemgetter
from typing import cast

import pytest

from streamproof.mock_ai.actions import Action, Finish, Start, start_of
from streamproof.mock_ai.app import create_app, serving
from streamproof.mock_ai.clock import Timer
from streamproof.mock_ai.http1.writer import ScheduledWrite, framing_of, lay_out
from streamproof.mock_ai.journal.journal import Journal
from streamproof.mock_ai.library.library import Library
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.plan import plan
from streamproof.mock_ai.playing.write_scheduler import SLOT_MS
from streamproof.mock_ai.recording.exchange import ExchangeEnding, RecordedExchange
from streamproof.mock_ai.recording.scenario_text import scenario_text
from streamproof.mock_ai.scenario.model import Scenario
from tests.agreement.test_golden_plans import QUERY
from tests.mock_ai.raw_client import RawConnection, connection
from tests.mock_ai.recording.planned import timeline
from tests.mock_ai.recording.services import recorded
from tests.shipped_files import LONG, SCENARIOS, cases

UNLIKE = {"silence", "wrong_length"}  # nothing to read, or no chunks to compare
TOO_LARGE = {"answer-over-eight-mib", "crlf-64-mb"}  # for a recording
TOO_MANY = {"twenty-kb-byte-by-byte"}  # writes for this clock, which counts all of them each time
TORN = {"split-inside-the-framing"}  # with pauses as short as those of a network
HEADLESS = {"hang-up-inside-the-head", "hang-up-after-no-http"}  # no file is written for these
HELD = {"held-before-the-first-token", "held-between-two-tokens"}  # until a test releases them
NAMES = [
    name
    for name, scenario in SCENARIOS.items()
    if name not in TOO_LARGE | TOO_MANY | TORN | HEADLESS | HELD
    and not UNLIKE & {fault.kind for fault in scenario.reply.faults}
]
SLICE = 3  # a quick run records every third scenario
OF_THE_SERVER = {"vary"}  # the mock itself adds it to every reply


class WatchfulClock:
    """A clock that advances only when the client has read everything that was sent."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._now_ms = 1_000.0
        self._read = 0
        self._more = asyncio.Event()
        self._jumps: set[asyncio.Task[None]] = set()

    def now_ms(self) -> float:
        """Return the time."""
        return self._now_ms

    def call_at(self, at_ms: float, callback: Callable[[], None]) -> Timer:
        """Wait for the reader, then jump to the time."""
        task = asyncio.get_running_loop().create_task(self._jump(at_ms, callback))
        self._jumps.add(task)
        task.add_done_callback(self._jumps.discard)
        return cast("Timer", task)  # but for what cancel returns

    def close(self) -> None:
        """Do nothing: waiting tasks are cancelled by their owners."""

    async def _jump(self, at_ms: float, callback: Callable[[], None]) -> None:
        while self._read < sum(len(sent.data) for e in self._journal for sent in e.writes):
            self._more.clear()
            await self._more.wait()
        self._now_ms = max(self._now_ms, at_ms)
        callback()

    async def read(self, raw: RawConnection) -> None:
        """Read and count; leave when the reply only holds."""
        with suppress(ConnectionResetError):
            while data := await raw.reader.read(65_536):
                self._read += len(data)
                self._more.set()
                if self._read == self._due_before_hold():
                    raw.leave()
                    return

    def _due_before_hold(self) -> int | None:
        [entry] = self._journal
        writes = list(takewhile(lambda cue: isinstance(cue, ScheduledWrite), entry.actions))
        if len(writes) == len(entry.actions):
            return None
        return sum(len(write.data) for write in writes if isinstance(write, ScheduledWrite))


def played_ms(at_ms: float) -> float:
    """Return when the mock writes what is planned for this time: in the next slot."""
    return ceil(at_ms / SLOT_MS) * SLOT_MS


def timed_bytes(actions: Sequence[Action]) -> tuple[list[tuple[float, bytes]], str, float]:
    """Return the framed bytes of each moment, and the ending with its time."""
    actions = [Finish() if isinstance(a, Finish) else a for a in actions]  # garbage is not recorded
    script = lay_out(actions, framing_of(start_of(actions), method="POST", http_1_0=False))
    before = [(played_ms(script.start.after_ms), script.opening)]
    cues = takewhile(lambda cue: isinstance(cue, ScheduledWrite), script.actions)
    writes = [(played_ms(cue.at_ms), cue.data) for cue in cues if isinstance(cue, ScheduledWrite)]
    groups = groupby([*before, *writes], key=itemgetter(0))
    moments = [(at_ms, b"".join(data for _, data in group)) for at_ms, group in groups]
    _, ending, ended_ms = timeline(actions)
    return [moment for moment in moments if moment[1]], ending, played_ms(ended_ms)


async def record(scenario: Scenario) -> RecordedExchange:
    """Serve a scenario and record it."""
    journal = Journal()
    clock = WatchfulClock(journal)
    app = create_app(Library({scenario.name: scenario}), clock=clock, journal=journal)
    async with (
        serving(app) as upstream,
        recorded(upstream, clock) as proxy,
        connection(proxy.url) as raw,
    ):
        await raw.ask(f"/s/{scenario.name}/chat/stream?{QUERY}")
        await clock.read(raw)
        return await proxy.exchange()


@pytest.mark.parametrize("name", cases(NAMES, long=LONG.union(set(NAMES) - set(NAMES[::SLICE]))))
async def test_a_recorded_scenario_plans_the_same_bytes_at_the_same_times(name):
    exchange = await record(SCENARIOS[name])
    text = scenario_text(exchange, name=name, origin="the mock")
    planned, found = plan(SCENARIOS[name].reply), plan(load_scenario(text).reply)
    moments, ending, ended_ms = timed_bytes(planned)
    assert timed_bytes(found)[:2] == (moments, ending)
    if ending in (
        ExchangeEnding.FINISHED,
        ExchangeEnding.CUT,
    ):  # a reset waits for its bytes to arrive
        assert timed_bytes(found)[2] == ended_ms
    start, again = planned[0], found[0]
    assert isinstance(start, Start)
    assert isinstance(again, Start)
    assert (again.after_ms, again.sent) == (played_ms(start.after_ms), start.sent)
    assert (again.status, again.reason) == (start.status, start.reason)
    assert (again.http_1_0, again.chunked) == (start.http_1_0, start.chunked)
    assert {h for h in again.headers if h[0].lower() not in OF_THE_SERVER} == set(start.headers)
