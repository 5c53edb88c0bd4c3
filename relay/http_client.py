"""The HTTP client for the AI service: each request has a connection of its own.

Connections are not reused: a POST on a connection that the server is closing would be lost, and
must not be repeated. There are no cookies, no redirects and no proxies.
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from typing import TYPE_CHECKING, Final

from aiohappyeyeballs import start_connection
from yarl import URL

from streamproof.relay.broken_replies import connection_problem
from streamproof.relay.errors import CannotConnect
from streamproof.relay.http_response import READ_BYTES, HttpResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiohappyeyeballs import AddrInfoType

    from streamproof.relay.http_response import ResponseHead

LOOK_UP_SECONDS: Final = 10.0
"""How long the addresses of a host are used: each search needs a thread."""
NEXT_ADDRESS_SECONDS: Final = 0.25
"""When the next address of a host is tried as well (RFC 8305, section 8)."""


class HttpClient:
    """Posts JSON to one URL; it must be created in the event loop that uses it."""

    def __init__(self, url: str) -> None:
        self._url = URL(url)
        self._host = self._url.raw_host or ""
        self._port = self._url.port or 0
        self._addresses = _Addresses(self._host, self._port)
        self._tls = _tls_context() if self._url.scheme == "https" else None
        self._read_buffer = memoryview(bytearray(READ_BYTES))

    async def post(
        self,
        body: Mapping[str, str],
        headers: Mapping[str, str],
        on_connected: Callable[[], None],
    ) -> tuple[ResponseHead, HttpResponse]:
        """Return the head of the response, and the response, which the caller closes.

        `on_connected` is called when the connection exists, and the head is next. Raises
        `CannotConnect`, `BrokenReply`, and the error with which the connection ended.
        """
        request = self._request(body, headers)
        response = await self._connect()
        try:
            on_connected()
            return await response.send(request), response
        except BaseException:
            response.close()
            raise

    def _request(self, body: Mapping[str, str], headers: Mapping[str, str]) -> bytes:
        content = json.dumps(body).encode()
        fields = {
            "Host": self._url.host_port_subcomponent or "",
            **headers,
            "User-Agent": "streamproof",
            "Content-Type": "application/json",
            "Content-Length": str(len(content)),
            "Connection": "close",
        }
        lines = [f"{name}: {value}\r\n" for name, value in fields.items()]
        head = f"POST {self._url.raw_path_qs} HTTP/1.1\r\n{''.join(lines)}\r\n"
        return head.encode() + content

    async def _connect(self) -> HttpResponse:
        loop = asyncio.get_running_loop()
        response = HttpResponse(self._read_buffer)
        try:
            addresses = await self._addresses.find()
            connected = await start_connection(addresses, happy_eyeballs_delay=NEXT_ADDRESS_SECONDS)
            await loop.create_connection(
                lambda: response,
                sock=connected,
                ssl=self._tls,
                server_hostname=self._host if self._tls else None,
            )
        except OSError as error:
            problem = connection_problem(self._host, self._port, error)
            permanent = isinstance(error, ssl.SSLError)
            raise CannotConnect(problem, permanent=permanent) from error
        return response


class _Addresses:
    """The addresses of one host; many connections at once need one search."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._search: asyncio.Task[list[AddrInfoType]] | None = None
        self._good_until = 0.0

    async def find(self) -> list[AddrInfoType]:
        """Return the addresses; raises `OSError`."""
        time = asyncio.get_running_loop().time
        if self._search is None or (self._search.done() and time() > self._good_until):
            self._search = asyncio.create_task(self._look_up())
        # A connection that is given up must not end the search for the others.
        found = await asyncio.shield(self._search)
        found.append(found.pop(0))  # the addresses take turns
        return list(found)

    async def _look_up(self) -> list[AddrInfoType]:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        except UnicodeError as error:  # a label that is too long
            raise socket.gaierror(str(error)) from error
        self._good_until = loop.time() + LOOK_UP_SECONDS
        return list(found)


def _tls_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
