"""How far a long run is, on standard error: a bar on a terminal, plain lines everywhere else.

A run of less than two seconds prints nothing into a pipe or a log.
"""

import asyncio
import os
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self, TextIO

from streamproof.contracts.text import counted
from streamproof.harness.console import wants_colour

FIRST_SECONDS = 2.0
"""A shorter wait needs no explanation."""
EVERY_SECONDS = 10.0
"""The time between two lines."""

Advance = Callable[[], None]


@contextmanager
def progress_of(args: Namespace, noun: str, total: int) -> Iterator[Advance]:
    """Yield a function to call after each of `total` things."""
    no_color = bool(getattr(args, "no_color", False))
    if wants_colour(sys.stderr, os.environ, no_color=no_color):
        with _bar(noun, total) as advance:
            yield advance
    else:
        yield ProgressLines(noun, total, sys.stderr).advance


@dataclass(slots=True)
class ProgressLines:
    """Prints lines such as `40 of 228 scenarios, about 35 s left`."""

    noun: str
    total: int
    out: TextIO
    now: Callable[[], float] = time.monotonic
    _done: int = field(default=0, init=False)
    _started: float = field(init=False)
    _next: float = field(init=False)

    def __post_init__(self) -> None:
        """Start the clock."""
        self._started = self.now()
        self._next = self._started + FIRST_SECONDS

    def advance(self) -> None:
        """Count one more, and print a line if the last one was some time ago."""
        self._done += 1
        now = self.now()
        if now < self._next or self._done >= self.total:
            return
        self._next = now + EVERY_SECONDS
        left = (now - self._started) / self._done * (self.total - self._done)
        things = counted(self.total, self.noun)
        print(f"{self._done} of {things}, about {left:.0f} s left", file=self.out, flush=True)


@contextmanager
def _bar(noun: str, total: int) -> Iterator[Advance]:
    # Imported here: pipes and logs do not need it.
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn(f"{noun}s"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task(noun, total=total)
        yield lambda: bar.advance(task)


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
