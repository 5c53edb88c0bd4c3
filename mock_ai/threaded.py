"""The mock in a thread of its own: every call waits for it, or can be awaited there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from concurrent.futures import Future
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

from streamproof.mock_ai.embedded import WAIT_SECONDS, MockAI, MockRun, ScenarioSource

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from streamproof.contracts.sse import Event
    from streamproof.mock_ai.journal.journal import JournalEntry
    from streamproof.mock_ai.journal.timeline import ReplyTimeline
    from streamproof.mock_ai.playing.live import LiveStream, StreamState
    from streamproof.mock_ai.scenario.summary import ScenarioSummary

T = TypeVar("T")


class ThreadedStream:
    """An open stream of a mock in another thread; its methods raise `CannotSteer`."""

    def __init__(self, run: _RunElsewhere, live: LiveStream) -> None:
        self._run = run
        self._live = live

    @property
    def entry(self) -> JournalEntry:
        """Its request, and what was written so far."""
        return self._live.entry

    @property
    def state(self) -> StreamState:
        """Whether it is playing, held or paused."""
        return self._run.call(lambda: self._live.state)

    def release(self) -> None:
        """End its hold."""
        self._run.call(self._live.release)

    def pause(self) -> None:
        """Stop writing until it is resumed."""
        self._run.call(self._live.pause)

    def resume(self) -> None:
        """Continue after a pause."""
        self._run.call(self._live.resume)

    def step(self) -> None:
        """Perform the next action now: a write, or the end of a hold."""
        self._run.call(self._live.step)

    def push(self, data: bytes) -> None:
        """Write bytes of the body as soon as no event is half written."""
        self._run.call(lambda: self._live.push(data))

    def drop(self, *, reset: bool = False) -> None:
        """Close the connection now, by FIN or by RST."""
        self._run.call(lambda: self._live.drop(reset=reset))


class _RunElsewhere:
    """What both forms of a run in another thread have: all methods that never wait for long."""

    def __init__(self, loop: asyncio.AbstractEventLoop, run: MockRun) -> None:
        self._loop = loop
        self._run = run

    @property
    def url(self) -> str:
        """The URL of the AI service, for the settings of a relay."""
        return self._run.url

    @property
    def journal(self) -> tuple[JournalEntry, ...]:
        """The requests and their replies so far, oldest first."""
        return self.call(lambda: tuple(self._run.journal))

    @property
    def scenarios(self) -> Mapping[str, ScenarioSummary]:
        """The scenarios that requests can name now, by name."""
        return self.call(lambda: self._run.scenarios)

    @property
    def streams(self) -> list[ThreadedStream]:
        """The open streams, oldest first."""
        return [ThreadedStream(self, live) for live in self.call(lambda: self._run.streams)]

    def add(self, *scenarios: ScenarioSource) -> None:
        """Add scenarios for all runs: objects, files, folders or texts; raises `ScenarioErrors`.

        A scenario replaces an earlier one of the same name.
        """
        self.call(lambda: self._run.add(*scenarios))

    def play(self, name: str | None) -> None:
        """Play this scenario for every request that does not name one; None ends that.

        Raises `NoSuchScenario`.
        """
        self.call(lambda: self._run.play(name))

    def queue(self, *names: str) -> None:
        """Play these scenarios for the next messages, once each; raises `NoSuchScenario`."""
        self.call(lambda: self._run.queue(*names))

    def release(self, entry: JournalEntry | None = None) -> None:
        """Release a held reply, by default the oldest; raises `CannotSteer` if there is none."""
        self.call(lambda: self._run.release(entry))

    def timeline(self, entry: JournalEntry) -> ReplyTimeline:
        """Return the planned writes, the actual writes and the deliveries of a reply."""
        return self.call(lambda: self._run.timeline(entry))

    def report_delivery(
        self, message_id: str, *events: Event, connection: int = 1, ago_ms: float = 0
    ) -> None:
        """Report SSE events that a relay sent to a browser for a message.

        `connection` counts the connections of this message from 1. `ago_ms` tells how long ago the
        events were sent.
        """
        self.call(
            lambda: self._run.report_delivery(
                message_id, *events, connection=connection, ago_ms=ago_ms
            )
        )

    def set_speed(self, speed: float) -> None:
        """Set the speed of replies that begin from now on; raises ValueError for one below 0."""
        self.call(lambda: self._run.set_speed(speed))

    def reset(self) -> None:
        """Reset everything except the open streams."""
        self.call(self._run.reset)

    def call(self, work: Callable[[], T]) -> T:
        """Run a function in the mock's thread; after the mock has stopped, run it directly."""
        if self._loop.is_closed():
            return work()

        async def called() -> T:
            return work()

        return self._begin(called).result()

    def _begin(self, work: Callable[[], Awaitable[T]]) -> Future[T]:
        async def begun() -> T:
            return await work()

        return asyncio.run_coroutine_threadsafe(begun(), self._loop)


class ThreadedRun(_RunElsewhere):
    """One run of a mock in another thread; its methods are those of `MockRun`."""

    @property
    def awaited(self) -> AwaitedRun:
        """The same run for asynchronous tests: its waits do not hold up the loop of the test."""
        return AwaitedRun(self._loop, self._run)

    def each_held(
        self, *, scenario: str | None = None, question: str | None = None
    ) -> Iterator[ThreadedStream]:
        """Yield each stream that waits for a release, once per hold, as soon as it is held.

        `question` is a part of the question. The iterator does not end; leave its loop.
        """
        held = self._run.each_held(scenario=scenario, question=question)
        while True:
            yield ThreadedStream(self, self.wait(held.__anext__))

    def wait_for(
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
        return self.wait(
            lambda: self._run.wait_for(
                count,
                scenario=scenario,
                question=question,
                ended=ended,
                held=held,
                timeout_seconds=timeout_seconds,
            )
        )

    def wait(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run a coroutine in the mock's thread, and wait for its result."""
        return self._begin(work).result()


class AwaitedRun(_RunElsewhere):
    """One run of a mock in another thread, for asynchronous tests: `await run.wait_for()`."""

    async def each_held(
        self, *, scenario: str | None = None, question: str | None = None
    ) -> AsyncIterator[ThreadedStream]:
        """Yield each stream that waits for a release, once per hold, as soon as it is held.

        `question` is a part of the question. The iterator does not end; leave its loop.
        """
        held = self._run.each_held(scenario=scenario, question=question)
        while True:
            yield ThreadedStream(self, await self.wait(held.__anext__))

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
        return await self.wait(
            lambda: self._run.wait_for(
                count,
                scenario=scenario,
                question=question,
                ended=ended,
                held=held,
                timeout_seconds=timeout_seconds,
            )
        )

    async def wait(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run a coroutine in the mock's thread, and await its result."""
        return await asyncio.wrap_future(self._begin(work))


class ThreadedMock(ThreadedRun):
    """A mock that a thread serves while the block runs."""

    _run: MockAI

    def __init__(self, make: Callable[[], MockAI]) -> None:
        self._make = make
        self._started: Future[tuple[asyncio.AbstractEventLoop, MockAI, asyncio.Event]] = Future()
        self._failure: BaseException | None = None
        self._thread = Thread(target=self._serve, name="mock-ai", daemon=True)

    def run(self, run_id: str) -> ThreadedRun:
        """Return a run; it separates a test that uses its URL, or `[run:ID]` in questions.

        Raises ValueError for an invalid ID.
        """
        return ThreadedRun(self._loop, self._run.run(run_id))

    @property
    def ca_file(self) -> Path:
        """The file with the certificate of the mock's authority; raises ValueError if none."""
        return self._run.ca_file

    def __enter__(self) -> Self:
        self._thread.start()
        self._loop, self._run, self._stop = self._started.result()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        if self._failure is not None and error is None:
            raise self._failure

    def _serve(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as error:  # noqa: BLE001  # the thread of the test raises it
            if self._started.done():
                self._failure = error
            else:
                self._started.set_exception(error)

    async def _main(self) -> None:
        async with self._make() as mock:
            stop = asyncio.Event()
            self._started.set_result((asyncio.get_running_loop(), mock, stop))
            await stop.wait()
