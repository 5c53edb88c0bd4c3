"""What a service replies to requests that no scenario answers, recorded for the next time.

Equal requests at the same time wait for the first one, and then get its recording.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ssl import create_default_context
from typing import TYPE_CHECKING, Final, TypeAlias
from weakref import WeakValueDictionary

from streamproof.contracts.loopback import host_of, is_loopback_authority
from streamproof.mock_ai.errors import CannotRecord, ScenarioErrors, ServiceUnreachable
from streamproof.mock_ai.http1.writer import ScheduledWrite
from streamproof.mock_ai.journal.journal import ReplyEnding
from streamproof.mock_ai.library.index import open_scenario
from streamproof.mock_ai.library.library import Library
from streamproof.mock_ai.recording.exchange import ExchangeEnding
from streamproof.mock_ai.recording.forwarding import ForwardedRequest
from streamproof.mock_ai.request.fingerprint import fingerprint
from streamproof.mock_ai.request.received import rules_apply
from streamproof.mock_ai.serving.cors import cors_headers
from streamproof.mock_ai.serving.refusal import refuse_unreachable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path
    from ssl import SSLContext

    from streamproof.mock_ai.journal.journal import JournalEntry
    from streamproof.mock_ai.library.registry import ScenarioRegistry
    from streamproof.mock_ai.playing.wire import Wire
    from streamproof.mock_ai.recording.misses import RecordedMisses
    from streamproof.mock_ai.recording.target import ProxyTarget
    from streamproof.mock_ai.request.received import ReceivedRequest
    from streamproof.mock_ai.scenario.summary import ScenarioSummary
    from streamproof.mock_ai.serving.answer import ServedReply
    from streamproof.mock_ai.serving.runs import Run
    from streamproof.mock_ai.serving.state import MockState

Again: TypeAlias = "Callable[[], Awaitable[ServedReply | None]]"
"""Looks for a scenario once more, and returns its reply, or None."""

UPSTREAM: Final = "upstream"
"""What the journal has in place of the scenario."""

_ENDINGS: Final = {
    ExchangeEnding.CUT: ReplyEnding.CUT,
    ExchangeEnding.RESET: ReplyEnding.RESET,
}


@dataclass(eq=False)
class Misses:
    """Passes requests on to a service, and keeps its replies; `report` gets a line about each.

    Requests under the names in `hosts` are passed on, besides those under names of this machine.
    """

    upstream: ProxyTarget
    recordings: RecordedMisses
    report: Callable[[str], None]
    hosts: frozenset[str] = frozenset()
    recorded: set[str] = field(default_factory=set)
    """The names of the scenarios that were recorded."""
    tls: SSLContext | None = field(init=False)
    """What the mock trusts, for a service with `https`."""
    _turns: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)
    _writing: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Read the trusted certificates once."""
        self.tls = create_default_context() if self.upstream.scheme == "https" else None

    def __str__(self) -> str:
        """Say where misses go."""
        return f"passed on to {self.upstream.url}, and recorded in {self.recordings.folder}"

    def why_not(self, request: ReceivedRequest, state: MockState) -> str | None:
        """Return why a request is not passed on; None if it is.

        A foreign web page must not reach the service through the mock.
        """
        host, origin = request.header("Host") or "", request.header("Origin")
        if not (is_loopback_authority(host) or host_of(host) in self.hosts):
            return f"it has the Host '{host}', which --allow-host does not name"
        if origin is not None and origin not in state.origins:
            return f"it comes from a page of '{origin}', which --allow-origin does not name"
        if not rules_apply(request.method, request.path):
            return f"no rule can answer {request.method} {request.path} later"
        return None

    def reply(self, entry: JournalEntry, run: Run, state: MockState, again: Again) -> MissReply:
        """Return the reply to a request that no scenario answers."""
        return MissReply(self, entry, run, state, again)

    def turn(self, request: ReceivedRequest) -> asyncio.Lock:
        """Return the lock that equal requests share."""
        return self._turns.setdefault(fingerprint(request), asyncio.Lock())

    async def record(
        self, forwarded: ForwardedRequest, entry: JournalEntry, state: MockState
    ) -> None:
        """Record a reply that has ended; this continues if the client leaves."""
        writing = asyncio.create_task(self._record(forwarded, entry, state.registry))
        self._writing.add(writing)
        writing.add_done_callback(self._writing.discard)
        await asyncio.shield(writing)

    async def _record(
        self, forwarded: ForwardedRequest, entry: JournalEntry, registry: ScenarioRegistry
    ) -> None:
        try:
            path, scenario = await asyncio.to_thread(self._keep, forwarded, entry.request)
        except (CannotRecord, ScenarioErrors, OSError) as error:
            self.not_recorded(entry, str(error))
            return
        self.recorded.add(scenario.name)
        files = registry.library
        registry.load(Library({**files.scenarios, scenario.name: scenario}, files.errors))
        self.report(f"recorded: {_asked(entry)}: {forwarded.status} -> {path}")

    def _keep(
        self, forwarded: ForwardedRequest, request: ReceivedRequest
    ) -> tuple[Path, ScenarioSummary]:
        exchange = forwarded.exchange()
        if exchange is None:
            raise CannotRecord("the reply broke off inside its head, or was not HTTP")
        origin = f"{self.upstream.url}, {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
        path = self.recordings.keep(request, exchange, origin)
        return path, open_scenario(path)

    def not_recorded(self, entry: JournalEntry, why: str) -> None:
        """Report a reply that is not recorded."""
        self.report(f"not recorded: {_asked(entry)}: {why}")


def _asked(entry: JournalEntry) -> str:
    return f"{entry.request.method} {entry.request.path}"


@dataclass(slots=True, eq=False)
class MissReply:
    """The reply to a request that no scenario answers."""

    misses: Misses
    entry: JournalEntry
    run: Run
    state: MockState
    again: Again
    status: int = 0
    """0 until it is known."""
    reusable: bool = False
    passed_on: list[ScheduledWrite] = field(default_factory=list)
    """The reply of the service so far, which the journal shows."""

    async def send(self, wire: Wire) -> None:
        """Play a recording if there is one by now, else pass the request on.

        Raises `ConnectionError`, or is cancelled, if the client leaves.
        """
        try:
            async with self.misses.turn(self.entry.request):
                reply = await self.again() or await self._forward(wire)
        except ConnectionError:
            self._end(ReplyEnding.CLIENT_LEFT)
            raise
        except asyncio.CancelledError:
            self._end(self.run.group.interrupted)
            raise
        if reply is not None:
            self.status, self.reusable = reply.status, reply.reusable
            await reply.send(wire)

    async def _forward(self, wire: Wire) -> ServedReply | None:
        """Pass the reply of the service on; return a refusal if it cannot be reached."""
        entry, state, clock = self.entry, self.state, self.state.runs.clock
        own = cors_headers(entry.request.header("Origin"), state.origins)
        misses = self.misses
        forwarded = ForwardedRequest(entry.request, misses.upstream, misses.tls, clock, own)
        try:
            await forwarded.send()
            entry.endpoint, entry.speed, entry.began_ms = UPSTREAM, 1, clock.now_ms()
            entry.actions = self.passed_on
            self.run.journal.state_changed(entry)
            await self._pass_on(forwarded, wire)
        except ServiceUnreachable as error:
            return refuse_unreachable(entry, self.run, state, str(error))
        except (ConnectionError, asyncio.CancelledError):
            if forwarded.ending is ExchangeEnding.OPEN:
                misses.not_recorded(entry, "the client left, or the mock stopped")
            raise
        finally:
            forwarded.close()
        return None

    async def _pass_on(self, forwarded: ForwardedRequest, wire: Wire) -> None:
        """Pass bytes on; the last ones leave when the recording can already be played."""
        last = False
        while not last:
            data, last = await forwarded.read()
            self.status = forwarded.status
            if last:
                await self.misses.record(forwarded, self.entry, self.state)
            if data:
                wire.write(data)
                self._note(data)
                if wire.full:
                    await wire.drain()
        if forwarded.ending is ExchangeEnding.RESET:
            await wire.reset()
        self._end(_ENDINGS.get(forwarded.ending, ReplyEnding.FINISHED))

    def _note(self, data: bytes) -> None:
        at_ms = self._elapsed_ms()
        self.passed_on.append(ScheduledWrite(at_ms, data))
        self.entry.wrote(at_ms)

    def _end(self, ending: ReplyEnding) -> None:
        if self.entry.ending is None:
            self.run.journal.end(self.entry, ending, self._elapsed_ms())

    def _elapsed_ms(self) -> float:
        now_ms = self.state.runs.clock.now_ms()
        return now_ms - (self.entry.began_ms or now_ms)
