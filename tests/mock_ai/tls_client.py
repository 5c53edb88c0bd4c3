"""A client of TLS that tells the three ends of a connection apart: alert, FIN and RST."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from streamproof import MockAI

CLOSE_NOTIFY = "close_notify"
FIN = "FIN without close_notify"
RST = "RST"
UNEXPECTED_EOF = "UNEXPECTED_EOF_WHILE_READING"

T = TypeVar("T")


class TlsConnection:
    """TLS in memory over a plain connection; `opened` shakes hands first."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, context: ssl.SSLContext
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname="localhost")
        self.got = b""
        """Everything that was read."""

    async def shake_hands(self) -> None:
        """Agree on keys; raises `ssl.SSLError` for a certificate that is not valid."""
        await self._done(self._tls.do_handshake)

    async def ask(self, path: str) -> None:
        """Send a request without a body."""
        self._tls.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        self._writer.write(self._outgoing.read())

    async def until(self, end: bytes) -> bytes:
        """Return everything up to these bytes, which must be the last of what has arrived."""
        while not self.got.endswith(end):
            self.got += await self._done(lambda: self._tls.read(65_536))
        got, self.got = self.got, b""
        return got

    async def rest(self) -> tuple[bytes, str]:
        """Read everything that still comes, and tell how the connection ended."""
        try:
            while data := await self._done(lambda: self._tls.read(65_536)):
                self.got += data
        except ConnectionResetError:
            return self.got, RST
        except ssl.SSLError as error:  # Python 3.11.3 and older have no class for it
            if isinstance(error, ssl.SSLEOFError) or error.reason == UNEXPECTED_EOF:
                return self.got, FIN
            raise
        return self.got, CLOSE_NOTIFY

    async def _done(self, work: Callable[[], T]) -> T:
        """Return the result of a step of TLS, and move bytes until it has one."""
        while True:
            try:
                return work()
            except ssl.SSLWantReadError:
                self._writer.write(self._outgoing.read())
                if data := await self._reader.read(65_536):
                    self._incoming.write(data)
                else:
                    self._incoming.write_eof()


@asynccontextmanager
async def connected(mock: MockAI) -> AsyncIterator[TlsConnection]:
    """Open a connection to a mock that the client trusts."""
    context = ssl.create_default_context(cafile=mock.ca_file)
    if hasattr(ssl, "OP_IGNORE_UNEXPECTED_EOF"):  # older versions of Python hide such an end
        context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    port = int(mock.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        connection = TlsConnection(reader, writer, context)
        await connection.shake_hands()
        yield connection
    finally:
        writer.transport.abort()
