"""What is said about an address where nobody can listen, the same by every command."""

import errno
import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from streamproof.harness.errors import HarnessError, SetUpError, UsageError

_EVERYWHERE = ("", "*")  # which nobody should listen at by mistake
_OF_THE_PORT = {errno.EADDRINUSE: "is taken", errno.EACCES: "is not for this user"}


@asynccontextmanager
async def listening(
    server: AbstractAsyncContextManager[str], host: str, port: int
) -> AsyncIterator[str]:
    """Serve as long as the block lasts; raises `HarnessError` where nobody can listen."""
    if host in _EVERYWHERE:
        raise UsageError(f"--host: wanted an address, or 0.0.0.0 for all; got '{host}'")
    async with AsyncExitStack() as stack:
        try:
            url = await stack.enter_async_context(server)
        except (OSError, UnicodeError) as error:
            raise cannot_listen(error, host, port) from error
        yield url


def cannot_listen(
    error: OSError | UnicodeError, host: str, port: int, option: str = "--port"
) -> HarnessError:
    """Return what to raise; a wrong address, or port, is for the caller to change."""
    if isinstance(error, UnicodeError) or _is_of_the_host(error):
        wanted = "wanted an address of this machine, as 127.0.0.1, ::1 or 0.0.0.0"
        return UsageError(f"--host: {wanted}; got '{host}': {reason_of(error)}")
    why = _OF_THE_PORT.get(error.errno or 0)
    if why is not None:
        return UsageError(f"port {port} of {host} {why}: choose another with {option}")
    return SetUpError(f"port {port} of {host}: {reason_of(error)}")


def reason_of(error: OSError | UnicodeError) -> str:
    """Return the system's own words; asyncio's name the address twice."""
    if isinstance(error, UnicodeError):
        return "no host name"
    if error.errno is None or error.errno < 0:  # a name that nobody knows
        return error.strerror or str(error)
    return os.strerror(error.errno)


def _is_of_the_host(error: OSError) -> bool:
    return error.errno is None or error.errno < 0 or error.errno == errno.EADDRNOTAVAIL
