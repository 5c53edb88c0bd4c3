"""The kernel's timer as a file descriptor (Linux): exact where event loops round up to 1 ms."""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from typing import Any, Final

_CLOCK_MONOTONIC: Final = 1  # as `loop.time()`
_TIMER_ABSTIME: Final = 1
_NS_PER_S: Final = 1_000_000_000
_ITIMERSPEC: Final = struct.Struct("@4l")  # interval and value, each seconds and nanoseconds

_LIBC: Final[Any] = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

# Python has it as os.timerfd_create from 3.13 on.
AVAILABLE: Final = hasattr(_LIBC, "timerfd_create")


class TimerFd:
    """A timer that is readable once the time it was last set to has come.

    Raises OSError where the system has no more of them.
    """

    def __init__(self) -> None:
        self.fd = _checked(_LIBC.timerfd_create(_CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC))

    def set(self, at_ns: int) -> None:
        """Become readable then, by the monotonic clock, and no more at the time before."""
        when = _ITIMERSPEC.pack(0, 0, *divmod(max(at_ns, 1), _NS_PER_S))
        _checked(_LIBC.timerfd_settime(self.fd, _TIMER_ABSTIME, when, None))

    def unset(self) -> None:
        """Be readable no more."""
        _checked(_LIBC.timerfd_settime(self.fd, 0, _ITIMERSPEC.pack(0, 0, 0, 0), None))

    def close(self) -> None:
        """Give the descriptor back."""
        os.close(self.fd)


def _checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
