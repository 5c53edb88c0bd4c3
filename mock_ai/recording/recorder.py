"""The recorder: a proxy for one service that reports every exchange after its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeAlias

from streamproof.contracts.loopback import LOOPBACK, is_loopback, is_loopback_authority, url_host
from streamproof.mock_ai.clock import Clock, LoopClock
from streamproof.mock_ai.errors import CannotRecord
from streamproof.mock_ai.recording.proxy import ClientConnection, FinishedRequest, Refusal

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from streamproof.mock_ai.http1.reader import HttpHead
    from streamproof.mock_ai.recording.target import ProxyTarget

Report: TypeAlias = Callable[[FinishedRequest], None]


class RecordingProxy:
    """The state that all requests of one recording proxy share."""

    def __init__(
        self, upstream: ProxyTarget, report: Report, *, clock: Clock | None, public: bool
    ) -> None:
        self.upstream = upstream
        self.clock = clock or LoopClock()
        self._report = report
        self._public = public
        self._count = 0
        self._clients: set[ClientConnection] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def refusal(self, head: HttpHead) -> Refusal | None:
        """Reject targets that are not paths, and foreign `Host` headers.

        The check of `Host` stops web pages that use DNS rebinding.
        """
        _, target, _ = head.request
        if not target.startswith("/"):
            message = f"request target: wanted a path, got {target[:80]!r}"
            return HTTPStatus.BAD_REQUEST, message
        foreign = [host for host in head.values("host") if not is_loopback_authority(host)]
        if foreign and not self._public:
            message = f"Host: wanted localhost or a loopback address, got {foreign[0]!r}"
            return HTTPStatus.FORBIDDEN, f"{message}; --public allows other names"
        return None

    def add_client(self, client: ClientConnection) -> None:
        """Keep a connection, to end it with the recording."""
        self._clients.add(client)

    def remove_client(self, client: ClientConnection) -> None:
        """Forget a closed connection."""
        self._clients.discard(client)

    def next_number(self) -> int:
        """Return the number of a new request, counted from 1."""
        self._count += 1
        return self._count

    def report(self, finished: FinishedRequest) -> None:
        """Report a finished request."""
        self._report(finished)

    def start(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """Start a task, and keep it until it is done."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        """Stop all running exchanges, and report what was recorded of them."""
        for client in tuple(self._clients):
            client.stop("The recording was stopped before the reply ended.")
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def recording(
    upstream: ProxyTarget,
    report: Report,
    *,
    host: str = LOOPBACK,
    port: int = 0,
    public: bool = False,
    clock: Clock | None = None,
) -> AsyncIterator[str]:
    """Run a recording proxy for a service, and yield the URL to use in place of the service's.

    Port 0 picks a free port. `public` allows addresses and `Host` headers of other machines.
    Raises `CannotRecord` for such an address without `public`, and OSError if the port is taken.
    """
    if not public and not is_loopback(host):
        message = f"host: wanted localhost or a loopback address, got {host}"
        raise CannotRecord(f"{message}; --public allows other addresses")
    recorder = RecordingProxy(upstream, report, clock=clock, public=public)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: ClientConnection(recorder), host, port)
    try:
        yield f"http://{url_host(host)}:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await recorder.close()
        await server.wait_closed()
