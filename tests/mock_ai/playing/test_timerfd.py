"""The kernel timer, by the functions of Python and by those of libc."""

import errno
import os
import subprocess
import sys
from select import select

import pytest

from streamproof.mock_ai.playing.timerfd import (
    LibcTimerCalls,
    PythonTimerCalls,
    TimerFd,
)

needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="this system has no timerfd")
needs_python = pytest.mark.skipif(
    not hasattr(os, "timerfd_create"), reason="this Python has no os.timerfd_create"
)


@pytest.fixture(
    params=[
        pytest.param(PythonTimerCalls, marks=needs_python),
        pytest.param(LibcTimerCalls, marks=needs_linux),
    ]
)
def timer(request):
    """Return a timer with each of the two sets of functions."""
    timer = TimerFd(request.param())
    yield timer
    timer.close()


def is_readable(timer):
    """Tell whether a timer is readable now."""
    return bool(select([timer.fd], [], [], 0)[0])


def test_timer_is_readable_from_its_time_until_it_is_set_again(timer):
    assert not is_readable(timer)
    timer.set(1)
    assert is_readable(timer)
    assert is_readable(timer)
    timer.set(2**62)
    assert not is_readable(timer)
    timer.set(1)
    timer.unset()
    assert not is_readable(timer)


def test_time_in_the_past_is_readable_at_once(timer):
    timer.set(-5)
    assert is_readable(timer)


def test_descriptor_is_not_inherited_and_does_not_block(timer):
    assert not os.get_inheritable(timer.fd)
    assert not os.get_blocking(timer.fd)


@pytest.mark.parametrize(
    "calls",
    [
        pytest.param(PythonTimerCalls, marks=needs_python),
        pytest.param(LibcTimerCalls, marks=needs_linux),
    ],
)
def test_error_of_the_kernel_is_raised(calls):
    timer = TimerFd(calls())
    timer.close()
    with pytest.raises(OSError, match="descriptor") as caught:
        timer.set(1)
    assert caught.value.errno == errno.EBADF


def test_system_without_the_timer_says_so():
    with pytest.raises(OSError, match="no timerfd"):
        TimerFd(None)


WITHOUT_UNIX = """
import asyncio, importlib, os, pkgutil, sys
import aiohttp, faker, re2, yaml  # what others do at import is theirs
for name in ("fcntl", "termios", "ctypes"):
    sys.modules[name] = None
vars(os).pop("timerfd_create", None)
sys.platform = "win32"
from streamproof import mock_ai
for found in pkgutil.walk_packages(mock_ai.__path__, "streamproof.mock_ai."):
    importlib.import_module(found.name)
from streamproof.mock_ai.playing.exact_clock import best_clock
print(type(best_clock()).__name__)
"""


@pytest.mark.prove
def test_every_module_can_be_imported_without_the_parts_that_only_unix_has():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_UNIX], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("LoopClock\n", "")
