"""What faults do to a relay and an SQLite file while turns run: signals, locks, a second relay.

Each notes its strike once it has its effect, not when it begins: by then the turns may have ended.
"""

from __future__ import annotations

import asyncio
import signal
from contextlib import closing
from functools import partial
from pathlib import Path
from sqlite3 import Connection, OperationalError
from typing import TYPE_CHECKING, Final

from streamproof.harness.reliability.relay_process import RelayProcess
from streamproof.harness.reliability.trial_database import connect_file

if TYPE_CHECKING:
    from streamproof.harness.reliability.fault import Disturbance
    from streamproof.harness.reliability.trial import Trial

LOCK_MORE_SECONDS: Final = 0.4
"""How much longer than the relay waits the long lock lasts."""


async def kill(trial: Trial) -> None:
    """Kill the relay at a moment."""
    await trial.some_moment()
    await _kill_now(trial)


async def kill_running(trial: Trial) -> None:
    """Kill the relay while all turns run."""
    await trial.all_have_frames()
    await _kill_now(trial)


async def _kill_now(trial: Trial) -> None:
    trial.may_end_with.add(-signal.SIGKILL)
    trial.relay.kill()
    trial.note_strike()
    await trial.relay.came_back()


async def terminate(trial: Trial) -> None:
    """Ask the relay to stop at a moment, and start it again."""
    await trial.some_moment()
    trial.may_end_with.add(0)
    trial.relay.send(signal.SIGTERM)
    trial.note_strike()
    await trial.relay.came_back()


async def freeze_for(seconds: float, trial: Trial) -> None:
    """Stop the relay for some time from now; its memory stays."""
    trial.relay.send(signal.SIGSTOP)
    trial.note_strike()
    await asyncio.sleep(seconds)
    trial.relay.send(signal.SIGCONT)


async def _freeze(seconds: float, trial: Trial) -> None:
    await trial.some_moment()
    await freeze_for(seconds, trial)


def freeze(seconds: float) -> Disturbance:
    """Stop the relay for some time, at a moment."""
    return partial(_freeze, seconds)


async def start_second(trial: Trial) -> None:
    """Start a second relay on the same file while the first one runs."""
    await trial.some_moment()
    await _start_second_now(trial)


async def _start_second_now(trial: Trial) -> None:
    first = trial.relay
    second = RelayProcess(first.settings, Path(f"{first.log}.second"), first.program)
    try:
        if await second.start():
            trial.unexpected.append("a second relay started on the same database")
        trial.note_strike()
    finally:
        await second.close()


async def start_second_while_frozen(trial: Trial) -> None:
    """Start a second relay while the first one is frozen and holds the file."""
    await trial.some_moment()
    trial.relay.send(signal.SIGSTOP)
    try:
        await _start_second_now(trial)
    finally:
        trial.relay.send(signal.SIGCONT)


async def _lock(seconds: float, trial: Trial) -> None:
    await trial.some_moment()
    await _hold_lock(seconds, trial)


async def _hold_lock(seconds: float, trial: Trial) -> None:
    with closing(connect_file(trial.relay.database, "rw")) as connection:
        connection.execute("BEGIN IMMEDIATE")
        trial.note_strike()
        await asyncio.sleep(seconds)
        connection.execute("ROLLBACK")


def lock(seconds: float) -> Disturbance:
    """Hold the write lock of the database from another program."""
    return partial(_lock, seconds)


async def lock_often(trial: Trial) -> None:
    """Take the write lock again and again, for a moment each."""
    await trial.some_moment()
    for _ in range(10):
        await _hold_lock(0.02, trial)


async def read_long(trial: Trial) -> None:
    """Hold an old snapshot of the database, so that its write-ahead log cannot be reset."""
    await trial.some_moment()
    with closing(connect_file(trial.relay.database)) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM relay_turn").fetchone()
        trial.note_strike()
        await asyncio.sleep(trial.scale.moment)


async def checkpoint(trial: Trial) -> None:
    """Copy the write-ahead log into the file from another program."""
    await trial.some_moment()
    with closing(connect_file(trial.relay.database, "rw")) as connection:
        for mode in ("PASSIVE", "RESTART", "TRUNCATE"):
            if _copies(connection, mode):
                trial.note_strike()
            await asyncio.sleep(trial.scale.moment / 5)


def _copies(connection: Connection, mode: str) -> bool:
    """Copy the write-ahead log, and tell whether the locks of others permitted it."""
    try:
        is_busy, _, _ = connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
    except OperationalError:  # the file is locked
        return False
    return not is_busy
