"""The kernel timer as a file descriptor (Linux); event loops round up to 1 ms, this does not.

Python has it in `os` from 3.13 on; for earlier versions the same functions of libc are called.
"""

from __future__ import annotations

import os
import struct
import sys
from typing import Any, Final, Protocol

_CLOCK_MONOTONIC: Final = 1  # the clock of `loop.time()`
_TIMER_ABSTIME: Final = 1
_NS_PER_S: Final = 1_000_000_000
_ITIMERSPEC: Final = struct.Struct("@4l")  # interval and value, each seconds and nanoseconds


class TimerCalls(Protocol):
    """The two functions of the system; both raise OSError."""

    def create(self) -> int:
        """Return the descriptor of a new timer."""

    def set(self, fd: int, at_ns: int) -> None:
        """Let a descriptor become readable at a time of the monotonic clock; 0 stops the timer."""


class PythonTimerCalls:
    """The functions of Python 3.13 and later."""

    def __init__(self) -> None:
        self._os: Any = os

    def create(self) -> int:
        """Return the descriptor of a new timer."""
        flags = self._os.TFD_NONBLOCK | self._os.TFD_CLOEXEC
        fd: int = self._os.timerfd_create(_CLOCK_MONOTONIC, flags=flags)
        return fd

    def set(self, fd: int, at_ns: int) -> None:
        """Set or stop a timer."""
        self._os.timerfd_settime_ns(fd, flags=self._os.TFD_TIMER_ABSTIME, initial=at_ns)


class LibcTimerCalls:
    """The functions of libc, for Python 3.11 and 3.12; raises AttributeError if it has none."""

    def __init__(self) -> None:
        import ctypes

        libc = ctypes.CDLL(None, use_errno=True)
        self._create, self._settime = libc.timerfd_create, libc.timerfd_settime
        self._get_errno = ctypes.get_errno

    def create(self) -> int:
        """Return the descriptor of a new timer."""
        return self._checked(self._create(_CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC))

    def set(self, fd: int, at_ns: int) -> None:
        """Set or stop a timer."""
        when = _ITIMERSPEC.pack(0, 0, *divmod(at_ns, _NS_PER_S))
        self._checked(self._settime(fd, _TIMER_ABSTIME, when, None))

    def _checked(self, result: int) -> int:
        if result < 0:
            code = self._get_errno()
            raise OSError(code, os.strerror(code))
        return result


def _calls() -> TimerCalls | None:
    """Return the functions of this system, or None if it has none."""
    if hasattr(os, "timerfd_create"):
        return PythonTimerCalls()
    if sys.platform != "linux":
        return None
    try:
        return LibcTimerCalls()
    except (AttributeError, ImportError):  # pragma: no cover  # a Python without ctypes
        return None


_CALLS: Final = _calls()

AVAILABLE: Final = _CALLS is not None


class TimerFd:
    """A timer whose descriptor becomes readable at the time that was set last.

    Raises OSError if the system has no descriptors left.
    """

    def __init__(self, calls: TimerCalls | None = _CALLS) -> None:
        if calls is None:
            raise OSError("this system has no timerfd")
        self._calls = calls
        self.fd = calls.create()

    def set(self, at_ns: int) -> None:
        """Set the time, in ns of the monotonic clock; it replaces an earlier one."""
        self._calls.set(self.fd, max(at_ns, 1))

    def unset(self) -> None:
        """Stop the timer; it is not readable until it is set again."""
        self._calls.set(self.fd, 0)

    def close(self) -> None:
        """Close the descriptor."""
        os.close(self.fd)
