"""The process of the relay under test, seen from outside: start, kill, freeze, arm, count."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from streamproof.harness.errors import SetUpError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from streamproof.harness.reliability.failpoints import Strike

PROGRAM: Final = ("-m", "streamproof.harness.reliability.relay_program")
START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 15.0


@dataclass(frozen=True, slots=True)
class Held:
    """What the process holds: tasks of its event loop, and open files and sockets."""

    tasks: int
    files: int


class RelayProcess:
    """One relay; each start uses the same database and a new port."""

    def __init__(
        self, settings: Mapping[str, object], log: Path, program: Sequence[str] = PROGRAM
    ) -> None:
        self.settings = settings
        self._program = program
        self._answers = asyncio.Queue[dict[str, Any]]()
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self.log = log
        self.url = ""
        self.starts = 0
        self.struck = asyncio.Event()
        """Set when the armed failpoint was reached."""

    @property
    def is_running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.returncode is None

    async def start(self, strike: Strike | None = None) -> bool:
        """Start the process, armed; return False if it ends before it is ready."""
        self.struck.clear()
        self._answers = asyncio.Queue()
        with self.log.open("a") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *self._program,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        self.starts += 1
        self._reading = asyncio.create_task(self._read(self._process))
        self._order({"settings": dict(self.settings), "arm": strike and strike.as_json()})
        ready = await self._answer(START_SECONDS)
        self.url = ready.get("ready", "")
        return bool(ready)

    async def start_surely(self) -> None:
        """Start the process; raises `SetUpError` if it ends before it is ready."""
        if not await self.start():
            last = self.log.read_text("utf-8").strip().splitlines()[-1:]
            raise SetUpError(f"the relay under test did not start: {''.join(last)}")

    async def arm(self, strike: Strike | None) -> None:
        """Arm a failpoint, from its next call on; None disarms. A dead process is left alone."""
        self.struck.clear()
        self._order({"arm": strike and strike.as_json()})
        await self._answer()

    async def held(self) -> Held:
        """Return what the process holds now."""
        self._order({"count": True})
        answer = await self._answer()
        return Held(answer.get("tasks", 0), answer.get("files", 0))

    def kill(self) -> None:
        """Kill the process without a warning."""
        self.send(signal.SIGKILL)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process, if it is alive."""
        if self.is_running and self._process is not None:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def ended(self) -> int:
        """Wait until the process has ended, and return its exit code."""
        if self._process is None:
            return 0
        code = await self._process.wait()
        if self._reading is not None:
            await self._reading
        return code

    async def stop(self) -> int | None:
        """Stop the process in order; return its exit code, or None if it had to be killed."""
        self.send(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                return await self.ended()
        except TimeoutError:
            await self.close()
            return None

    async def close(self) -> None:
        """End the process, whatever its state."""
        self.kill()
        await self.ended()

    def _order(self, order: Mapping[str, object]) -> None:
        if self._process is not None and self._process.stdin is not None:
            with suppress(ConnectionError):
                self._process.stdin.write(json.dumps(order).encode() + b"\n")

    async def _answer(self, seconds: float = STOP_SECONDS) -> dict[str, Any]:
        """Return the next answer; an empty one if the process has ended."""
        try:
            async with asyncio.timeout(seconds):
                return await self._answers.get()
        except TimeoutError:
            raise SetUpError(f"the relay under test did not answer in {seconds:g} s") from None

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        answers = self._answers
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        while line := await process.stdout.readline():
            answer = json.loads(line)
            if "struck" in answer:
                self.struck.set()
            else:
                answers.put_nowait(answer)
        answers.put_nowait({})
