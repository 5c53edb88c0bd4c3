"""The mock inside a Python test: served on a free port while a block runs."""

from __future__ import annotations

import re
import warnings
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from streamproof.contracts.loopback import LOOPBACK
from streamproof.contracts.text import short
from streamproof.mock_ai.app import MOCK, create_app, serving
from streamproof.mock_ai.control.parse_request import EntryFilter, is_speed
from streamproof.mock_ai.control.scope import Scope
from streamproof.mock_ai.errors import CannotSteer, NoSuchScenario, ScenarioErrors
from streamproof.mock_ai.journal.deliveries import DeliveredFrame
from streamproof.mock_ai.journal.timeline import ReplyTimeline, timeline_of
from streamproof.mock_ai.library.files import scenario_files, shipped_folder
from streamproof.mock_ai.library.library import Library, open_files
from streamproof.mock_ai.playing.live import each_held
from streamproof.mock_ai.request.target import RUN_ID
from streamproof.mock_ai.scenario.model import Scenario
from streamproof.mock_ai.tls import Tls, served_tls

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from aiohttp import web

    from streamproof.contracts.sse import Event
    from streamproof.mock_ai.clock import Clock
    from streamproof.mock_ai.journal.journal import Journal, JournalEntry
    from streamproof.mock_ai.playing.live import LiveStream
    from streamproof.mock_ai.scenario.summary import ScenarioSummary
    from streamproof.mock_ai.threaded import ThreadedMock

WAIT_SECONDS: Final = 5.0

ScenarioSource: TypeAlias = Scenario | Path | str
"""A scenario, its file or a folder of files, or its text."""


def read_library(sources: ScenarioSource | Iterable[ScenarioSource] | None) -> Library:
    """Gather scenarios, by default the shipped ones.

    Raises `ScenarioErrors`, and `ValueError` for a path that is not a `Path`.
    """
    if sources is None:
        sources = shipped_folder()
    several = [sources] if isinstance(sources, Scenario | Path | str) else list(sources)
    files = open_files(scenario_files(one for one in several if isinstance(one, Path)))
    if files.errors:
        raise ScenarioErrors(files.errors)
    more = [
        _scenario_in(one) if isinstance(one, str) else one
        for one in several
        if not isinstance(one, Path)
    ]
    library = Library({**files.scenarios, **{scenario.name: scenario for scenario in more}})
    for warning in library.warnings:
        warnings.warn(str(warning), DeprecationWarning, stacklevel=3)
    return library


def _scenario_in(text: str) -> Scenario:
    if ": " not in text and "\n" not in text:
        raise ValueError(
            f"scenarios: wanted the text of a scenario, got {short(text)}; pass a path as a Path"
        )
    from streamproof.mock_ai.library.loading import load_scenario  # texts are rare, and it is large

    return load_scenario(text)


def _valid_speed(speed: float) -> float:
    if not is_speed(speed):
        raise ValueError(f"speed: wanted a number of at least 0, got {speed!r}")
    return speed


class MockRun:
    """One run of a mock: its URL, what it answers, and its journal."""

    def __init__(self, scope: Scope, url: str) -> None:
        self._scope = scope
        self.url = url
        """The URL of the AI service, for the settings of a relay."""

    @property
    def journal(self) -> Journal:
        """The requests and their replies, oldest first."""
        return self._scope.journal

    @property
    def scenarios(self) -> Mapping[str, ScenarioSummary]:
        """The scenarios that requests can name now, by name."""
        return self._scope.state.registry.scenarios

    @property
    def streams(self) -> list[LiveStream]:
        """The open streams, oldest first."""
        return self._scope.streams

    def add(self, *scenarios: ScenarioSource) -> None:
        """Add scenarios for all runs: objects, files, folders or texts; raises `ScenarioErrors`.

        A scenario replaces an earlier one of the same name.
        """
        for source in scenarios:
            text = source if isinstance(source, str) else ""
            for scenario in read_library(source).scenarios.values():
                self._scope.state.registry.put(scenario.load(), text)

    def play(self, name: str | None) -> None:
        """Play this scenario for every request that does not name one; None ends that.

        Raises `NoSuchScenario`.
        """
        self._scope.run.active = None if name is None else self._known(name)

    def queue(self, *names: str) -> None:
        """Play these scenarios for the next messages, once each; raises `NoSuchScenario`."""
        self._scope.run.queue.extend([self._known(name) for name in names])

    def release(self, entry: JournalEntry | None = None) -> None:
        """Release a held reply, by default the oldest; raises `CannotSteer` if there is none."""
        for live in self.streams:
            if entry is live.entry or (entry is None and live.waits_for is not None):
                return live.release()
        raise CannotSteer("no reply is held" if entry is None else "the reply has ended")

    def each_held(
        self, *, scenario: str | None = None, question: str | None = None
    ) -> AsyncIterator[LiveStream]:
        """Yield each stream that waits for a release, once per hold, as soon as it is held.

        `question` is a part of the question. The iterator does not end; leave its loop, or cancel
        its task.
        """
        wanted = EntryFilter(scenario, question)
        return each_held(
            self.journal, lambda: (live for live in self.streams if wanted.fits(live.entry))
        )

    async def wait_for(
        self,
        count: int = 1,
        *,
        scenario: str | None = None,
        question: str | None = None,
        ended: bool | None = None,
        held: bool | None = None,
        timeout_seconds: float = WAIT_SECONDS,
    ) -> list[JournalEntry]:
        """Return the matching requests when there are `count` of them; raises `TimeoutError`.

        `question` is a part of the question. `ended` tells whether the reply must have ended, and
        `held` whether it must be waiting to be released.
        """
        wanted = EntryFilter(scenario, question, ended, held)
        found = await self._scope.wait_for(count, wanted.fits, timeout_seconds * 1000)
        if len(found) < count:
            came = f"{len(found)} of {count} requests came in {timeout_seconds:g} s"
            raise TimeoutError(f"{came}; the journal has {len(self.journal)}")
        return found

    def timeline(self, entry: JournalEntry) -> ReplyTimeline:
        """Return the planned writes, the actual writes and the deliveries of a reply."""
        message_id = entry.request.question.message_id
        return timeline_of(entry, self._scope.state.runs.deliveries.of(message_id))

    def report_delivery(
        self, message_id: str, *events: Event, connection: int = 1, ago_ms: float = 0
    ) -> None:
        """Report SSE events that a relay sent to a browser for a message.

        `connection` counts the connections of this message from 1. `ago_ms` tells how long ago the
        events were sent.
        """
        frames = [DeliveredFrame(*event) for event in events]
        self._scope.state.runs.deliveries.report(message_id, frames, connection, ago_ms)

    def set_speed(self, speed: float) -> None:
        """Set the speed of replies that begin from now on; raises ValueError for one below 0."""
        self._scope.set_speed(_valid_speed(speed))

    def reset(self) -> None:
        """Reset everything except the open streams."""
        self._scope.reset()

    def _known(self, name: str) -> str:
        if name not in self.scenarios:
            raise NoSuchScenario.named(name, self.scenarios)
        return name


class MockAI(MockRun):
    """A mock AI service for tests: `async with MockAI(scenarios) as mock:`.

    `scenarios` are a folder or a file (`Path`), YAML text (`str`), a `Scenario`, or a list of
    these; the default is the shipped scenarios. `speed` divides every delay, and 0 removes all
    delays. `clock` replaces the mock's clock. With `plain`, aiohttp reads every request, and the
    fast path is off. With `tls` the URL is one of HTTPS; clients trust the mock by `ca_file`. Pages
    of `allow_origins` may read replies, besides those of this machine.

    Raises `ScenarioErrors`, `NoSuchScenario`, `CannotServeTls`, and ValueError for a speed below 0
    or an invalid origin.
    """

    def __init__(
        self,
        scenarios: ScenarioSource | Iterable[ScenarioSource] | None = None,
        *,
        default: str | None = None,
        speed: float = 1,
        host: str = LOOPBACK,
        port: int = 0,
        clock: Clock | None = None,
        plain: bool = False,
        tls: bool | Tls = False,
        allow_origins: Iterable[str] = (),
    ) -> None:
        self._app: web.Application = create_app(
            read_library(scenarios),
            default=default,
            speed=_valid_speed(speed),
            clock=clock,
            origins=allow_origins,
        )
        self._host = host
        self._port = port
        self._plain = plain
        self._tls = Tls() if tls is True else tls or None
        self._ca_file: Path | None = None
        self._stack = AsyncExitStack()
        super().__init__(Scope(self._app[MOCK]), "")

    @classmethod
    def in_thread(
        cls,
        scenarios: ScenarioSource | Iterable[ScenarioSource] | None = None,
        *,
        default: str | None = None,
        speed: float = 1,
        host: str = LOOPBACK,
        port: int = 0,
        plain: bool = False,
        tls: bool | Tls = False,
        allow_origins: Iterable[str] = (),
    ) -> ThreadedMock:
        """Return a mock for synchronous tests: `with MockAI.in_thread(scenarios) as mock:`."""
        from streamproof.mock_ai.threaded import ThreadedMock

        return ThreadedMock(
            lambda: cls(
                scenarios,
                default=default,
                speed=speed,
                host=host,
                port=port,
                plain=plain,
                tls=tls,
                allow_origins=allow_origins,
            )
        )

    def run(self, run_id: str) -> MockRun:
        """Return a run; it separates a test that uses its URL, or `[run:ID]` in questions.

        Raises ValueError for an invalid ID.
        """
        if not re.fullmatch(RUN_ID, run_id):
            raise ValueError(f"run_id: wanted text like {RUN_ID}, got '{run_id}'")
        return MockRun(Scope(self._scope.state, run_id), f"{self.url}/run/{run_id}")

    @property
    def ca_file(self) -> Path:
        """The file with the certificate of the mock's own authority, for clients that trust it.

        Raises ValueError if the mock does not have an authority, or does not run.
        """
        if self._ca_file is None:
            raise ValueError("ca_file: wanted a running mock with tls=True")
        return self._ca_file

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            context = None
            if self._tls is not None:
                served = stack.enter_context(served_tls(self._tls, [self._host]))
                context, self._ca_file = served.context, served.ca_file
            server = serving(self._app, self._host, self._port, plain=self._plain, tls=context)
            self.url = await stack.enter_async_context(server)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()
