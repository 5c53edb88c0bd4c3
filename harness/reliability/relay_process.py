"""The process of the relay under test, seen from outside: start, kill, freeze, arm, count."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from streamproof.harness.errors import SetUpError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from streamproof.harness.reliability.failpoints import Strike

PROGRAM: Final = ("-m", "streamproof.harness.reliability.relay_program")
START_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Held:
    """What the process holds: tasks of its event loop, and open files and sockets.

    Its connections to a PostgreSQL server do not count as files: a pool opens them when it needs
    them, and keeps them.
    """

    tasks: int
    files: int
    connections: int = 0
    """Connections to a PostgreSQL server."""


class RelayProcess:
    """One relay; each start uses the same database and a new port."""

    def __init__(
        self, settings: Mapping[str, object], log: Path, program: Sequence[str] = PROGRAM
    ) -> None:
        self.settings = settings
        self.program = program
        self._answers = asyncio.Queue[dict[str, Any]]()
        self._up = asyncio.Event()
        self._down = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self.log = log
        self._log_read = 0
        self.url = ""
        self.struck = asyncio.Event()
        """Set when the armed failpoint was reached."""

    @property
    def database(self) -> Path:
        """The file of its database."""
        return Path(str(self.settings["database"]))

    async def start(self, strike: Strike | None = None) -> bool:
        """Start the process, armed; return False if it ends before it is ready."""
        self.struck.clear()
        with self.log.open("a") as log:
            self._process = process = await asyncio.create_subprocess_exec(
                sys.executable,
                *self.program,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        self._reading = asyncio.create_task(self._read(process))
        self._order({"settings": dict(self.settings), "arm": strike and strike.as_json()})
        ready = asyncio.create_task(self._up.wait())
        await asyncio.wait(
            [ready, self._reading], timeout=START_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        ready.cancel()
        return self._up.is_set()

    async def start_surely(self) -> None:
        """Start the process; raises `SetUpError` if it ends before it is ready."""
        if not await self.start():
            last = self.log.read_text("utf-8").strip().splitlines()[-1:]
            raise SetUpError(f"the relay under test did not start: {''.join(last)}")

    async def came_back(self) -> None:
        """Wait until the process that runs now has ended, and the next one is ready."""
        await self._down.wait()
        await self._up.wait()

    async def arm(self, strike: Strike | None) -> None:
        """Arm a failpoint, from its next call on; None disarms."""
        self.struck.clear()  # before: the strike can come at once
        await self._ask({"arm": strike and strike.as_json()})

    async def held(self) -> Held:
        """Return what the process holds now."""
        answer = await self._ask({"count": True})
        return Held(answer["tasks"], answer["files"], answer["connections"])

    def new_log(self) -> str:
        """Return what was logged since the last call."""
        with self.log.open("rb") as file:
            file.seek(self._log_read)
            added = file.read()
        self._log_read += len(added)
        return added.decode("utf-8", "replace")

    def kill(self) -> None:
        """Kill the process without a warning."""
        self.send(signal.SIGKILL)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process, if it is alive."""
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):  # `send_signal` would take the exit code away
                os.kill(self._process.pid, number)

    async def ended(self) -> int:
        """Wait until the process has ended, and return its exit code."""
        if self._process is None:
            return 0
        code = await self._process.wait()
        if self._reading is not None:
            await self._reading
        return code

    async def close(self) -> None:
        """End the process, whatever its state."""
        self.kill()
        await self.ended()

    def _order(self, order: Mapping[str, object]) -> None:
        if self._process is not None and self._process.stdin is not None:
            with suppress(ConnectionError):
                self._process.stdin.write(json.dumps(order).encode() + b"\n")

    async def _ask(self, order: Mapping[str, object]) -> dict[str, Any]:
        """Return the answer to an order; a process that ends meanwhile is asked when it is back."""
        try:
            async with asyncio.timeout(START_SECONDS):
                while True:
                    await self._up.wait()
                    self._order(order)
                    if answer := await self._answers.get():
                        return answer
        except TimeoutError:
            raise SetUpError(
                f"the relay under test did not answer in {START_SECONDS:g} s"
            ) from None

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        """Read what one process reports, until it ends."""
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        self._answers = answers = asyncio.Queue[dict[str, Any]]()
        while line := await process.stdout.readline():
            report = json.loads(line)
            if "struck" in report:
                self.struck.set()
            elif "ready" in report:
                self.url = report["ready"]
                self._down.clear()
                self._up.set()
            else:
                answers.put_nowait(report)
        self._up.clear()
        self._down.set()
        answers.put_nowait({})
