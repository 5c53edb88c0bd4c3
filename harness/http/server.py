"""Serves an application on a port of this machine for as long as a block lasts."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import TypeAlias

from aiohttp import web

from streamproof.contracts.loopback import LOOPBACK, url_host
from streamproof.harness.errors import SetUpError
from streamproof.harness.http.listening import reason_of

Server: TypeAlias = Callable[[web.Application, str, int], AbstractAsyncContextManager[str]]
"""Serves an application on a host and a port; yields the URL, or raises OSError."""


@asynccontextmanager
async def by_aiohttp(app: web.Application, host: str, port: int) -> AsyncIterator[str]:
    """Serve with a runner of aiohttp."""
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield f"http://{url_host(host)}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def serve(
    app: web.Application, port: int = 0, host: str = LOOPBACK, server: Server = by_aiohttp
) -> AsyncIterator[str]:
    """Yield the URL; port 0 takes a free one. Raises `SetUpError` where the port is taken."""
    async with AsyncExitStack() as stack:
        try:
            url = await stack.enter_async_context(server(app, host, port))
        except OSError as error:
            raise SetUpError(f"port {port} of {host}: {reason_of(error)}") from error
        yield url
