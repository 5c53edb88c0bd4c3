"""The relay under test, as a program: the reference relay with failpoints and a movable clock.

It reads orders from standard input and answers on standard output, one JSON object per line. The
first order has its settings. It stops at SIGTERM, or when its standard input closes.

The turns of a trial are short. So with SQLite the relay moves their frames from the frames file to
the database much sooner than usual, and begins new files: faults must strike there as well.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import stat
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from streamproof.harness.http.server import serving
from streamproof.harness.reliability.failpoints import Failpoints, MovableClock, read_strike
from streamproof.harness.tasks import background
from streamproof.relay.app import create_app, drain
from streamproof.relay.auth import issue_token
from streamproof.relay.dependencies import Dependencies
from streamproof.relay.log import moves
from streamproof.relay.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

OPEN_FILES: Final = Path("/proc/self/fd")
SOCKET_OF_POSTGRES: Final = ".s.PGSQL."
RUNNER: Final = partial(web.AppRunner, shutdown_timeout=1.0)


TOKEN_SECONDS: Final = 86_400
SIZES: Final = {"BYTES_OF_A_MOVE": 500, "BYTES_OF_A_TRANSACTION": 1500, "FILE_BYTES": 3000}
"""The sizes of `streamproof.relay.log.moves` in a trial."""


def token_of(settings: Mapping[str, object], user_id: str) -> str:
    """Return a token that the relay with these settings accepts."""
    return issue_token(str(settings["jwt_secret"]), user_id, TOKEN_SECONDS)


def main() -> None:
    """Serve until SIGTERM, or until standard input closes."""
    order = json.loads(sys.stdin.readline())
    asyncio.run(_serve(Settings(**order["settings"]), order.get("arm")))


async def _serve(settings: Settings, strike: dict[str, Any] | None) -> None:
    clock = MovableClock()
    failpoints = Failpoints(clock, settings.database, lambda name: say({"struck": name}))
    failpoints.arm(read_strike(strike))
    for name, size in SIZES.items():
        setattr(moves, name, size)
    app = create_app(settings, Dependencies(failpoint=failpoints, now=clock))
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    async with serving(app, make_runner=RUNNER) as url:
        say({"ready": url})
        async with background(_obey(failpoints, stopped)):
            await stopped.wait()
            await drain(app)


async def _obey(failpoints: Failpoints, stopped: asyncio.Event) -> None:
    """Carry out the orders from standard input."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        order = json.loads(line)
        if "arm" in order:
            failpoints.arm(read_strike(order["arm"]))
            say({"armed": True})
        else:
            say({"tasks": len(asyncio.all_tasks()), **_open_files()})
    stopped.set()


def _open_files() -> dict[str, object]:
    """Count the open files, and the connections to a PostgreSQL server apart from them."""
    numbers = [int(path.name) for path in OPEN_FILES.iterdir()] if OPEN_FILES.exists() else []
    connections = sum(map(_leads_to_postgres, numbers))
    return {"files": len(numbers) - connections, "connections": connections}


def _leads_to_postgres(number: int) -> bool:
    """Tell whether a file is a connection to the Unix socket of a PostgreSQL server."""
    try:
        if not stat.S_ISSOCK(os.fstat(number).st_mode):
            return False
        with socket.socket(fileno=os.dup(number)) as connection:
            peer = connection.getpeername()
    except OSError:  # closed meanwhile, or not connected
        return False
    return SOCKET_OF_POSTGRES in str(peer)


def say(answer: dict[str, object]) -> None:
    """Write one line, at once: the process may be killed next."""
    os.write(sys.stdout.fileno(), json.dumps(answer).encode() + b"\n")


if __name__ == "__main__":
    main()
