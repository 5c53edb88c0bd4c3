"""One trial: turns in flight, one fault, and what was observed of them."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Final

from streamproof.harness.reliability.browser import Browser, Habit
from streamproof.harness.reliability.failpoints import FREEZE, KILL
from streamproof.harness.reliability.fault import Armed
from streamproof.harness.reliability.history import History
from streamproof.harness.reliability.observed import TrialObservation
from streamproof.harness.reliability.relay_process import START_SECONDS
from streamproof.harness.reliability.rows import Rows, read_rows, running_rooms
from streamproof.harness.reliability.sent import sent_by
from streamproof.harness.verify.targets.rooms import make_room
from streamproof.mock_ai.actions.chance import chance

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from streamproof.harness.reliability.failpoints import Strike
    from streamproof.harness.reliability.fault import TrialFault
    from streamproof.harness.reliability.relay_process import Held, RelayProcess
    from streamproof.harness.reliability.scale import Scale
    from streamproof.harness.reliability.stage import Stage

ROOMS_AT_ONCE: Final = 50
"""The requests for rooms that wait for an answer."""
POLL_SECONDS: Final = 0.02
KILLED: Final = -9
"""The exit code of a process that SIGKILL ended; Windows does not have the signal."""


@dataclass(slots=True)
class Trial:
    """One fault with the number `nth` of the plan; `place` is its place in the run."""

    stage: Stage
    fault: TrialFault
    place: int
    nth: int = 1
    browsers: list[Browser] = field(default_factory=list)
    readers: list[Browser] = field(default_factory=list)
    """Browsers that read the turns of others."""
    unexpected: list[str] = field(default_factory=list)
    """What a relay should not have done."""
    may_end_with: set[int] = field(default_factory=set)
    """The exit codes with which the fault may end a relay."""
    in_flight: int = 0
    """Turns that ran when the fault struck."""
    reached: bool = False
    """Whether the fault struck."""
    kills: int = 0
    _next_strike: Strike | None = None

    @property
    def relay(self) -> RelayProcess:
        """The relay that the fault strikes; half of the questions go to it first."""
        return self._some_relay("struck")

    @property
    def others(self) -> list[RelayProcess]:
        """The other relays, which share its database."""
        return [relay for relay in self.stage.relays if relay is not self.relay]

    @property
    def scale(self) -> Scale:
        """The number of turns, and the times that fit it."""
        return self.stage.scale

    @property
    def missed(self) -> str:
        """Why the trial says nothing about its fault; empty if it does."""
        if not self.reached:
            return "the fault did not strike"
        if self.scale.waits_for_turns and self.in_flight < self.scale.turns:
            return f"{self.in_flight} of {self.scale.turns} turns ran when the fault struck"
        return ""

    @property
    def gaps(self) -> list[float]:
        """Seconds from each break to the next frame, of all browsers."""
        return [gap for browser in self.browsers for gap in browser.history.gaps]

    @property
    def connections(self) -> int:
        """The connections of all browsers."""
        return sum(browser.history.connections for browser in self.browsers)

    def chance(self, *names: object) -> float:
        """Return a number from 0 to 1 that depends on the seed, the fault and the names."""
        return chance(self.stage.seed, self.fault.id, self.nth, *names)

    def note_strike(self, *, needs_turns: bool = True) -> None:
        """Note that what disturbs the turns has its effect now: it strikes if a turn runs.

        The database decides that: a browser can still wait for the beginning of its turn, or for an
        end that is stored already. The first time at which turns run counts.
        """
        if self.reached:
            return
        self.in_flight = self._running()
        if self.fault.strike is None:
            self.reached = self.in_flight > 0 or not needs_turns

    def reader(self, browser: Browser, first: int, relay: RelayProcess | None = None) -> Browser:
        """Return another browser for the turn of this one, which begins at frame `first`.

        It reads at this relay first, by default at any.
        """
        known = browser.history
        history = History(known.room, known.question, known.turn_id, first=first)
        self.readers.append(self._browser(browser.headers, history, Habit(), relay))
        return self.readers[-1]

    def _browser(
        self,
        headers: Mapping[str, str],
        history: History,
        habit: Habit,
        first_relay: RelayProcess | None,
    ) -> Browser:
        place, numbers = len(self.browsers) + len(self.readers), count()

        def next_url() -> str:
            number = next(numbers)
            if number == 0 and first_relay is not None:
                return first_relay.url
            return self._some_relay("replica", place, number).url

        return Browser(
            self.stage.session,
            next_url,
            headers,
            history,
            habit,
            patience=self.scale.patience,
            may_refuse=self.fault.may_refuse,
        )

    def _some_relay(self, *names: object) -> RelayProcess:
        relays = self.stage.relays
        return relays[int(self.chance(*names) * len(relays))]

    async def run(self) -> TrialObservation:
        """Run the turns and the fault; return what was observed."""
        if self.fault.prepare is not None:
            await self.fault.prepare(self)
        await self._ask_for_rooms()
        strike = self.fault.strike
        if strike is not None:
            strike = replace(strike, nth=strike.nth + self.nth - 1)
            if strike.action == KILL:
                self.may_end_with.add(KILLED)
        armed = self._armed()
        if self.fault.armed is Armed.AT_RESTART:
            strike, self._next_strike = None, strike
        for relay in armed:
            await relay.arm(None if self.fault.armed is Armed.AMID else strike)
        try:
            async with asyncio.TaskGroup() as group:
                helpers = [group.create_task(self._keep_running(one)) for one in self.stage.relays]
                if strike is not None:
                    helpers += [group.create_task(self._watch(one, strike)) for one in armed]
                observed = await self._play(strike)
                for helper in helpers:
                    helper.cancel()
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None
        return observed

    async def _play(self, strike: Strike | None) -> TrialObservation:
        """Run the browsers and the disturbance, and look at what is left."""
        tasks = [asyncio.create_task(browser.run()) for browser in self.browsers]
        try:
            if self.fault.armed is Armed.AMID:
                await self.all_have_frames()
                await self.relay.arm(strike)
            if self.fault.disturb is not None:
                await self.fault.disturb(self)
            elif strike is None:
                self.note_strike()
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
        await self._settled()  # a browser can have the last frame before the fault strikes
        for relay in self.stage.relays:
            await relay.arm(None)
        await self._settled()
        held = await self.settled_held()
        return self._observed(read_rows(self.stage.database, self._rooms), held)

    def _armed(self) -> list[RelayProcess]:
        """Return the relays at which the strike is armed."""
        return self.others if self.fault.armed is Armed.OTHERS else [self.relay]

    async def all_have_frames(self) -> None:
        """Wait until each browser has its first frame, or is over."""
        await asyncio.gather(*(browser.first_frame.wait() for browser in self.browsers))

    async def some_moment(self) -> None:
        """Wait until some moment of the turns."""
        if self.scale.waits_for_turns:
            await self.all_have_frames()
        await self._turns_begin()
        await asyncio.sleep(self.chance("moment") * self.scale.moment)

    async def _turns_begin(self) -> None:
        """Wait until a turn runs, or a browser is over."""
        while not self._running():
            if any(browser.done.is_set() for browser in self.browsers):
                return
            await asyncio.sleep(POLL_SECONDS)

    async def _ask_for_rooms(self) -> None:
        """Make a browser for each turn, with a room of its own."""
        users = [f"{self._mark}{place}" for place in range(self.scale.turns)]
        headers = [self.stage.headers_of(f"user-{user}") for user in users]
        places = asyncio.Semaphore(ROOMS_AT_ONCE)
        rooms = await asyncio.gather(*(self._room(one, places) for one in headers))
        for place, (user, room) in enumerate(zip(users, rooms, strict=True)):
            history = History(room, f"/{self.fault.scenario} asked-in-{user}-by-user")
            habit, relay = (self.fault.habit, self.relay) if place % 2 == 0 else (Habit(), None)
            self.browsers.append(self._browser(headers[place], history, habit, relay))

    async def _room(self, headers: Mapping[str, str], places: asyncio.Semaphore) -> str:
        async with places:
            return await make_room(self.stage.session, self.relay.url, headers)

    @property
    def _mark(self) -> str:
        """What the questions of this trial have in common, and no others."""
        return f"trial-{self.place}-"

    @property
    def _rooms(self) -> list[str]:
        return [browser.history.room for browser in self.browsers]

    def _running(self) -> int:
        """Return the number of turns that run."""
        return len(running_rooms(self.stage.database, self._rooms))

    async def _keep_running(self, relay: RelayProcess) -> None:
        """Start a relay again whenever it has ended."""
        while True:
            code = await relay.ended()
            self.kills += code == KILLED
            if code not in self.may_end_with:
                self.unexpected.append(f"the relay ended by itself, with code {code}")
            self._allow(START_SECONDS + self.scale.patience)
            strike, self._next_strike = self._next_strike, None
            if strike is None:
                await relay.start_surely()
            elif not await relay.start(strike):
                self.reached = True
            self._allow(self.scale.patience)

    def _allow(self, seconds: float) -> None:
        """Let the patience of all browsers end this time from now."""
        for browser in (*self.browsers, *self.readers):
            browser.allow(seconds)

    async def _watch(self, relay: RelayProcess, strike: Strike) -> None:
        """Note when the strike falls, and wake a frozen relay."""
        await relay.struck.wait()
        self.note_strike()
        self.reached = True
        if strike.action == FREEZE:
            await asyncio.sleep(strike.seconds)
            relay.send(signal.SIGCONT)

    async def _settled(self) -> None:
        """Wait until no turn is running, or for a time."""
        deadline = asyncio.get_running_loop().time() + self.scale.settling
        while self._running():
            if asyncio.get_running_loop().time() > deadline:
                return
            await asyncio.sleep(POLL_SECONDS)

    async def settled_held(self) -> list[Held]:
        """Return what each relay holds, as soon as that is what it held before, or after a time."""
        pairs = zip(self.stage.relays, self.stage.held, strict=True)
        return await asyncio.gather(*(self._settled_held(*pair) for pair in pairs))

    async def _settled_held(self, relay: RelayProcess, before: Held) -> Held:
        deadline = asyncio.get_running_loop().time() + self.scale.settling
        while True:
            held = await relay.held()
            is_settled = held.tasks <= before.tasks and held.files <= before.files
            if is_settled or asyncio.get_running_loop().time() > deadline:
                return held
            await asyncio.sleep(POLL_SECONDS)

    def _reached(self, asked: Sequence[str]) -> bool:
        """Tell whether the fault struck; one without a strike or a disturbance shows by itself."""
        if self.fault.strike is not None or self.fault.disturb is not None:
            return self.reached
        if self.fault.habit == Habit():
            return bool(asked)  # the AI service has done what its scenario says
        return any(browser.history.strayed for browser in self.browsers)

    def _observed(self, rows: Rows, held: Sequence[Held]) -> TrialObservation:
        stage = self.stage
        earlier = stage.earlier
        rooms = sorted({turn.room for turn in earlier.turns})
        observed = TrialObservation(
            histories=tuple(one.history for one in (*self.browsers, *self.readers)),
            rows=rows,
            asked=tuple(
                entry.request.question.message_id or ""
                for entry in stage.mock.journal
                if self._mark in entry.request.question.question
            ),
            sent=sent_by(self.fault.scenario),
            earlier=earlier,
            earlier_now=read_rows(stage.database, rooms) if rooms else Rows(),
            log="".join(relay.new_log() for relay in stage.relays),
            secrets={**stage.secrets, "the message of a user": f"asked-in-{self._mark}"},
            held_before=stage.held,
            held_after=held,
            unexpected=tuple(self.unexpected),
        )
        self.reached = self._reached(observed.asked)
        stage.earlier = rows
        return observed
