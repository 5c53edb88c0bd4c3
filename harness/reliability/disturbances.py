"""What faults do while turns run, besides the failpoints: signals, locks, and other clients."""

from __future__ import annotations

import asyncio
import signal
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from sqlite3 import OperationalError
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import urlsplit

import aiohttp

from streamproof.contracts.sse import Decoder
from streamproof.harness.reliability.browser import STREAM
from streamproof.harness.reliability.history import History, SeenFrame
from streamproof.harness.reliability.relay_process import RelayProcess
from streamproof.harness.reliability.rows import connect

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from streamproof.harness.reliability.browser import Browser
    from streamproof.harness.reliability.fault import Disturbance
    from streamproof.harness.reliability.trial import Trial

MOMENT_SECONDS: Final = 0.18
"""About how long a turn of the steady scenario lasts; faults strike somewhere within."""
LOCK_MORE_SECONDS: Final = 0.4
"""How much longer than the relay waits the long lock lasts."""
STORM: Final = 15
"""Connections at once of one browser."""
MakeId: TypeAlias = "Callable[[str, str], str]"
UNKNOWN: Final = "00000000-0000-7000-8000-000000000000:0"


async def _moment(trial: Trial) -> None:
    """Wait until some moment of the turns, and note the strike."""
    await asyncio.sleep(trial.chance("moment") * MOMENT_SECONDS)
    trial.note_strike()


async def _all_started(trial: Trial) -> None:
    """Wait until each browser has its first frame, and note the strike."""
    await asyncio.gather(*(browser.first_frame.wait() for browser in trial.browsers))
    trial.note_strike()


async def kill(trial: Trial) -> None:
    """Kill the relay at a moment."""
    await _moment(trial)
    await _kill_now(trial)


async def kill_running(trial: Trial) -> None:
    """Kill the relay while all turns run."""
    await _all_started(trial)
    await _kill_now(trial)


async def _kill_now(trial: Trial) -> None:
    trial.relay.kill()
    await trial.relay.came_back()


async def terminate(trial: Trial) -> None:
    """Ask the relay to stop at a moment, and start it again."""
    await _moment(trial)
    trial.relay.send(signal.SIGTERM)
    await trial.relay.came_back()


async def _freeze(seconds: float, trial: Trial) -> None:
    await _moment(trial)
    trial.relay.send(signal.SIGSTOP)
    await asyncio.sleep(seconds)
    trial.relay.send(signal.SIGCONT)


def freeze(seconds: float) -> Disturbance:
    """Stop the relay for some time; its memory stays."""
    return partial(_freeze, seconds)


async def start_second(trial: Trial) -> None:
    """Start a second relay on the same file while the first one runs."""
    await _moment(trial)
    second = RelayProcess(trial.relay.settings, Path(f"{trial.relay.log}.second"), trial.program)
    try:
        if await second.start():
            trial.leftovers.append("a second relay started on the same database")
    finally:
        await second.close()


async def start_second_while_frozen(trial: Trial) -> None:
    """Start a second relay while the first one is frozen and holds the file."""
    await _moment(trial)
    trial.relay.send(signal.SIGSTOP)
    try:
        await start_second(trial)
    finally:
        trial.relay.send(signal.SIGCONT)


async def _lock(seconds: float, trial: Trial) -> None:
    await _moment(trial)
    await _hold_lock(seconds, trial)


async def _hold_lock(seconds: float, trial: Trial) -> None:
    with closing(connect(trial.database, "rw")) as connection:
        connection.execute("BEGIN IMMEDIATE")
        await asyncio.sleep(seconds)
        connection.execute("ROLLBACK")


def lock(seconds: float) -> Disturbance:
    """Hold the write lock of the database from another program."""
    return partial(_lock, seconds)


async def lock_often(trial: Trial) -> None:
    """Take the write lock again and again, for a moment each."""
    await _moment(trial)
    for _ in range(10):
        await _hold_lock(0.02, trial)


async def read_long(trial: Trial) -> None:
    """Hold an old snapshot of the database, so that its write-ahead log cannot be reset."""
    await _moment(trial)
    with closing(connect(trial.database)) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM relay_turn").fetchone()
        await asyncio.sleep(MOMENT_SECONDS)


async def checkpoint(trial: Trial) -> None:
    """Copy the write-ahead log into the file from another program."""
    await _moment(trial)
    with closing(connect(trial.database, "rw")) as connection:
        for mode in ("PASSIVE", "RESTART", "TRUNCATE"):
            with suppress(OperationalError):  # the file is locked
                connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
            await asyncio.sleep(MOMENT_SECONDS / 5)


async def _expect(
    browser: Browser,
    status: int,
    method: str,
    path: str,
    headers: Mapping[str, str] | None = None,
    data: Mapping[str, str] | None = None,
) -> None:
    """Send a request that must get this status; a relay that is away does not count."""
    with suppress(aiohttp.ClientError, ConnectionError):
        async with await browser.request(method, path, headers, data) as response:
            if response.status not in {status, 503}:
                browser.history.unexpected.append(
                    f"{method} {path}: status {response.status}, wanted {status}"
                )


async def stop_turns(trial: Trial) -> None:
    """Stop each turn at a moment, twice at once."""
    await _moment(trial)
    await _stop_now(trial)


async def stop_running(trial: Trial) -> None:
    """Stop each turn while all of them run, twice at once."""
    await _all_started(trial)
    await _stop_now(trial)


async def _stop_now(trial: Trial) -> None:
    paths = [f"/api/chat/{browser.history.room}/stop" for browser in trial.browsers]
    await asyncio.gather(
        *(
            _expect(browser, 200, "POST", path)
            for browser, path in zip(trial.browsers, paths, strict=True)
            for _ in range(2)
        )
    )


async def stop_ended_turns(trial: Trial) -> None:
    """Stop each turn after its end."""
    trial.note_strike()
    await asyncio.gather(*(browser.done.wait() for browser in trial.browsers))
    for browser in trial.browsers:
        await _expect(browser, 200, "POST", f"/api/chat/{browser.history.room}/stop")


async def _read_again(trial: Trial, browser: Browser, after: int) -> None:
    """Read the turn of a browser a second time, after a frame; -1 for the whole turn."""
    await browser.first_frame.wait()
    turn_id = browser.history.turn_id
    history = History(browser.history.room, browser.history.question, turn_id, first=after + 1)
    headers = {"Last-Event-ID": f"{turn_id}:{after}"} if after >= 0 else {}
    path = STREAM if after >= 0 else f"{STREAM}?turnId={turn_id}"
    async with await browser.request("GET", path, headers=headers) as response:
        if response.status != 200:
            browser.history.unexpected.append(f"status {response.status} for a second reader")
            return
        trial.readers.append(history)
        decoder = Decoder()
        while chunk := await response.content.readany():
            for event in decoder.feed(chunk):
                n = int(event.id.rpartition(":")[2])
                history.frames.append(SeenFrame(n, event.event, event.data))


async def second_tab(trial: Trial) -> None:
    """Read each turn in a second tab, from its start."""
    trial.note_strike()
    await asyncio.gather(*(_read_again(trial, browser, -1) for browser in trial.browsers))


async def stale_id(trial: Trial) -> None:
    """Read each turn again after its first frame."""
    trial.note_strike()
    await asyncio.gather(*(_read_again(trial, browser, 0) for browser in trial.browsers))


async def _wrong_id(status: int, make_id: MakeId, trial: Trial) -> None:
    trial.note_strike()
    others = [*trial.browsers[1:], trial.browsers[0]]
    for browser, other in zip(trial.browsers, others, strict=True):
        await other.first_frame.wait()
        await browser.first_frame.wait()
        last = make_id(browser.history.turn_id, other.history.turn_id)
        await _expect(browser, status, "GET", STREAM, headers={"Last-Event-ID": last})


def wrong_id(status: int, make_id: MakeId) -> Disturbance:
    """Resume after an ID that a browser cannot have; `make_id` gets its turn and a foreign one."""
    return partial(_wrong_id, status, make_id)


async def no_token(trial: Trial) -> None:
    """Read each turn without a token."""
    trial.note_strike()
    for browser in trial.browsers:
        await _expect(browser, 401, "GET", STREAM, headers={"Authorization": ""})


async def ask_twice_in_a_room(trial: Trial) -> None:
    """Ask another question with the key of the running one."""
    trial.note_strike()
    for browser in trial.browsers:
        await browser.first_frame.wait()
        await _expect(
            browser,
            409,
            "POST",
            f"/api/chat/{browser.history.room}/messages",
            data={"message": "another question"},
            headers={"Idempotency-Key": f"key-{browser.history.room}"},
        )


async def storm(trial: Trial) -> None:
    """Open many connections to each turn at once, read a little, and leave."""
    trial.note_strike()
    await asyncio.gather(*(_storm_of(browser) for browser in trial.browsers))


async def _storm_of(browser: Browser) -> None:
    await browser.first_frame.wait()
    path = f"{STREAM}?turnId={browser.history.turn_id}"

    async def visit() -> None:
        with suppress(aiohttp.ClientError):
            async with await browser.request("GET", path) as response:
                await response.content.readany()
                response.close()

    await asyncio.gather(*(visit() for _ in range(STORM)))


async def half_requests(trial: Trial) -> None:
    """Open connections that send half a request, or that never read, and leave them open."""
    await _all_started(trial)
    parts = urlsplit(trial.relay.url)
    writers = []
    for browser in trial.browsers:
        token = browser.headers["Authorization"]
        path = f"{STREAM}?turnId={browser.history.turn_id}"
        whole = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n\r\n".encode()
        for data in (whole[:40], whole):
            _, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=1)
            writer.write(data)
            writers.append(writer)
    await asyncio.gather(*(browser.done.wait() for browser in trial.browsers))
    for writer in writers:
        writer.transport.abort()
