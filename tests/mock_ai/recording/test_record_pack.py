"""Every shipped scenario, served by the mock and recorded, is written down as what it was.

Mock and recorder share a clock that stands still until the client has everything that was sent,
so that the recorded times are exactly the planned ones, on any machine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import takewhile
from typing import cast

import pytest

from mock_ai.actions import Action, Start
from mock_ai.app import create_app, serving
from mock_ai.clock import Timer
from mock_ai.language.scenario import Scenario
from mock_ai.library.loading import Library, load_scenario
from mock_ai.planning.http1 import Write
from mock_ai.planning.plan import plan
from mock_ai.playing.journal import Journal
from mock_ai.recording.exchange import Ending, Exchange
from mock_ai.recording.scenario_text import scenario_text
from tests.mock_ai.raw_client import RawConnection, connection
from tests.mock_ai.recording.planned import timeline
from tests.mock_ai.recording.services import recorded
from tests.shipped import SCENARIOS

UNLIKE = {"silence", "wrong_length"}  # nothing to read, or no chunks to compare
TOO_LARGE = {"answer-over-eight-mib", "crlf-64-mb"}  # for a recording
HELD = {"held-before-the-first-token", "held-between-two-tokens"}  # until somebody releases them
NAMES = [
    name
    for name, scenario in SCENARIOS.items()
    if name not in TOO_LARGE | HELD and not UNLIKE & {fault.kind for fault in scenario.reply.faults}
]
OF_THE_SERVER = {"vary"}  # the mock itself adds it to every reply

# Their thousands of chunks take seconds each.
LONG = {"sixteen-thousand-blocks-in-one-write", "twenty-kb-byte-by-byte"}


class WatchfulClock:
    """A clock that goes on only when everything that was sent has been read."""

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
        """Wait for the reader, then jump there."""
        task = asyncio.get_running_loop().create_task(self._jump(at_ms, callback))
        self._jumps.add(task)
        task.add_done_callback(self._jumps.discard)
        return cast("Timer", task)  # but for what cancel returns

    def close(self) -> None:
        """Do nothing: whoever waits takes it back."""

    async def _jump(self, at_ms: float, callback: Callable[[], None]) -> None:
        while self._read < sum(len(sent.data) for e in self._journal for sent in e.writes):
            self._more.clear()
            await self._more.wait()
        self._now_ms = max(self._now_ms, at_ms)
        callback()

    async def read(self, raw: RawConnection) -> None:
        """Read and count; leave where the reply holds for ever."""
        with suppress(ConnectionResetError):
            while data := await raw.reader.read(65_536):
                self._read += len(data)
                self._more.set()
                if self._read == self._due_before_hold():
                    raw.leave()
                    return

    def _due_before_hold(self) -> int | None:
        [entry] = self._journal
        writes = list(takewhile(lambda cue: isinstance(cue, Write), entry.cues))
        if len(writes) == len(entry.cues):
            return None
        return sum(len(write.data) for write in writes if isinstance(write, Write))


def timed_chunks(actions: Iterable[Action]) -> tuple[list[tuple[float, bytes]], str, float]:
    """Return each chunk with its time; how chunks of one moment fall into writes is TCP's."""
    writes, ending, ended_ms = timeline(actions)
    return [(at_ms, data) for at_ms, chunks in writes for data in chunks], ending, ended_ms


async def record(scenario: Scenario) -> Exchange:
    """Serve a scenario and record it."""
    journal = Journal()
    clock = WatchfulClock(journal)
    app = create_app(Library({scenario.name: scenario}), clock=clock, journal=journal)
    async with (
        serving(app) as upstream,
        recorded(upstream, clock) as proxy,
        connection(proxy.url) as raw,
    ):
        await raw.ask(f"/s/{scenario.name}/chat/stream?question=hi")
        await clock.read(raw)
        return await proxy.exchange()


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.prove if name in LONG else ()) for name in NAMES],
)
async def test_a_recorded_scenario_plans_to_the_same_chunks_at_the_same_times(name):
    exchange = await record(SCENARIOS[name])
    text = scenario_text(exchange, name=name, origin="the mock")
    planned, found = plan(SCENARIOS[name].reply), plan(load_scenario(text).reply)
    chunks, ending, ended_ms = timed_chunks(planned)
    assert timed_chunks(found)[:2] == (chunks, ending)
    if ending in (Ending.FINISHED, Ending.CUT):  # a reset waits for its bytes to arrive
        assert timed_chunks(found)[2] == ended_ms
    start, again = planned[0], found[0]
    assert isinstance(start, Start)
    assert isinstance(again, Start)
    assert (again.after_ms, again.sent) == (start.after_ms, start.sent)
    assert (again.status, again.reason) == (start.status, start.reason)
    assert again.http_1_0 == start.http_1_0
    assert {h for h in again.headers if h[0].lower() not in OF_THE_SERVER} == set(start.headers)
