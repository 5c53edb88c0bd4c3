"""What faults do to relays that share a PostgreSQL database, and to its server."""

from __future__ import annotations

import asyncio
import signal
from functools import partial
from typing import TYPE_CHECKING, Final

from streamproof.harness.reliability.disturbances import freeze_for
from streamproof.harness.reliability.relay_process import RelayProcess
from streamproof.harness.reliability.trial_database import PostgresTrialDatabase

if TYPE_CHECKING:
    from streamproof.harness.reliability.fault import Disturbance
    from streamproof.harness.reliability.trial import Trial

PAST_LEASE: Final = 2
"""The leases that a relay is frozen for, if it shall lose its turns."""
TAKEOVER_SECONDS: Final = 10.0
"""How long the others may take to notice that an owner is frozen."""
CUTS: Final = 10
LISTENING: Final = "query LIKE 'LISTEN %' OR query = 'SHOW transaction_read_only'"
"""What the listening connection of a relay has executed last."""
_CUT: Final = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend'
AND pid <> pg_backend_pid() AND ({which})
"""
_LOCK: Final = "LOCK TABLE relay.relay_frame IN ACCESS EXCLUSIVE MODE"
_LOCK_TURN: Final = """
SELECT id FROM relay_turn WHERE status = 'running' ORDER BY id LIMIT 1 FOR UPDATE
"""


def _postgres(trial: Trial) -> PostgresTrialDatabase:
    database = trial.stage.database
    assert isinstance(database, PostgresTrialDatabase)  # noqa: S101 - as the catalogue says
    return database


async def kill_all(trial: Trial) -> None:
    """Kill all relays at once, at a moment."""
    await trial.some_moment()
    trial.may_end_with.add(-signal.SIGKILL)
    for relay in trial.stage.relays:
        relay.kill()
    trial.note_strike()
    await asyncio.gather(*(relay.came_back() for relay in trial.stage.relays))


async def freeze_past_lease(trial: Trial) -> None:
    """Stop a relay for longer than its leases, once all turns run."""
    await trial.all_have_frames()
    await freeze_for(PAST_LEASE * trial.scale.lease, trial)


async def freeze_past_silence(trial: Trial) -> None:
    """Stop a relay until its browsers have left it for another one."""
    await trial.some_moment()
    await freeze_for(trial.scale.silence + trial.scale.lease, trial)


async def freeze_all(trial: Trial) -> None:
    """Stop all relays for longer than their leases, and continue them at once."""
    await trial.some_moment()
    for relay in trial.stage.relays:
        relay.send(signal.SIGSTOP)
    trial.note_strike()
    await asyncio.sleep(PAST_LEASE * trial.scale.lease)
    for relay in trial.stage.relays:
        relay.send(signal.SIGCONT)


async def freeze_until_takeover(trial: Trial) -> None:
    """Stop a relay, and continue it while another one is about to end its turns."""
    await trial.all_have_frames()
    trial.relay.send(signal.SIGSTOP)
    strikes = [asyncio.create_task(relay.struck.wait()) for relay in trial.others]
    await asyncio.wait(strikes, timeout=TAKEOVER_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    for strike in strikes:
        strike.cancel()
    trial.relay.send(signal.SIGCONT)


async def _kill_database(leases: float, trial: Trial) -> None:
    await trial.some_moment()
    server = _postgres(trial).servers.primary
    trial.note_strike()  # the last moment at which the server can tell which turns run
    await asyncio.to_thread(server.kill)
    await asyncio.sleep(leases * trial.scale.lease)
    await asyncio.to_thread(server.start)


def kill_database(leases: float = 0.0) -> Disturbance:
    """Kill the server with all its processes, and start it again after this number of leases."""
    return partial(_kill_database, leases)


async def add_standby(trial: Trial) -> None:
    """Start a synchronous standby of the server, if its programs can make one."""
    servers = _postgres(trial).servers
    if servers.can_copy:
        await asyncio.to_thread(servers.add_standby)


async def fail_over(trial: Trial) -> None:
    """Kill the server, and let its standby take its place."""
    servers = _postgres(trial).servers
    if servers.can_copy:
        await trial.some_moment()
        trial.note_strike()
        await asyncio.to_thread(servers.fail_over)


async def _cut(which: str, times: int, trial: Trial) -> None:
    await trial.some_moment()
    for _ in range(times):
        if _postgres(trial).execute(_CUT.format(which=which)):
            trial.note_strike()
        await asyncio.sleep(trial.scale.moment / CUTS)


def cut_listening(times: int = 1) -> Disturbance:
    """Cut the connections on which relays hear each other, some times."""
    return partial(_cut, LISTENING, times)


def cut_all(times: int) -> Disturbance:
    """Cut all connections of the relays to the database, some times."""
    return partial(_cut, "true", times)


async def _lock_table(seconds: float, trial: Trial) -> None:
    await trial.some_moment()
    with _postgres(trial).held_open(_LOCK):
        trial.note_strike()
        await asyncio.sleep(seconds)


def lock_table(seconds: float) -> Disturbance:
    """Hold a lock of the frames from another program."""
    return partial(_lock_table, seconds)


async def lock_turn_past_lease(trial: Trial) -> None:
    """Hold a lock of a running turn for longer than its lease, from another program."""
    await trial.all_have_frames()
    with _postgres(trial).held_open(_LOCK_TURN) as locked:
        if locked:
            trial.note_strike()
            await asyncio.sleep(PAST_LEASE * trial.scale.lease)


async def resume_at_a_new_relay(trial: Trial) -> None:
    """Start one more relay, and read the running turns there from frame 0 and from frame 1."""
    await trial.all_have_frames()
    known = trial.relay
    new = RelayProcess(known.settings, known.log, known.program)
    try:
        await new.start_surely()
        trial.note_strike()
        browsers = [browser for browser in trial.browsers if browser.history.turn_id]
        readers = [trial.reader(browser, first, new) for browser in browsers for first in (0, 1)]
        await asyncio.gather(*(reader.run() for reader in readers))
    finally:
        await new.close()
