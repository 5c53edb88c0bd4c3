"""What is said about an address where nobody can listen, the same by every command."""

import errno
import os

from harness.errors import HarnessError, SetUpError, UsageError


def cannot_listen(error: OSError, host: str, port: int, option: str = "--port") -> HarnessError:
    """Return what to raise; a port that is taken is for the caller of the command to change."""
    if error.errno == errno.EADDRINUSE:
        return UsageError(f"port {port} of {host} is taken: choose another with {option}")
    return SetUpError(f"port {port} of {host}: {reason_of(error)}")


def reason_of(error: OSError) -> str:
    """Return the system's own words; asyncio's name the address twice."""
    if error.errno is None or error.errno < 0:  # a name that nobody knows
        return error.strerror or str(error)
    return os.strerror(error.errno)
