"""A backend that the harness starts, waits for, and starts again when it has ended."""

import asyncio
import os
import shlex
import signal
from collections import deque
from collections.abc import Mapping
from contextlib import suppress

import aiohttp
from yarl import URL

from streamproof.contracts.text import visible
from streamproof.harness.child_process import ChildProcess, start_child
from streamproof.harness.errors import SetUpError, UsageError
from streamproof.harness.http.failing import failure_text
from streamproof.harness.masking import masked_url
from streamproof.harness.verify.settings.model import BackendSettings

POLL_SECONDS = 0.05
STOP_SECONDS = 5.0
ENDING_SECONDS = 0.25
"""How long a process that has closed its connections may need to end."""
CONNECT_SECONDS = 1.0
SHOWN_LINES = 15
MOST_OUTPUT_LINE = 1000


class BackendProcess:
    """One backend, with the variables that tell it where its AI service is."""

    def __init__(self, settings: BackendSettings, ai_url: str) -> None:
        self._settings = settings
        self._ai_url = ai_url
        self._process: ChildProcess | None = None
        self._lines: deque[str] = deque(maxlen=SHOWN_LINES)
        self._rest = ""
        self._restarting = asyncio.Lock()

    @property
    def is_running(self) -> bool:
        """Whether the process has been started and has not ended."""
        return self._process is not None and self._process.exit_code is None

    @property
    def last_lines(self) -> str:
        """The last lines that the backend has printed."""
        return "\n".join(self._lines)

    @property
    def ended(self) -> str:
        """How the process has ended, in words."""
        code = None if self._process is None else self._process.exit_code
        if code is not None and code < 0:
            return f"the signal {signal.Signals(-code).name}"
        return f"exit code {code}"

    async def start(self) -> None:
        """Start the command and wait until it is ready.

        Raises `UsageError` for a command that cannot run, or whose address another program has, and
        `SetUpError` if the backend ends or does not answer in time.
        """
        command = self._settings.start or ""
        await self._refuse_another_program()
        try:
            self._process = await start_child(
                [self._put(word) for word in shlex.split(command)],
                self._keep_lines,
                environment={**os.environ, **self._environment()},
                folder=self._settings.directory,
            )
        except (OSError, ValueError) as error:
            raise UsageError(f"relay.start: '{command}' cannot run: {error}") from error
        await self._wait_until_ready()

    async def stop(self) -> None:
        """End the process and all that it has started."""
        process = self._process
        if process is None:
            return
        process.send(signal.SIGTERM)
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        await process.end()
        if self._rest:
            self._keep_lines(b"\n")

    async def restart_if_ended(self) -> str | None:
        """Start the process again if it ends in a moment; return how it has ended."""
        async with self._restarting:
            if self._process is not None:
                with suppress(TimeoutError):
                    async with asyncio.timeout(ENDING_SECONDS):
                        await self._process.wait()
            if self.is_running:
                return None
            ended = self.ended
            await self.stop()
            await self.start()
            return ended

    def _environment(self) -> Mapping[str, str]:
        variables = self._settings.environment
        return {name: self._put(value) for name, value in variables.items()}

    def _put(self, text: str) -> str:
        return text.replace("{ai_url}", self._ai_url)

    def _keep_lines(self, data: bytes) -> None:
        """Keep the beginnings of the last lines of the output."""
        *lines, rest = (self._rest + data.decode("utf-8", "replace")).split("\n")
        self._rest = rest[:MOST_OUTPUT_LINE]
        self._lines.extend(visible(line[:MOST_OUTPUT_LINE]) for line in lines)

    async def _refuse_another_program(self) -> None:
        """Raise `UsageError` if the address is taken: the wrong program would be verified."""
        url = URL(self._settings.url)
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(CONNECT_SECONDS):
                _, writer = await asyncio.open_connection(url.host, url.port)
                writer.close()
                await writer.wait_closed()
            raise UsageError(
                f"relay.start: another program listens at {masked_url(self._settings.url)} already;"
                " end it, or remove start to verify that one"
            )

    async def _wait_until_ready(self) -> None:
        url = self._settings.url.rstrip("/") + self._settings.ready_path
        seconds = self._settings.ready_seconds
        problem = "no answer"
        with suppress(TimeoutError):
            async with (
                asyncio.timeout(seconds),
                aiohttp.ClientSession(headers=self._settings.headers) as session,
            ):
                while self.is_running:
                    try:
                        async with session.get(url, allow_redirects=False) as response:
                            if response.status < 500:
                                return
                            problem = f"status {response.status}"
                    except aiohttp.ClientError as error:
                        problem = failure_text(error, url)
                    await asyncio.sleep(POLL_SECONDS)
        if self.is_running:
            why = (
                f"was not ready within {seconds:g} s: {problem}; see url, ready_path and"
                " ready_seconds of [relay]"
            )
        else:
            why = f"ended with {self.ended} before it was ready"
        await self.stop()
        printed = f"; it printed:\n{self.last_lines}" if self._lines else "; it printed nothing"
        raise SetUpError(f"relay.start: the backend at {masked_url(url)} {why}{printed}")
