"""The service that is recorded: where it is, and the head of the requests that it gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from streamproof.contracts.addresses import bracketed
from streamproof.mock_ai.errors import CannotRecord

if TYPE_CHECKING:
    from streamproof.mock_ai.http1.reader import HttpHead

_PORTS: Final = {"http": 80, "https": 443}

# The proxy speaks for its own connection, and a compressed reply could not be read in the file.
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
    """A service by its address; `path` comes before the path of every request."""

    scheme: str
    host: str
    port: int
    path: str = ""

    @classmethod
    def parse(cls, url: str) -> ProxyTarget:
        """Read a URL; raises `CannotRecord`."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise CannotRecord(f"upstream: {error}: {url!r}") from error
        if parts.scheme not in _PORTS or not parts.hostname:
            raise CannotRecord(f"upstream: wanted http://HOST or https://HOST, got {url!r}")
        if parts.username is not None or parts.query or parts.fragment:
            raise CannotRecord("upstream: only scheme, host, port and path can be given")
        path = parts.path.rstrip("/")
        return cls(parts.scheme, parts.hostname, port or _PORTS[parts.scheme], path)

    @property
    def authority(self) -> str:
        """Host and port as the `Host` header has them."""
        host = bracketed(self.host)
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The URL that requests are passed on to."""
        return f"{self.scheme}://{self.authority}{self.path}"

    def outgoing(self, head: HttpHead) -> bytes:
        """Write the head of a request as the service gets it."""
        method, target, version = head.request
        kept = [field for field in head.headers if field[0].lower() not in _REPLACED]
        fields = [("Host", self.authority), *kept, *_OWN]
        lines = [f"{method} {self.path}{target} HTTP/{version}"]
        lines += (f"{name}: {value}" for name, value in fields)
        return "".join(f"{line}\r\n" for line in [*lines, ""]).encode()
