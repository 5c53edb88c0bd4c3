"""What a request to the control API is about: the whole mock, or one run by the URL `/run/ID`."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mock_ai.answering.runs import NO_RUN
from mock_ai.errors import NotThere

if TYPE_CHECKING:
    from collections.abc import Callable

    from mock_ai.answering.house import House
    from mock_ai.answering.runs import Run
    from mock_ai.playing.journal import Entry, Journal
    from mock_ai.playing.live import Live


@dataclass(frozen=True, slots=True)
class Scope:
    """The whole mock sees what all runs did, and chooses for requests without a run."""

    house: House
    run_id: str | None = None

    @property
    def run(self) -> Run:
        """The run for which scenarios are chosen."""
        return self.house.runs[NO_RUN if self.run_id is None else self.run_id]

    @property
    def runs(self) -> tuple[Run, ...]:
        """Every run in it."""
        return tuple(self.house.runs) if self.run_id is None else (self.run,)

    @property
    def journal(self) -> Journal:
        """What was asked and sent in it."""
        return self.house.runs.journal if self.run_id is None else self.run.journal

    @property
    def streams(self) -> list[Live]:
        """The live streams in it, oldest first."""
        streams = [live for run in self.runs for live in run.stage.streams]
        return sorted(streams, key=lambda live: live.entry.number)

    def entry(self, number: int) -> Entry:
        """Return an entry of the journal; raises `NotThere`."""
        for entry in self.journal:
            if entry.number == number:
                return entry
        raise NotThere(f"the journal has no entry {number}")

    def stream(self, number: int) -> Live:
        """Return a live stream by the number of its entry; raises `NotThere`."""
        for live in self.streams:
            if live.entry.number == number:
                return live
        raise NotThere(f"no stream {number} is live")

    def has(self, entry: Entry) -> bool:
        """Tell whether an entry belongs to it."""
        return self.run_id is None or entry.run == self.run_id

    async def wait_for(
        self, count: int, fits: Callable[[Entry], bool], timeout_ms: float
    ) -> list[Entry]:
        """Return the entries that fit, once there are so many, or when the time is up."""

        def fitting() -> list[Entry]:
            return [entry for entry in self.journal if fits(entry)]

        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_ms / 1000):
                await self.journal.wait_for(lambda _: len(fitting()) >= count or None)
        return fitting()

    def clear_journal(self) -> None:
        """Forget all entries."""
        if self.run_id is None:
            self.house.runs.journal.clear()
        for run in self.runs:
            run.journal.clear()

    def set_speed(self, speed: float) -> None:
        """Set the speed of replies that begin from now on."""
        for run in self.runs:
            run.stage.speed = speed
        if self.run_id is None:
            self.house.runs.set_speed(speed)

    def reset(self) -> None:
        """Start all over; only streams that are open stay."""
        if self.run_id is None:
            self.house.runs.reset()
            self.house.shelf.reset()
        else:
            self.run.reset()
