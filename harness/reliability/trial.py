"""One trial: turns in flight, one fault, and what was observed of them."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from streamproof.harness.reliability.browser import Browser, Habit
from streamproof.harness.reliability.failpoints import FREEZE
from streamproof.harness.reliability.history import History
from streamproof.harness.reliability.observed import TrialObservation
from streamproof.harness.reliability.rows import Rows, read_rows
from streamproof.harness.reliability.sent import sent_by
from streamproof.harness.verify.targets.rooms import make_room
from streamproof.mock_ai.actions.chance import chance

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import aiohttp

    from streamproof.harness.reliability.failpoints import Strike
    from streamproof.harness.reliability.fault import TrialFault
    from streamproof.harness.reliability.relay_process import Held, RelayProcess
    from streamproof.mock_ai import MockAI

TURNS: Final = 4
"""Turns in flight at once."""
SETTLE_SECONDS: Final = 5.0
"""How long the relay may take to end turns, and to leave what the browsers have left."""
POLL_SECONDS: Final = 0.02
KILLED: Final = -9
"""The exit code of a process that SIGKILL ended; Windows does not have the signal."""


@dataclass(slots=True)
class Stage:
    """What all trials of a run share."""

    session: aiohttp.ClientSession
    relay: RelayProcess
    mock: MockAI
    database: Path
    program: Sequence[str]
    headers_of: Callable[[str], Mapping[str, str]]
    """Returns the headers of a user."""
    secrets: Mapping[str, str]
    seed: int
    held: Held
    """What the relay holds before its first turn."""
    earlier: Rows = field(default_factory=Rows)
    log_read: int = 0


@dataclass(slots=True)
class Trial:
    """One fault at one moment; `nth` counts the calls of its failpoint."""

    stage: Stage
    fault: TrialFault
    number: int
    nth: int = 1
    browsers: list[Browser] = field(default_factory=list)
    readers: list[History] = field(default_factory=list)
    """What further readers saw."""
    leftovers: list[str] = field(default_factory=list)
    in_flight: int = 0
    """Turns that ran when the fault struck."""
    reached: bool = False
    """Whether the fault struck."""
    kills: int = 0
    _next_strike: Strike | None = None

    @property
    def relay(self) -> RelayProcess:
        """The relay under test."""
        return self.stage.relay

    @property
    def database(self) -> Path:
        """The database of the relay."""
        return self.stage.database

    @property
    def program(self) -> Sequence[str]:
        """The program of the relay."""
        return self.stage.program

    @property
    def gaps(self) -> list[float]:
        """Seconds from each break to the next frame, of all browsers."""
        return [gap for browser in self.browsers for gap in browser.history.gaps]

    @property
    def connections(self) -> int:
        """The connections of all browsers."""
        return sum(browser.history.connections for browser in self.browsers)

    def chance(self, *names: object) -> float:
        """Return a number from 0 to 1 that depends on the seed, the trial and the names."""
        return chance(self.stage.seed, self.number, *names)

    def note_strike(self) -> None:
        """Count the turns in flight: the fault strikes now."""
        self.reached = self.fault.strike is None
        self.in_flight = sum(not browser.history.over for browser in self.browsers)

    async def run(self) -> TrialObservation:
        """Run the turns and the fault; return what was observed."""
        await self._ask_for_rooms()
        strike = self.fault.strike
        if strike is not None:
            strike = replace(strike, nth=strike.nth + self.nth - 1)
        if self.fault.at_restart:
            strike, self._next_strike = None, strike
        await self.relay.arm(strike)
        try:
            async with asyncio.TaskGroup() as group:
                helpers = [group.create_task(self._keep_running())]
                if strike is not None:
                    helpers.append(group.create_task(self._watch(strike)))
                observed = await self._play(strikes=strike is not None)
                for helper in helpers:
                    helper.cancel()
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None
        return observed

    async def _play(self, *, strikes: bool) -> TrialObservation:
        """Run the browsers and the disturbance, and look at what is left."""
        tasks = [asyncio.create_task(browser.run()) for browser in self.browsers]
        try:
            if self.fault.disturb is not None:
                await self.fault.disturb(self)
            elif not strikes:
                self.note_strike()
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
        await self._settled_rows()  # a browser can have the last frame before the fault strikes
        await self.relay.arm(None)
        rows = await self._settled_rows()
        return self._observed(rows, await self._settled_held())

    async def _ask_for_rooms(self) -> None:
        for place in range(TURNS):
            mark = f"trial-{self.number}-{place}"
            headers = self.stage.headers_of(f"user-{mark}")
            room = await make_room(self.stage.session, self.relay.url, headers)
            history = History(room, f"/{self.fault.scenario} asked-in-{mark}-by-user")
            habit = self.fault.habit if place % 2 == 0 else Habit()
            self.browsers.append(Browser(self.stage.session, self.relay, headers, history, habit))

    async def _keep_running(self) -> None:
        """Start the relay again whenever it has ended."""
        while True:
            code = await self.relay.ended()
            self.kills += code == KILLED
            if code not in {0, KILLED}:
                self.leftovers.append(f"the relay ended with code {code}")
            strike, self._next_strike = self._next_strike, None
            if strike is None:
                await self.relay.start_surely()
            elif not await self.relay.start(strike):
                self.reached = True

    async def _watch(self, strike: Strike) -> None:
        """Note when the strike falls, and wake a frozen relay."""
        await self.relay.struck.wait()
        self.note_strike()
        self.reached = True
        if strike.action == FREEZE:
            await asyncio.sleep(strike.seconds)
            self.relay.send(signal.SIGCONT)

    async def _settled_rows(self) -> Rows:
        """Return the rows as soon as no turn is running, or after a time."""
        deadline = asyncio.get_running_loop().time() + SETTLE_SECONDS
        while True:
            rows = read_rows(self.database, [browser.history.room for browser in self.browsers])
            running = any(turn.status == "running" for turn in rows.turns)
            if not running or asyncio.get_running_loop().time() > deadline:
                return rows
            await asyncio.sleep(POLL_SECONDS)

    async def _settled_held(self) -> Held:
        """Return what the relay holds as soon as that is what it held before, or after a time."""
        before = self.stage.held
        deadline = asyncio.get_running_loop().time() + SETTLE_SECONDS
        while True:
            held = await self.relay.held()
            if held.tasks <= before.tasks or asyncio.get_running_loop().time() > deadline:
                return held
            await asyncio.sleep(POLL_SECONDS)

    def _observed(self, rows: Rows, held: Held) -> TrialObservation:
        stage = self.stage
        log = self.relay.log.read_text("utf-8")
        earlier = stage.earlier
        rooms = sorted({turn.room for turn in earlier.turns})
        mark = f"trial-{self.number}-"
        observed = TrialObservation(
            histories=(*(browser.history for browser in self.browsers), *self.readers),
            rows=rows,
            asked=tuple(
                entry.request.question.message_id or ""
                for entry in stage.mock.journal
                if mark in entry.request.question.question
            ),
            sent=sent_by(self.fault.scenario),
            earlier=earlier,
            earlier_now=read_rows(self.database, rooms) if rooms else Rows(),
            log=log[stage.log_read :],
            secrets={**stage.secrets, "the message of a user": f"asked-in-{mark}"},
            held_before=stage.held,
            held_after=held,
            leftovers=tuple(self.leftovers),
        )
        stage.earlier, stage.log_read = rows, len(log)
        return observed
