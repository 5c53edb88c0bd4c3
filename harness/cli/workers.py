"""Several processes of one command that share a port: `relay --workers N`.

Each worker listens on the port itself (SO_REUSEPORT), and the system gives each connection to one
of them. A worker ends when its standard input closes, so none outlives the process that started it.
"""

import asyncio
import logging
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from streamproof.harness.cli.signals import on_signals
from streamproof.harness.errors import UsageError
from streamproof.harness.exit_codes import ExitCode
from streamproof.harness.http.server import address_error

RESTART_SECONDS = 1.0
"""Seconds before a worker that ended by itself is started again."""
READY = b'"ready": true'
"""What is in the first line of a worker that listens; an error is another document."""
_logger = logging.getLogger(__name__)


class Workers:
    """Processes with the same arguments, each started again when it ends by itself."""

    def __init__(
        self,
        words: Sequence[str],
        env: Mapping[str, str],
        number: int,
        say_ready: Callable[[], None],
    ) -> None:
        self._command = (sys.executable, "-m", "streamproof", *words)
        self._env = env
        self._number = number
        self._say_ready = say_ready
        self._ready = 0
        self._processes = set[Process]()
        self._signal: signal.Signals | None = None
        """The first signal: the workers stop."""
        self._stopping = asyncio.Event()

    async def serve(self) -> int:
        """Run until a signal has stopped all workers; return the exit code.

        If a worker does not become ready, all others stop, and its exit code is returned.
        """
        with on_signals(self._stop, signal.SIGTERM, signal.SIGINT):
            codes = await asyncio.gather(*(self._keep() for _ in range(self._number)))
        if failed := [code for code in codes if code]:
            return failed[0]
        return ExitCode.INTERRUPTED if self._signal is signal.SIGINT else ExitCode.OK

    def _stop(self, number: signal.Signals) -> None:
        """Pass a signal on to the workers."""
        self._signal = self._signal or number
        self._stopping.set()
        for process in self._processes:
            with suppress(ProcessLookupError):
                process.send_signal(number)

    async def _keep(self) -> int:
        """Run one worker until all stop; return its exit code if it does not become ready."""
        was_ready = False
        while not self._stopping.is_set():
            code, is_ready = await self._run(first=not was_ready)
            was_ready = was_ready or is_ready
            if self._stopping.is_set():
                break
            if not was_ready:
                self._stop(signal.SIGTERM)
                return code
            _logger.warning("a worker ended with the exit code %d; it starts again", code)
            with suppress(TimeoutError):
                async with asyncio.timeout(RESTART_SECONDS):
                    await self._stopping.wait()
        return ExitCode.OK

    async def _run(self, *, first: bool) -> tuple[int, bool]:
        """Run one process; return its exit code, and whether it was ready."""
        # In a session of its own: Ctrl-C of a terminal must not reach it twice.
        process = await asyncio.create_subprocess_exec(
            *self._command, stdin=PIPE, stdout=PIPE, env=self._env, start_new_session=True
        )
        self._processes.add(process)
        if self._signal is not None:  # it arrived meanwhile
            process.send_signal(self._signal)
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        is_ready = READY in await process.stdout.readline()
        if is_ready and first:
            self._ready += 1
            if self._ready == self._number:
                self._say_ready()
        code = await process.wait()
        self._processes.discard(process)
        return code, is_ready


@contextmanager
def shared_port(host: str, port: int) -> Iterator[int]:
    """Hold a port for the workers while the block runs; raises `UsageError` if that fails."""
    if not hasattr(socket, "SO_REUSEPORT"):
        raise UsageError("--workers: this system cannot share a port between processes")
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as held:
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            held.bind((host, port))
            yield held.getsockname()[1]
    except (OSError, UnicodeError) as error:
        raise address_error(error, host, port) from error


async def until_input_closes() -> None:
    """Wait until the process that started this worker is gone."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    try:
        await reader.read()
    finally:
        transport.close()
