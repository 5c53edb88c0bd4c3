"""Serves an application on a port of this machine for as long as a block lasts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from harness.errors import SetUpError
from harness.listening import reason_of

LOOPBACK = "127.0.0.1"


@asynccontextmanager
async def serve(app: web.Application, port: int = 0, host: str = LOOPBACK) -> AsyncIterator[str]:
    """Yield the URL; port 0 takes a free one. Raises `SetUpError` where the port is taken."""
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1.0)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise SetUpError(f"port {port} of {host}: {reason_of(error)}") from error
        yield f"http://{host}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
