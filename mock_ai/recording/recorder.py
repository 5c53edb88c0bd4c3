"""The recorder: a proxy for one service that reports every exchange when it has ended."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

from streamproof.contracts.addresses import http_url
from streamproof.mock_ai.clock import Clock, LoopClock
from streamproof.mock_ai.errors import CannotRecord
from streamproof.mock_ai.recording.proxy import ClientConnection, FinishedRequest, Refusal

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from streamproof.mock_ai.http1.reader import HttpHead
    from streamproof.mock_ai.recording.target import ProxyTarget

Report: TypeAlias = Callable[[FinishedRequest], None]


class RecordingProxy:
    """What the passages of one proxy share."""

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
        """Let requests through that name a path, and this machine, lest a web page reaches it."""
        _, target, _ = head.request
        if not target.startswith("/"):
            return HTTPStatus.BAD_REQUEST, "ask for a path: this proxy has one upstream only"
        foreign = [host for host in head.values("host") if not _is_loopback(host_name(host))]
        if foreign and not self._public:
            return HTTPStatus.FORBIDDEN, f"{foreign[0]} is not a name of this machine"
        return None

    def joined(self, client: ClientConnection) -> None:
        """Keep a connection, to end it with the recording."""
        self._clients.add(client)

    def left(self, client: ClientConnection) -> None:
        """Forget a connection."""
        self._clients.discard(client)

    def next_number(self) -> int:
        """Count a request."""
        self._count += 1
        return self._count

    def report(self, passed: FinishedRequest) -> None:
        """Hand a request over that has ended."""
        self._report(passed)

    def start(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """Own a task until it is done."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        """End what still runs, with what was recorded of it."""
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
    host: str = "127.0.0.1",
    port: int = 0,
    public: bool = False,
    clock: Clock | None = None,
) -> AsyncIterator[str]:
    """Record for as long as the block lasts; yields the URL to ask instead of the service's.

    Port 0 takes a free one. `public` allows addresses and `Host` headers of other machines.
    Raises `CannotRecord` for such an address without it, and OSError where the port is taken.
    """
    if not public and not _is_loopback(host):
        raise CannotRecord(
            f"host: {host} can be reached from other machines; say --public for that"
        )
    recorder = RecordingProxy(upstream, report, clock=clock, public=public)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: ClientConnection(recorder), host, port)
    try:
        yield http_url(host, server.sockets[0].getsockname()[1])
    finally:
        server.close()
        await recorder.close()
        await server.wait_closed()


def host_name(authority: str) -> str:
    """Return the host of a `Host` header."""
    try:
        return urlsplit(f"//{authority}").hostname or ""
    except ValueError:
        return ""


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
