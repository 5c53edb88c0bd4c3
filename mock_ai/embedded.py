"""The mock inside a Python test: served on a free port for as long as a block lasts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from streamproof.mock_ai.app import MOCK, create_app, serving
from streamproof.mock_ai.control.parse_request import EntryFilter, is_speed
from streamproof.mock_ai.control.scope import Scope
from streamproof.mock_ai.errors import CannotSteer, NoSuchScenario, ScenarioErrors
from streamproof.mock_ai.library.loading import (
    Library,
    load_files,
    load_scenario,
    scenario_files,
    shipped_folder,
)
from streamproof.mock_ai.scenario.model import Scenario
from streamproof.mock_ai.serving.runs import RUN_ID

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from aiohttp import web

    from streamproof.mock_ai.journal.journal import Journal, JournalEntry
    from streamproof.mock_ai.playing.live import LiveStream
    from streamproof.mock_ai.threaded import ThreadedMock

WAIT_SECONDS: Final = 5.0

Given: TypeAlias = Scenario | Path | str
"""A scenario, its file or a folder of files, or its text."""


def read_library(given: Given | Iterable[Given] | None) -> Library:
    """Gather scenarios, by default those of the package; raises `ScenarioErrors`."""
    if given is None:
        given = shipped_folder()
    several = [given] if isinstance(given, Scenario | Path | str) else list(given)
    files = load_files(scenario_files(one for one in several if isinstance(one, Path)))
    if files.errors:
        raise ScenarioErrors(files.errors)
    more = [
        load_scenario(one) if isinstance(one, str) else one
        for one in several
        if not isinstance(one, Path)
    ]
    return Library({**files.scenarios, **{scenario.name: scenario for scenario in more}})


class MockRun:
    """One run of a mock: its URL, what it answers, what it was asked."""

    def __init__(self, scope: Scope, url: str) -> None:
        self._scope = scope
        self.url = url
        """The AI service's URL, as a relay is given it."""

    @property
    def journal(self) -> Journal:
        """What was asked and sent, oldest first."""
        return self._scope.journal

    @property
    def streams(self) -> list[LiveStream]:
        """The open streams, oldest first."""
        return self._scope.streams

    def add(self, *scenarios: Given) -> None:
        """Take in scenarios, files, folders or texts, for all runs; raises `ScenarioErrors`."""
        for given in scenarios:
            text = given if isinstance(given, str) else ""
            for scenario in read_library(given).scenarios.values():
                self._scope.state.registry.put(scenario, text)

    def play(self, name: str | None) -> None:
        """Answer all requests that name no scenario with this one; None ends that.

        Raises `NoSuchScenario`.
        """
        self._scope.run.active = None if name is None else self._known(name)

    def queue(self, *names: str) -> None:
        """Answer the next messages with these, once each; raises `NoSuchScenario`."""
        self._scope.run.queue.extend([self._known(name) for name in names])

    def release(self, entry: JournalEntry | None = None) -> None:
        """Let a held reply go on, by default the oldest; raises `CannotSteer` if there is none."""
        for live in self.streams:
            if entry is live.entry or (entry is None and live.waits_for is not None):
                return live.release()
        raise CannotSteer("no reply is held" if entry is None else "the reply has ended")

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
        """Return the requests that fit, as soon as there are so many; raises `TimeoutError`.

        `question` is a part of the question; `ended` says whether the reply must have ended, `held`
        whether it must wait to be released just now.
        """
        wanted = EntryFilter(scenario, question, ended, held)
        found = await self._scope.wait_for(count, wanted.fits, timeout_seconds * 1000)
        if len(found) < count:
            came = f"{len(found)} of {count} requests came in {timeout_seconds:g} s"
            raise TimeoutError(f"{came}; the journal has {len(self.journal)}")
        return found

    def reset(self) -> None:
        """Start all over; only open streams stay."""
        self._scope.reset()

    def _known(self, name: str) -> str:
        scenarios = self._scope.state.registry.scenarios
        if name not in scenarios:
            raise NoSuchScenario.named(name, scenarios)
        return name


class MockAI(MockRun):
    """A mock AI service for tests: `async with MockAI(scenarios) as mock:`.

    `scenarios` are a folder or file (`Path`), YAML text (`str`), a `Scenario`, or several of these;
    by default those of the package. `speed` divides every silence, and 0 leaves them out. Raises
    `ScenarioErrors`, `NoSuchScenario`, and ValueError for a speed below 0.
    """

    def __init__(
        self,
        scenarios: Given | Iterable[Given] | None = None,
        *,
        default: str | None = None,
        speed: float = 1,
        port: int = 0,
    ) -> None:
        if not is_speed(speed):
            raise ValueError(f"speed: wanted a number of at least 0, got {speed!r}")
        self._app: web.Application = create_app(
            read_library(scenarios), default=default, speed=speed
        )
        self._port = port
        self._stack = AsyncExitStack()
        super().__init__(Scope(self._app[MOCK]), "")

    @classmethod
    def in_thread(
        cls,
        scenarios: Given | Iterable[Given] | None = None,
        *,
        default: str | None = None,
        speed: float = 1,
        port: int = 0,
    ) -> ThreadedMock:
        """Return the same for synchronous tests: `with MockAI.in_thread(scenarios) as mock:`."""
        from streamproof.mock_ai.threaded import ThreadedMock

        return ThreadedMock(lambda: cls(scenarios, default=default, speed=speed, port=port))

    def run(self, run_id: str) -> MockRun:
        """Return a run: a test that uses its URL, or `[run:ID]` in questions, is by itself.

        Raises ValueError for what is no ID.
        """
        if not re.fullmatch(RUN_ID, run_id):
            raise ValueError(f"wanted a run like {RUN_ID}, got '{run_id}'")
        return MockRun(Scope(self._scope.state, run_id), f"{self.url}/run/{run_id}")

    async def __aenter__(self) -> Self:
        self.url = await self._stack.enter_async_context(serving(self._app, port=self._port))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()
