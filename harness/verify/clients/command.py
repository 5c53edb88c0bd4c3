"""Runs a client: a command that finds the mock in its environment, or by `{url}` in its words.

The command runs once for each scenario. It is ended at the time limit, or a second after its
report.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from streamproof.contracts.text import visible
from streamproof.harness.client_variables import VARIABLES, variables_of
from streamproof.harness.errors import UsageError
from streamproof.harness.verify.clients.outcome import ClientOutcome, outcome_of, report_in

CLOSING_SECONDS: Final = 1.0
"""The time after a report in which a client closes its connections, or ends."""
MOST_OUTPUT_BYTES: Final = 64 * 1_048_576
SHOWN_BYTES: Final = 4_096
"""Of standard error, from its end."""
_READ_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True)
class ClientCommand:
    """The command of a client; `{url}` in a word or a variable is the URL of the mock."""

    words: Sequence[str]
    variables: Mapping[str, str] = field(default_factory=dict)
    """More environment variables."""
    limit_seconds: float = 10.0

    async def run(
        self, url: str, scenario: str, open_replies: Callable[[], int]
    ) -> "CommandRun":
        """Run the command once; raises `UsageError` if it cannot run.

        `open_replies` counts the replies that the client still reads, or keeps open.
        """
        try:
            process = await asyncio.create_subprocess_exec(
                *(word.replace("{url}", url) for word in self.words),
                env=self._environment(url, scenario),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,  # a shell or npm starts a process of its own
            )
        except (OSError, ValueError) as error:
            raise UsageError(f"COMMAND: '{self.words[0]}' cannot run: {error}") from error
        output = _Output(process)
        with suppress(TimeoutError):
            async with asyncio.timeout(self.limit_seconds):
                await output.watch(open_replies)
        return await output.ended()

    def _environment(self, url: str, scenario: str) -> dict[str, str]:
        given: dict[str, str | None] = {"STREAMPROOF_URL": url, "STREAMPROOF_SCENARIO": scenario}
        for client in VARIABLES:
            given |= variables_of(client, url)
        given |= {name: value.replace("{url}", url) for name, value in self.variables.items()}
        found = {**os.environ, **given}
        return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True, slots=True)
class CommandRun:
    """One run of a command."""

    outcome: ClientOutcome
    took_ms: float
    """The time until its end, or until it was ended."""
    open_after_report: int = 0
    """How many replies it kept open after its report, although it lived on."""


class _Output:
    """What one process prints, and whether it has reported."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._printed = bytearray()
        self._complained = bytearray()
        self._reported = asyncio.Event()
        self._open = 0
        self._exit_code: int | None = None
        self._started = asyncio.get_running_loop().time()
        self._reading = [
            asyncio.create_task(self._read_output()),
            asyncio.create_task(self._read_errors()),
        ]

    async def watch(self, open_replies: Callable[[], int]) -> None:
        """Wait until the process ends, or has reported and had time to close its connections."""
        exiting = asyncio.create_task(self._process.wait())
        reporting = asyncio.create_task(self._reported.wait())
        try:
            await asyncio.wait({exiting, reporting}, return_when=asyncio.FIRST_COMPLETED)
            if not exiting.done():
                await asyncio.wait({exiting}, timeout=CLOSING_SECONDS)
                if not exiting.done():
                    self._open = open_replies()
            self._exit_code = self._process.returncode
        finally:
            exiting.cancel()
            reporting.cancel()

    async def ended(self) -> CommandRun:
        """End the process with all that it has started, and return what it printed."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()
        await asyncio.gather(*self._reading)
        printed, complained = (
            bytes(data).decode("utf-8", "replace") for data in (self._printed, self._complained)
        )
        outcome = outcome_of(printed, self._exit_code, visible(complained))
        took = asyncio.get_running_loop().time() - self._started
        return CommandRun(outcome, took * 1000, self._open)

    async def _read_output(self) -> None:
        assert self._process.stdout is not None  # noqa: S101  # it is a pipe
        line_start = 0
        while data := await self._process.stdout.read(_READ_BYTES):
            if len(self._printed) >= MOST_OUTPUT_BYTES:
                continue  # read on, so that the process is not held up
            self._printed += data
            end = self._printed.rfind(b"\n")
            if end < line_start:
                continue
            lines = bytes(self._printed[line_start:end]).decode("utf-8", "replace").split("\n")
            line_start = end + 1
            if any(report_in(line) is not None for line in lines):
                self._reported.set()

    async def _read_errors(self) -> None:
        assert self._process.stderr is not None  # noqa: S101  # it is a pipe
        while data := await self._process.stderr.read(_READ_BYTES):
            self._complained = (self._complained + data)[-SHOWN_BYTES:]
