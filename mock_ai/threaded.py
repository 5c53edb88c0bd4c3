"""The mock for synchronous tests: it lives in a thread of its own, which every call waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

from streamproof.mock_ai.embedded import WAIT_SECONDS, Given, MockAI, MockRun

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from streamproof.mock_ai.journal.journal import JournalEntry
    from streamproof.mock_ai.playing.live import LiveStream, StreamState

T = TypeVar("T")


class ThreadedStream:
    """An open stream of a mock in another thread."""

    def __init__(self, run: ThreadedRun, live: LiveStream) -> None:
        self._run = run
        self._live = live

    @property
    def entry(self) -> JournalEntry:
        """Its request and what was written so far."""
        return self._live.entry

    @property
    def state(self) -> StreamState:
        """Whether it plays, is held or is paused."""
        return self._run.call(lambda: self._live.state)

    def release(self) -> None:
        """Let it go on where it is held; raises `CannotSteer`, as all that follows here."""
        self._run.call(self._live.release)

    def pause(self) -> None:
        """Write nothing more until it is resumed."""
        self._run.call(self._live.pause)

    def resume(self) -> None:
        """Go on where it was paused."""
        self._run.call(self._live.resume)

    def step(self) -> None:
        """Let come at once what comes next."""
        self._run.call(self._live.step)

    def push(self, data: bytes) -> None:
        """Write bytes of the body as soon as no block is under way."""
        self._run.call(lambda: self._live.push(data))

    def drop(self, *, reset: bool = False) -> None:
        """Hang up now, by FIN or by RST."""
        self._run.call(lambda: self._live.drop(reset=reset))


class ThreadedRun:
    """One run of a mock in another thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, run: MockRun) -> None:
        self._loop = loop
        self._run = run

    @property
    def url(self) -> str:
        """The AI service's URL, as a relay is given it."""
        return self._run.url

    @property
    def journal(self) -> tuple[JournalEntry, ...]:
        """What was asked and sent so far, oldest first."""
        return self.call(lambda: tuple(self._run.journal))

    @property
    def streams(self) -> list[ThreadedStream]:
        """The open streams, oldest first."""
        return [ThreadedStream(self, live) for live in self.call(lambda: self._run.streams)]

    def add(self, *scenarios: Given) -> None:
        """Take in scenarios, files, folders or texts, for all runs; raises `ScenarioErrors`."""
        self.call(lambda: self._run.add(*scenarios))

    def play(self, name: str | None) -> None:
        """Answer all requests that name no scenario with this one; None ends that."""
        self.call(lambda: self._run.play(name))

    def queue(self, *names: str) -> None:
        """Answer the next messages with these, once each; raises `NoSuchScenario`."""
        self.call(lambda: self._run.queue(*names))

    def release(self, entry: JournalEntry | None = None) -> None:
        """Let a held reply go on, by default the oldest; raises `CannotSteer` if there is none."""
        self.call(lambda: self._run.release(entry))

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
        """Return the requests that fit, as soon as there are so many; raises `TimeoutError`."""
        return self._wait(
            lambda: self._run.wait_for(
                count,
                scenario=scenario,
                question=question,
                ended=ended,
                held=held,
                timeout_seconds=timeout_seconds,
            )
        )

    def reset(self) -> None:
        """Start all over; only open streams stay."""
        self.call(self._run.reset)

    def call(self, work: Callable[[], T]) -> T:
        """Do something in the thread of the mock; once it has ended, nothing is in the way."""
        if self._loop.is_closed():
            return work()

        async def called() -> T:
            return work()

        return self._wait(called)

    def _wait(self, work: Callable[[], Awaitable[T]]) -> T:
        async def waited() -> T:
            return await work()

        return asyncio.run_coroutine_threadsafe(waited(), self._loop).result()


class ThreadedMock(ThreadedRun):
    """A mock that is served by a thread for as long as the block lasts."""

    _run: MockAI

    def __init__(self, make: Callable[[], MockAI]) -> None:
        self._make = make
        self._started: Future[tuple[asyncio.AbstractEventLoop, MockAI, asyncio.Event]] = Future()
        self._thread = Thread(target=self._serve, name="mock-ai", daemon=True)

    def run(self, run_id: str) -> ThreadedRun:
        """Return a run: a test that uses its URL, or `[run:ID]` in questions, is by itself."""
        return ThreadedRun(self._loop, self._run.run(run_id))

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

    def _serve(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as error:
            if self._started.done():
                raise
            self._started.set_exception(error)

    async def _main(self) -> None:
        async with self._make() as mock:
            stop = asyncio.Event()
            self._started.set_result((asyncio.get_running_loop(), mock, stop))
            await stop.wait()
