"""Serves web applications on a port of this machine; all commands word its errors in one way."""

import asyncio
import errno
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
)
from dataclasses import dataclass
from functools import partial
from typing import Final, cast

from aiohttp import web

from streamproof.contracts.addresses import http_url
from streamproof.contracts.files import system_text
from streamproof.contracts.loopback import LOOPBACK
from streamproof.contracts.text import short
from streamproof.harness.errors import HarnessError, SetUpError, UsageError
from streamproof.harness.http.connection_limits import ConnectionLimits, with_limits
from streamproof.mock_ai.serving.invalid_http import (
    ProtocolOptions,
    answering_in_json,
    brief_log,
    without_version,
)

# Cancels the handler of a request when its client leaves.
RUNNER = partial(web.AppRunner, handler_cancellation=True, shutdown_timeout=1.0)
ACCEPTED_PER_TURN: Final = 32
"""Connections that are accepted in one turn of the event loop: more would hold up the streams."""
WAITING_CONNECTIONS: Final = 4096
"""Connections that the system keeps until they are accepted; its own limit can be lower. The client
of a further one tries again after a second."""


@dataclass(frozen=True, slots=True)
class AddressOptions:
    """The command-line options that set a host and a port, for errors."""

    host: str = "--host"
    port: str = "--port"
    if_taken: str = ""
    """What to do if the port is taken; by default, to choose another one."""


@asynccontextmanager
async def serving(
    app: web.Application,
    host: str = LOOPBACK,
    port: int = 0,
    *,
    options: AddressOptions | None = None,
    make_runner: Callable[..., web.AppRunner] = RUNNER,
    connections: ProtocolOptions | None = None,
    limits: ConnectionLimits | None = None,
    shares_port: bool = False,
) -> AsyncIterator[str]:
    """Serve an application with aiohttp while the block runs, and yield its URL.

    Port 0 picks a free one. With `shares_port`, several processes can listen on it. Raises
    `UsageError` if the host or the port cannot be used, and `SetUpError` for another error of the
    system.
    """
    app.on_response_prepare.append(without_version)
    runner = make_runner(app)
    await runner.setup()
    try:
        more = connections or ProtocolOptions()
        server = cast("web.Server", runner.server)
        factory = answering_in_json(server, brief_log("streamproof.http"), **more)
        if limits is not None:
            factory = with_limits(factory, limits)
        with _address_errors(host, port, options):
            listener = await asyncio.get_running_loop().create_server(
                factory, host, port, backlog=ACCEPTED_PER_TURN, reuse_port=shares_port or None
            )
            _let_more_wait(listener)
        try:
            yield http_url(host, listener.sockets[0].getsockname()[1])
        finally:
            listener.close()
    finally:
        await runner.cleanup()


def _let_more_wait(listener: asyncio.Server) -> None:
    """Let more connections wait than are accepted at once: asyncio has one number for both."""
    for sock in listener.sockets:
        with sock.dup() as duplicate:
            duplicate.listen(WAITING_CONNECTIONS)


@asynccontextmanager
async def listening(
    server: AbstractAsyncContextManager[str],
    host: str,
    port: int,
    *,
    options: AddressOptions | None = None,
) -> AsyncIterator[str]:
    """Run a server that listens on that host and port, and yield its URL; raises as `serving`."""
    async with AsyncExitStack() as stack:
        with _address_errors(host, port, options):
            url = await stack.enter_async_context(server)
        yield url


@contextmanager
def _address_errors(host: str, port: int, options: AddressOptions | None) -> Iterator[None]:
    try:
        yield
    except (OSError, UnicodeError) as error:
        raise address_error(error, host, port, options) from error


def address_error(
    error: OSError | UnicodeError, host: str, port: int, options: AddressOptions | None = None
) -> HarnessError:
    """Return the error to raise when nothing can listen on that host and port."""
    options = options or AddressOptions()
    if isinstance(error, UnicodeError) or _is_about_host(error):
        wanted = "wanted an address of this machine, such as 127.0.0.1, ::1 or 0.0.0.0"
        return UsageError(f"{options.host}: {wanted}; got {short(host)}: {_reason_of(error)}")
    if error.errno == errno.EADDRINUSE:
        advice = options.if_taken or f"choose another with {options.port}"
        return UsageError(f"port {port} of {host} is taken: {advice}")
    if error.errno == errno.EACCES:
        return UsageError(
            f"permission denied for port {port}: choose one above 1023 with {options.port}"
        )
    return SetUpError(f"port {port} of {host}: {_reason_of(error)}")


def _reason_of(error: OSError | UnicodeError) -> str:
    """Return the message of the system; that of asyncio repeats the address."""
    if isinstance(error, UnicodeError):
        return "not a host name"
    if error.errno is None or error.errno < 0:  # a host name that cannot be resolved
        return error.strerror or str(error)
    return system_text(error.errno)


def _is_about_host(error: OSError) -> bool:
    return error.errno is None or error.errno < 0 or error.errno == errno.EADDRNOTAVAIL
