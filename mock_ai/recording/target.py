"""The recorded service: its address, and the head of the requests that it gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from streamproof.contracts.loopback import url_host
from streamproof.mock_ai.errors import CannotRecord
from streamproof.mock_ai.http1.syntax import write_head

if TYPE_CHECKING:
    from streamproof.mock_ai.http1.reader import HttpHead

_PORTS: Final = {"http": 80, "https": 443}

# The proxy has its own connection, and a compressed reply would not be readable in the file.
_OWN: Final = (("Accept-Encoding", "identity"), ("Connection", "close"))
_REPLACED: Final = (
    "accept-encoding",
    "connection",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "upgrade",
)


@dataclass(frozen=True, slots=True)
class ProxyTarget:
    """The address of a service; `path` is put before the path of every request."""

    scheme: str
    host: str
    port: int
    path: str = ""

    @classmethod
    def parse(cls, url: str) -> ProxyTarget:
        """Parse a URL; raise `CannotRecord` if it does not name an HTTP service."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise CannotRecord(f"upstream: {error}: {url!r}") from error
        if parts.scheme not in _PORTS or not parts.hostname:
            raise CannotRecord(f"upstream: wanted http://HOST or https://HOST, got {url!r}")
        if parts.username is not None or parts.query or parts.fragment:
            raise CannotRecord("upstream: wanted a URL without user, query and fragment")
        path = parts.path.rstrip("/")
        return cls(parts.scheme, parts.hostname, port or _PORTS[parts.scheme], path)

    @property
    def authority(self) -> str:
        """Host and port, as in a `Host` header."""
        host = url_host(self.host)
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The base URL of the service."""
        return f"{self.scheme}://{self.authority}{self.path}"

    def outgoing(self, head: HttpHead) -> bytes:
        """Return the head of a request as the service gets it."""
        method, target, version = head.request
        kept = [field for field in head.headers if field[0].lower() not in _REPLACED]
        fields = [("Host", self.authority), *kept, *_OWN]
        return write_head(f"{method} {self.path}{target} HTTP/{version}", fields)
