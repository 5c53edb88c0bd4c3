"""A program that the harness starts, in a process group of its own, which ends as a whole.

A process that leaves the group, such as a daemon, can hold the output open without end. So `wait`
waits for the program alone, and `end` waits only a moment for the rest of the output.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

REST_SECONDS: Final = 0.25
"""The time for the rest of the output, after all processes of the group have ended."""

OnOutput = Callable[[bytes], None]


class ChildProcess:
    """A running program; `start_child` makes it."""

    def __init__(
        self, process: asyncio.subprocess.Process, pipes: Sequence["_Pipe"], started: float
    ) -> None:
        self._process = process
        self._pipes = pipes
        self.started = started
        """The time of its start, on the clock of the event loop."""

    @property
    def pid(self) -> int:
        """The ID of the process and of its group."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """The exit code; the number of a signal is negative, and None stands for a running one."""
        return self._process.returncode

    async def wait(self) -> int:
        """Wait until the program has ended, whatever it has started, and return its exit code."""
        return await self._process.wait()

    def send(self, number: signal.Signals) -> None:
        """Send a signal to all processes of the group that still run."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    async def end(self) -> None:
        """Kill all processes of the group, and read the rest of their output."""
        self.send(signal.SIGKILL)
        await self._process.wait()
        await asyncio.wait([pipe.ended for pipe in self._pipes], timeout=REST_SECONDS)
        for pipe in self._pipes:
            pipe.close()


async def start_child(
    words: Sequence[str],
    on_output: OnOutput,
    on_errors: OnOutput | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> ChildProcess:
    """Start a program without input; raises `OSError` or `ValueError` if it cannot run.

    Standard error goes with the output, unless `on_errors` takes it.
    """
    output = await _Pipe.opened(on_output)
    errors = output if on_errors is None else await _Pipe.opened(on_errors)
    pipes = list(dict.fromkeys([output, errors]))
    started = asyncio.get_running_loop().time()
    try:
        process = await asyncio.create_subprocess_exec(
            *words,
            cwd=folder,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output.write_end,
            stderr=errors.write_end,
            start_new_session=True,  # a shell or npm starts a process of its own
        )
    except BaseException:
        for pipe in pipes:
            pipe.close()
        raise
    finally:
        for pipe in pipes:
            os.close(pipe.write_end)
    return ChildProcess(process, pipes, started)


class _Pipe(asyncio.Protocol):
    """A pipe that the harness reads; asyncio's own pipes would hold up `Process.wait`."""

    def __init__(self, on_data: OnOutput, write_end: int) -> None:
        self.write_end = write_end
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._on_data = on_data
        self._transport: asyncio.BaseTransport | None = None

    @classmethod
    async def opened(cls, on_data: OnOutput) -> "_Pipe":
        """Open a pipe; `start_child` closes `write_end` when the program has it."""
        read_end, write_end = os.pipe()
        loop = asyncio.get_running_loop()
        _, pipe = await loop.connect_read_pipe(
            lambda: cls(on_data, write_end), os.fdopen(read_end, "rb", buffering=0)
        )
        return pipe

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Pass the output on."""
        self._on_data(data)

    def connection_lost(self, _: Exception | None) -> None:
        """Note that no process holds the pipe open any more, or that it was closed here."""
        if not self.ended.done():
            self.ended.set_result(None)

    def close(self) -> None:
        """Read no further."""
        if self._transport is not None:
            self._transport.close()
