"""The failpoints of the relay under test: what happens at a named place, once it is armed.

This runs in the process of the relay. The place counts its calls from the moment it is armed, and
strikes at call `nth`.
"""

from __future__ import annotations

import errno
import os
import signal
import sqlite3
import sys
import threading
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

KILL: Final = "kill"
FREEZE: Final = "freeze"
FAIL: Final = "fail"
FILL_DISK: Final = "fill-disk"
SET_CLOCK: Final = "set-clock"
WAIT: Final = "wait"


@dataclass(frozen=True, slots=True)
class Strike:
    """What happens at call `nth` of a failpoint, and at the `times - 1` calls after it."""

    point: str
    action: str
    nth: int = 1
    times: int = 1
    seconds: float = 0.0
    """How long a full disk or a wait lasts; for a clock, how far it jumps."""

    def as_json(self) -> Mapping[str, object]:
        """Return the strike as the relay under test reads it."""
        return asdict(self)


class CommitError(sqlite3.OperationalError, ConnectionError):
    """The error of a database that cannot write; at `committed`, the lost answer of a commit.

    The driver of SQLite raises the one, and those of PostgreSQL raise the other.
    """


class MovableClock:
    """The wall clock of the relay, which a strike can move."""

    def __init__(self) -> None:
        self._offset = timedelta()

    def __call__(self) -> datetime:
        """Return the time."""
        return datetime.now(UTC) + self._offset

    def jump(self, seconds: float) -> None:
        """Move the clock."""
        self._offset += timedelta(seconds=seconds)

    def reset(self) -> None:
        """Show the right time again."""
        self._offset = timedelta()


class Failpoints:
    """The `failpoint` of a relay: armed with at most one strike at a time."""

    def __init__(self, clock: MovableClock, database: str, report: Callable[[str], None]) -> None:
        self._clock = clock
        self._database = Path(database)
        self._report = report
        self._lock = threading.Lock()
        self._strike: Strike | None = None
        self._calls = 0
        self._actions: Mapping[str, Callable[[Strike], None]] = {
            KILL: lambda _: os.kill(os.getpid(), signal.SIGKILL),
            FREEZE: lambda _: os.kill(os.getpid(), signal.SIGSTOP),
            FAIL: _fail,
            FILL_DISK: self._fill_disk,
            SET_CLOCK: lambda strike: self._clock.jump(strike.seconds),
            WAIT: _wait,
        }

    def arm(self, strike: Strike | None) -> None:
        """Count the calls of this failpoint from now on, at the right time; None disarms."""
        with self._lock:
            self._strike, self._calls = strike, 0
            self._clock.reset()

    def __call__(self, name: str) -> None:
        """Strike if it is time; called at every failpoint, on any thread."""
        with self._lock:
            strike = self._strike
            if strike is None or strike.point != name:
                return
            self._calls += 1
            is_time = strike.nth <= self._calls < strike.nth + strike.times
        if is_time:
            if strike.action != FILL_DISK:
                self._report(name)
            self._actions[strike.action](strike)

    def _fill_disk(self, strike: Strike) -> None:
        """Let the operating system refuse every write to a file, for some time; then report it.

        A limit of zero bytes refuses also what is written again at the beginning of a file: the
        write-ahead log begins anew after a checkpoint.
        """
        if sys.platform == "win32":
            raise NotImplementedError("Windows has no limit for the size of files")
        import resource

        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
        restored = (resource.RLIMIT_FSIZE, before)
        threading.Timer(strike.seconds, resource.setrlimit, restored).start()
        _check_refused(self._database.with_name("probe"))
        self._report(strike.point)


def _check_refused(path: Path) -> None:
    """Raise `RuntimeError` unless the operating system refuses a byte because of the limit."""
    found = "it succeeded"
    try:
        path.write_bytes(b"x")
    except OSError as error:
        if error.errno == errno.EFBIG:
            return
        found = str(error)
    raise RuntimeError(f"{path}: wanted a write that the limit refuses, but {found}")


def _fail(_strike: Strike) -> None:
    raise CommitError("disk I/O error")


def _wait(strike: Strike) -> None:
    threading.Event().wait(strike.seconds)


def read_strike(value: Mapping[str, Any] | None) -> Strike | None:
    """Return a strike from its JSON."""
    return None if value is None else Strike(**value)
