"""The scope of a request to the control API: the whole mock, or the run in the URL `/run/ID`."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamproof.mock_ai.errors import NoSuchThing
from streamproof.mock_ai.serving.runs import NO_RUN

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamproof.mock_ai.journal.journal import Journal, JournalEntry
    from streamproof.mock_ai.playing.live import LiveStream
    from streamproof.mock_ai.serving.runs import Run
    from streamproof.mock_ai.serving.state import MockState


@dataclass(frozen=True, slots=True)
class Scope:
    """The whole mock, or one run.

    The whole mock shows the requests of all runs, and its settings apply to requests without a run.
    """

    state: MockState
    run_id: str | None = None

    @property
    def run(self) -> Run:
        """The run whose settings the scope changes."""
        return self.state.runs[NO_RUN if self.run_id is None else self.run_id]

    @property
    def runs(self) -> tuple[Run, ...]:
        """All runs of the scope."""
        return tuple(self.state.runs) if self.run_id is None else (self.run,)

    @property
    def journal(self) -> Journal:
        """The journal of the scope."""
        return self.state.runs.journal if self.run_id is None else self.run.journal

    @property
    def streams(self) -> list[LiveStream]:
        """The live streams of the scope, oldest first."""
        streams = [live for run in self.runs for live in run.group.streams]
        return sorted(streams, key=lambda live: live.entry.number)

    def entry(self, number: int) -> JournalEntry:
        """Return an entry of the journal; raise `NoSuchThing`."""
        for entry in self.journal:
            if entry.number == number:
                return entry
        raise NoSuchThing(f"the journal has no entry {number}")

    def stream(self, number: int) -> LiveStream:
        """Return a live stream by the number of its entry; raise `NoSuchThing`."""
        for live in self.streams:
            if live.entry.number == number:
                return live
        raise NoSuchThing(f"stream {number} is not live")

    def has(self, entry: JournalEntry) -> bool:
        """Tell whether an entry belongs to the scope."""
        return self.run_id is None or entry.run == self.run_id

    async def wait_for(
        self, count: int, fits: Callable[[JournalEntry], bool], timeout_ms: float
    ) -> list[JournalEntry]:
        """Return the fitting entries when there are `count` of them, or at the timeout."""

        def fitting() -> list[JournalEntry]:
            return [entry for entry in self.journal if fits(entry)]

        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_ms / 1000):
                await self.journal.wait_for(lambda _: len(fitting()) >= count or None)
        return fitting()

    def clear_journal(self) -> None:
        """Delete all entries."""
        if self.run_id is None:
            self.state.runs.journal.clear()
        for run in self.runs:
            run.journal.clear()
        self._cleared()

    def set_speed(self, speed: float) -> None:
        """Set the speed of replies that begin from now on."""
        for run in self.runs:
            run.group.speed = speed
        if self.run_id is None:
            self.state.runs.set_speed(speed)

    def reset(self) -> None:
        """Reset everything except open streams."""
        if self.run_id is None:
            self.state.runs.reset()
            self.state.registry.reset()
        else:
            self.run.reset()
        self._cleared()

    def _cleared(self) -> None:
        for watcher in tuple(self.state.watchers):
            watcher()
