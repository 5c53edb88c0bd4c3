"""The kernel timer as a file descriptor (Linux); event loops round up to 1 ms, this does not."""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from typing import Any, Final

_CLOCK_MONOTONIC: Final = 1  # the clock of `loop.time()`
_TIMER_ABSTIME: Final = 1
_NS_PER_S: Final = 1_000_000_000
_ITIMERSPEC: Final = struct.Struct("@4l")  # interval and value, each seconds and nanoseconds

_LIBC: Final[Any] = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

# Python 3.13 and later have it as `os.timerfd_create`.
AVAILABLE: Final = hasattr(_LIBC, "timerfd_create")


class TimerFd:
    """A timer whose descriptor becomes readable at the time that was set last.

    Raises OSError if the system has no descriptors left.
    """

    def __init__(self) -> None:
        self.fd = _checked(_LIBC.timerfd_create(_CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC))

    def set(self, at_ns: int) -> None:
        """Set the time, in ns of the monotonic clock; it replaces an earlier one."""
        when = _ITIMERSPEC.pack(0, 0, *divmod(max(at_ns, 1), _NS_PER_S))
        _checked(_LIBC.timerfd_settime(self.fd, _TIMER_ABSTIME, when, None))

    def unset(self) -> None:
        """Stop the timer; it is not readable until it is set again."""
        _checked(_LIBC.timerfd_settime(self.fd, 0, _ITIMERSPEC.pack(0, 0, 0, 0), None))

    def close(self) -> None:
        """Close the descriptor."""
        os.close(self.fd)


def _checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
