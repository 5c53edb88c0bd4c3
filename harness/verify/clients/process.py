"""Runs the process of a client, up to its end, its time limit, or a second after its report."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from streamproof.contracts.text import short, visible
from streamproof.harness.child_process import ChildProcess, start_child
from streamproof.harness.client_variables import client_environment
from streamproof.harness.errors import UsageError
from streamproof.harness.verify.clients.outcome import ClientOutcome, outcome_of, report_in
from streamproof.harness.verify.clients.served import ServedScenario

CLOSING_SECONDS: Final = 1.0
"""The time after a report in which a client closes its connections, or ends."""
MOST_OUTPUT_BYTES: Final = 64 * 1_048_576
SHOWN_BYTES: Final = 4_096
"""Of standard error, from its end."""


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
    own = {name: value.replace("{url}", url) for name, value in variables.items()}
    output = _Output()
    try:
        child = await start_child(
            [word.replace("{url}", url) for word in words],
            output.add,
            output.add_errors,
            environment=client_environment(url, scenario.scenario.name) | own,
        )
    except (OSError, ValueError) as error:
        raise UsageError(f"COMMAND: {short(words[0])} cannot run: {error}") from error
    exit_code, open_replies = None, 0
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(limit_seconds):
                await _ended_or_reported(child, output.reported)
                exit_code = child.exit_code
                if exit_code is None:
                    open_replies = scenario.open_replies()
    finally:
        await child.end()
    took = asyncio.get_running_loop().time() - child.started
    return ClientRun(output.outcome(exit_code), took * 1000, open_replies)


async def _ended_or_reported(child: ChildProcess, reported: asyncio.Event) -> None:
    """Wait until a process ends, or has reported and had time to close its connections."""
    ending = asyncio.create_task(child.wait())
    reporting = asyncio.create_task(reported.wait())
    try:
        await asyncio.wait({ending, reporting}, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait({ending}, timeout=CLOSING_SECONDS)
    finally:
        ending.cancel()
        reporting.cancel()


class _Output:
    """What a client has printed, and whether it has reported."""

    def __init__(self) -> None:
        self.reported = asyncio.Event()
        self._printed = bytearray()
        self._complained = bytearray()
        self._line_start = 0

    def add(self, data: bytes) -> None:
        """Add to standard output."""
        if len(self._printed) >= MOST_OUTPUT_BYTES:
            return
        self._printed += data
        end = self._printed.rfind(b"\n")
        if end < self._line_start:
            return
        lines = self._printed[self._line_start : end].decode("utf-8", "replace").split("\n")
        self._line_start = end + 1
        if any(report_in(line) is not None for line in lines):
            self.reported.set()

    def add_errors(self, data: bytes) -> None:
        """Add to standard error, of which the end is kept."""
        self._complained = (self._complained + data)[-SHOWN_BYTES:]

    def outcome(self, exit_code: int | None) -> ClientOutcome:
        """Return what the client made of the answer; without an exit code, it went on."""
        printed = self._printed.decode("utf-8", "replace")
        complained = visible(self._complained.decode("utf-8", "replace"))
        return outcome_of(printed, exit_code, complained)
