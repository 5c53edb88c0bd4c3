"""How far a long run is, on standard error: a bar on a terminal, plain lines everywhere else.

It also shows what runs now, and failures as they come. A run of less than two seconds prints
nothing into a pipe or a log.
"""

import asyncio
import os
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Protocol, Self, TextIO

from streamproof.contracts.text import counted, visible
from streamproof.harness.console import wants_colour

FIRST_SECONDS = 2.0
"""A shorter wait needs no explanation."""
EVERY_SECONDS = 10.0
"""The time between two lines."""
LOOK_SECONDS = 1.0
"""How often a line may be due while nothing ends."""

Advance = Callable[[], None]


class RunProgress(Protocol):
    """What a long run tells of itself."""

    def advance(self) -> None:
        """Count one more thing that is done."""

    def running(self, name: str) -> AbstractContextManager[None]:
        """Show while the block runs that this thing is not done."""

    def note(self, line: str) -> None:
        """Print a line that does not wait for the end of the run."""


@contextmanager
def progress_of(args: Namespace, noun: str, total: int) -> Iterator[RunProgress]:
    """Yield the progress of a run that does `total` things."""
    no_color = bool(getattr(args, "no_color", False))
    if wants_colour(sys.stderr, os.environ, no_color=no_color):
        with ProgressBar(noun, total) as bar:
            yield bar
    else:
        with _ticking(ProgressLines(noun, total, sys.stderr)) as lines:
            yield lines


@contextmanager
def _ticking(lines: "ProgressLines") -> Iterator["ProgressLines"]:
    """Let lines be printed while nothing ends."""
    is_over = Event()

    def tick() -> None:
        while not is_over.wait(LOOK_SECONDS):
            lines.tick()

    thread = Thread(target=tick, daemon=True)
    thread.start()
    try:
        yield lines
    finally:
        is_over.set()
        thread.join()


class RunningNames:
    """The names of what runs, the oldest first."""

    def __init__(self) -> None:
        self._names: dict[str, None] = {}

    @contextmanager
    def running(self, name: str) -> Iterator[None]:
        """Keep a name while the block runs."""
        self._names[name] = None
        try:
            yield
        finally:
            self._names.pop(name, None)

    def __len__(self) -> int:
        """Return how many things run."""
        return len(self._names)

    @property
    def oldest(self) -> str:
        """What has been running for the longest time; nothing if nothing runs."""
        return next(iter([*self._names]), "")


@dataclass(slots=True)
class ProgressLines:
    """Prints lines such as `40 of 228 scenarios, about 35 s left; now faults/cut`."""

    noun: str
    total: int
    out: TextIO
    now: Callable[[], float] = time.monotonic
    _done: int = field(default=0, init=False)
    _started: float = field(init=False)
    _next: float = field(init=False)
    _names: RunningNames = field(default_factory=RunningNames, init=False)
    _kept: list[str] = field(default_factory=list, init=False)
    """The notes of the first seconds."""

    def __post_init__(self) -> None:
        """Start the clock."""
        self._started = self.now()
        self._next = self._started + FIRST_SECONDS

    def advance(self) -> None:
        """Count one more, and print a line if the last one was some time ago."""
        self._done += 1
        self.tick()

    def running(self, name: str) -> AbstractContextManager[None]:
        """Show while the block runs that this thing is not done."""
        return self._names.running(name)

    def note(self, line: str) -> None:
        """Print a line, if the run is not a short one."""
        self._kept.append(line)
        if self.now() >= self._started + FIRST_SECONDS:
            self._print_notes()

    def tick(self) -> None:
        """Print a line if the last one was some time ago."""
        now = self.now()
        is_over = self._done >= self.total and not self._names.oldest
        if now < self._next or is_over:
            return
        self._next = now + EVERY_SECONDS
        self._print_notes()
        self._print(f"{self._done} of {counted(self.total, self.noun)}{self._more(now)}")

    def _more(self, now: float) -> str:
        """Return the estimate, and what runs, as far as they are known."""
        shown = f"; now {self._names.oldest}" if self._names.oldest else ""
        if not 0 < self._done < self.total:
            return shown
        left = (now - self._started) / self._done * (self.total - self._done)
        return f", about {left:.0f} s left{shown}"

    def _print_notes(self) -> None:
        kept, self._kept = self._kept, []
        for line in kept:
            self._print(line)

    def _print(self, line: str) -> None:
        print(visible(line), file=self.out, flush=True)


class ProgressBar:
    """A bar on a terminal, with an estimate and what runs now; it disappears at the end."""

    def __init__(self, noun: str, total: int) -> None:
        # Imported here: pipes and logs do not need it.
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        self._names = RunningNames()
        self._bar = Progress(
            TextColumn(f"{noun}s"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[now]}", markup=False),
            console=Console(file=sys.stderr),
            transient=True,
        )
        self._task = self._bar.add_task(noun, total=total, now="")

    def __enter__(self) -> Self:
        """Show the bar."""
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the bar."""
        self._bar.stop()

    def advance(self) -> None:
        """Count one more thing that is done."""
        self._bar.advance(self._task)

    @contextmanager
    def running(self, name: str) -> Iterator[None]:
        """Show while the block runs that this thing is not done."""
        with self._names.running(name):
            self._show_oldest()
            yield
        self._show_oldest()

    def note(self, line: str) -> None:
        """Print a line above the bar."""
        shown = visible(line)
        self._bar.console.print(shown, markup=False, highlight=False, soft_wrap=True)
        self._bar.refresh()

    def _show_oldest(self) -> None:
        self._bar.update(self._task, now=visible(self._names.oldest))


class WaitingSteps:
    """Says what a command waits for, once it has waited for two seconds; needs an event loop."""

    def __init__(self, out: TextIO | None = None, after_seconds: float = FIRST_SECONDS) -> None:
        self._out = out or sys.stderr
        self._after_seconds = after_seconds
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        """Begin without a step."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the last step."""
        self._end()

    def begin(self, step: str, at_most_seconds: float) -> None:
        """Begin a step; it ends the one before."""
        self._end()
        text = f"{step}; this takes at most {at_most_seconds:g} s"
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._after_seconds, self._print, text)

    def _end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _print(self, text: str) -> None:
        print(text, file=self._out, flush=True)
