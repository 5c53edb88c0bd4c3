"""Runs the process of a client, up to its end, its time limit, or a second after its report."""

import asyncio
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from streamproof.contracts.text import short, visible
from streamproof.harness.client_variables import VARIABLES, variables_of
from streamproof.harness.errors import UsageError
from streamproof.harness.verify.clients.outcome import ClientOutcome, outcome_of, report_in
from streamproof.harness.verify.clients.served import ServedScenario

CLOSING_SECONDS: Final = 1.0
"""The time after a report in which a client closes its connections, or ends."""
MOST_OUTPUT_BYTES: Final = 64 * 1_048_576
SHOWN_BYTES: Final = 4_096
"""Of standard error, from its end."""
_READ_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True)
class ClientRun:
    """One run of a command."""

    outcome: ClientOutcome
    took_ms: float
    """The time until its end, or until it was ended."""
    open_after_report: int
    """How many replies it kept open after its report, although it lived on."""


async def run_client(
    words: Sequence[str],
    variables: Mapping[str, str],
    limit_seconds: float,
    scenario: ServedScenario,
) -> ClientRun:
    """Run a command for a scenario; raises `UsageError` if it cannot run."""
    url = scenario.url
    try:
        process = await asyncio.create_subprocess_exec(
            *(word.replace("{url}", url) for word in words),
            env=_environment(variables, url, scenario.scenario.name),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,  # a shell or npm starts a process of its own
        )
    except (OSError, ValueError) as error:
        raise UsageError(f"COMMAND: {short(words[0])} cannot run: {error}") from error
    running = _Running(process)
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(limit_seconds):
                await running.watch(scenario.open_replies)
    finally:
        await running.end()
    return running.result()


def _environment(variables: Mapping[str, str], url: str, scenario: str) -> dict[str, str]:
    found: dict[str, str | None] = dict(os.environ)
    for client in VARIABLES:
        found |= variables_of(client, url)
    found |= {"STREAMPROOF_URL": url, "STREAMPROOF_SCENARIO": scenario}
    found |= {name: value.replace("{url}", url) for name, value in variables.items()}
    return {name: value for name, value in found.items() if value is not None}


class _Running:
    """A process while it runs: what it has printed, and whether it has reported."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._started = asyncio.get_running_loop().time()
        self._printed = bytearray()
        self._complained = bytearray()
        self._reported = asyncio.Event()
        self._open_replies = 0
        self._exit_code: int | None = None
        self._reading = (
            asyncio.create_task(self._read_output()),
            asyncio.create_task(self._read_errors()),
        )

    async def watch(self, open_replies: Callable[[], int]) -> None:
        """Wait until the process ends, or has reported and had time to close its connections."""
        exiting = asyncio.create_task(self._process.wait())
        reporting = asyncio.create_task(self._reported.wait())
        try:
            await asyncio.wait({exiting, reporting}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({exiting}, timeout=CLOSING_SECONDS)
            if not exiting.done():
                self._open_replies = open_replies()
            self._exit_code = self._process.returncode
        finally:
            exiting.cancel()
            reporting.cancel()

    async def end(self) -> None:
        """End the process with all that it has started, and read the rest of its output."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()
        await asyncio.gather(*self._reading)

    def result(self) -> ClientRun:
        """Return what the process did."""
        printed = self._printed.decode("utf-8", "replace")
        complained = visible(self._complained.decode("utf-8", "replace"))
        took = asyncio.get_running_loop().time() - self._started
        outcome = outcome_of(printed, self._exit_code, complained)
        return ClientRun(outcome, took * 1000, self._open_replies)

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
            lines = self._printed[line_start:end].decode("utf-8", "replace").split("\n")
            line_start = end + 1
            if any(report_in(line) is not None for line in lines):
                self._reported.set()

    async def _read_errors(self) -> None:
        assert self._process.stderr is not None  # noqa: S101  # it is a pipe
        while data := await self._process.stderr.read(_READ_BYTES):
            self._complained = (self._complained + data)[-SHOWN_BYTES:]
