"""What other clients do while turns run: they stop, read again, send wrong requests, never read."""

from __future__ import annotations

import asyncio
import socket
from contextlib import closing, suppress
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import urlsplit

import aiohttp

from streamproof.harness.reliability.browser import STREAM

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from streamproof.harness.reliability.browser import Browser
    from streamproof.harness.reliability.fault import Disturbance
    from streamproof.harness.reliability.trial import Trial

STORM: Final = 15
"""Connections at once of one browser."""
SMALL_BUFFER_BYTES: Final = 4096
TERMINAL_FRAMES: Final = (b"\nevent: end\n", b"\nevent: error\n")
READ_BYTES: Final = 65_536
MakeId: TypeAlias = "Callable[[str, str], str]"
UNKNOWN: Final = "00000000-0000-7000-8000-000000000000:0"


async def _expect(
    trial: Trial,
    browser: Browser,
    status: int,
    method: str,
    path: str,
    headers: Mapping[str, str] | None = None,
    data: Mapping[str, str] | None = None,
    *,
    reads: bool = False,
) -> None:
    """Send a request that must get this status, unless the fault ends the relay meanwhile.

    With `reads`, it must get a frame as well.
    """
    try:
        async with await browser.request(method, path, headers, data) as response:
            actual = f"status {response.status}" if response.status != status else ""
            if reads and not actual and not await _has_frame(response):
                actual = "no frame"
    except (aiohttp.ClientError, ConnectionError) as error:
        actual = "" if trial.may_end_with else f"{error!r}"
    if actual:
        browser.history.unexpected.append(f"{method} {path}: {actual}, wanted {status}")


async def _has_frame(response: aiohttp.ClientResponse) -> bool:
    """Read up to the ID of the first frame; return False if the stream ends before."""
    async for line in response.content:
        if line.startswith(b"id:"):
            return True
    return False


async def stop_turns(trial: Trial) -> None:
    """Stop each turn at a moment, twice at once."""
    await trial.some_moment()
    trial.note_strike()
    await _stop_now(trial)


async def stop_running(trial: Trial) -> None:
    """Stop each turn while all of them run, twice at once."""
    await trial.all_have_frames()
    trial.note_strike()
    await _stop_now(trial)


async def _stop_now(trial: Trial) -> None:
    paths = [f"/api/chat/{browser.history.room}/stop" for browser in trial.browsers]
    await asyncio.gather(
        *(
            _expect(trial, browser, 200, "POST", path)
            for browser, path in zip(trial.browsers, paths, strict=True)
            for _ in range(2)
        )
    )


async def stop_ended_turns(trial: Trial) -> None:
    """Stop each turn after its end."""
    await asyncio.gather(*(browser.done.wait() for browser in trial.browsers))
    trial.note_strike(needs_turns=False)
    for browser in trial.browsers:
        await _expect(trial, browser, 200, "POST", f"/api/chat/{browser.history.room}/stop")


async def _read_again(first: int, trial: Trial) -> None:
    await trial.all_have_frames()
    trial.note_strike()
    known = [browser for browser in trial.browsers if browser.history.turn_id]
    readers = [trial.reader(browser, first) for browser in known]
    await asyncio.gather(*(reader.run() for reader in readers))


def read_again(first: int) -> Disturbance:
    """Read each turn in a second tab, from this frame."""
    return partial(_read_again, first)


async def _wrong_id(status: int, make_id: MakeId, trial: Trial) -> None:
    await trial.all_have_frames()
    trial.note_strike()
    others = [*trial.browsers[1:], trial.browsers[0]]
    for browser, other in zip(trial.browsers, others, strict=True):
        last = make_id(browser.history.turn_id, other.history.turn_id)
        await _expect(trial, browser, status, "GET", STREAM, headers={"Last-Event-ID": last})


def wrong_id(status: int, make_id: MakeId) -> Disturbance:
    """Resume after an ID that a browser cannot have; `make_id` gets its turn and a foreign one."""
    return partial(_wrong_id, status, make_id)


async def no_token(trial: Trial) -> None:
    """Read each turn without a token."""
    await trial.some_moment()
    trial.note_strike()
    for browser in trial.browsers:
        await _expect(trial, browser, 401, "GET", STREAM, headers={"Authorization": ""})


async def ask_twice_in_a_room(trial: Trial) -> None:
    """Ask another question with the key of the running one."""
    await trial.all_have_frames()
    trial.note_strike()
    for browser in trial.browsers:
        await _expect(
            trial,
            browser,
            409,
            "POST",
            f"/api/chat/{browser.history.room}/messages",
            data={"message": "another question"},
            headers={"Idempotency-Key": f"key-{browser.history.room}"},
        )


async def storm(trial: Trial) -> None:
    """Open many connections to each turn at once, read a frame on each, and leave."""
    await trial.all_have_frames()
    trial.note_strike()
    await asyncio.gather(*(_storm_of(trial, browser) for browser in trial.browsers))


async def _storm_of(trial: Trial, browser: Browser) -> None:
    path = f"{STREAM}?turnId={browser.history.turn_id}"
    visits = (_expect(trial, browser, 200, "GET", path, reads=True) for _ in range(STORM))
    await asyncio.gather(*visits)


async def half_requests(trial: Trial) -> None:
    """Open connections that send half a request, and leave them open."""
    await trial.all_have_frames()
    trial.note_strike()
    connections = [await _connected(trial, _request(browser)[:40]) for browser in trial.browsers]
    await asyncio.gather(*(browser.done.wait() for browser in trial.browsers))
    for connection in connections:
        connection.close()


async def never_read(trial: Trial) -> None:
    """Open connections that ask for each turn, and never read; the relay must close them."""
    await trial.all_have_frames()
    trial.note_strike()
    connections = [await _connected(trial, _request(browser)) for browser in trial.browsers]
    await asyncio.gather(*(browser.done.wait() for browser in trial.browsers))
    for before, held in zip(trial.stage.held, await trial.settled_held(), strict=True):
        if held.tasks > before.tasks:
            trial.unexpected.append("the connection of a browser that reads nothing stays open")
    ends = [await _reads_to_end(connection, trial.scale.patience) for connection in connections]
    trial.reached &= not all(ends)


def _request(browser: Browser) -> bytes:
    """Return the bytes of a request for the turn of a browser."""
    token = browser.headers["Authorization"]
    path = f"{STREAM}?turnId={browser.history.turn_id}"
    lines = (f"GET {path} HTTP/1.1", "Host: x", f"Authorization: {token}", "Connection: close")
    return "\r\n".join([*lines, "", ""]).encode()


async def _connected(trial: Trial, data: bytes) -> socket.socket:
    """Return a connection with a small buffer, on which these bytes were sent."""
    parts = urlsplit(trial.relay.url)
    connection = socket.socket()
    connection.setblocking(False)  # noqa: FBT003 - the signature of a socket
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER_BYTES)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(connection, (parts.hostname, parts.port))
    await loop.sock_sendall(connection, data)
    return connection


async def _reads_to_end(connection: socket.socket, seconds: float) -> bool:
    """Read what the buffers hold, and tell whether the terminal frame is in it."""
    loop, last = asyncio.get_running_loop(), b""
    with closing(connection), suppress(ConnectionError, TimeoutError):
        async with asyncio.timeout(seconds):
            while data := await loop.sock_recv(connection, READ_BYTES):
                last = last[-READ_BYTES:] + data
    return any(event in last for event in TERMINAL_FRAMES)
