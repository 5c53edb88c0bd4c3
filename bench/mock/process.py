"""A server under load: its processes on some cores, their CPU time and their memory."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Final

from bench.mock.errors import ServerFailed

_TICKS_PER_SECOND: Final = os.sysconf("SC_CLK_TCK")
_START_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 5.0


def pin(*cores: int) -> None:
    """Pin this process, and the processes that it starts later, to some cores."""
    os.sched_setaffinity(0, cores)


def free_port() -> int:
    """Return a free port of the loopback interface."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def busy_seconds() -> float:
    """Return the busy time of all cores, including the time for other virtual machines."""
    user, nice, system, _, _, irq, softirq, steal, *_ = (
        int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    )
    return (user + nice + system + irq + softirq + steal) / _TICKS_PER_SECOND


class Server:
    """A running server process with its child processes."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def cpu_seconds(self) -> float:
        """Return the CPU time of all its processes since their start, also of those that ended."""
        ticks = 0
        for pid in self._tree():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it ends just now
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                ticks += sum(map(int, fields[11:15]))  # utime, stime, cutime, cstime: proc(5)
        return ticks / _TICKS_PER_SECOND

    def rss_kib(self) -> int:
        """Return the memory of all its processes, and reset the peak."""
        for pid in self._tree():
            Path(f"/proc/{pid}/clear_refs").write_text("5")  # resets VmHWM, proc(5)
        return self._status_kib("VmRSS")

    def peak_rss_kib(self) -> int:
        """Return the peak of the memory since `rss_kib`."""
        return self._status_kib("VmHWM")

    def _status_kib(self, name: str) -> int:
        total = 0
        for pid in self._tree():
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith(f"{name}:"):
                    total += int(line.split()[1])
        return total

    def _tree(self) -> list[int]:
        pids = [self._process.pid]
        for pid in pids:  # the loop appends to this list
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                pids += map(int, children.read_text().split())
        return pids


@contextlib.contextmanager
def running(
    command: Sequence[str], port: int, cores: Collection[int], log: Path
) -> Iterator[Server]:
    """Run a server while the block runs, from when it listens; raises `ServerFailed`."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=lambda: pin(*cores),
        )
    try:
        _wait_until_listening(process, port, log)
        yield Server(process)
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_listening(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    tail = log.read_text(errors="replace")[-2000:]
    raise ServerFailed(f"{process.args!r} does not listen:\n{tail}")
