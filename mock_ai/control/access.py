"""Access to the control API: only under allowed host names, and not for foreign web pages.

Any web page can make a browser send requests to a loopback address. The check of `Host` rejects
pages whose own name points to this machine (DNS rebinding). The check of `Origin` rejects changes
by other foreign pages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from streamproof.mock_ai.errors import AccessDenied

if TYPE_CHECKING:
    from collections.abc import Mapping

_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]/@\s]+)(:[0-9]{1,5})?")
_READS: Final = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Access:
    """The access rule; `hosts` are allowed host names besides localhost and loopback addresses."""

    hosts: frozenset[str] = frozenset()

    def check(self, method: str, headers: Mapping[str, str], *, live: bool = False) -> None:
        """Raise `AccessDenied` for a request that a foreign web page may have caused.

        A `live` request opens a WebSocket, which browsers allow to every page.
        """
        host = headers.get("Host", "")
        if not self._allows(host):
            wanted = f"Host: wanted localhost or a loopback address, got '{host}'"
            raise AccessDenied(f"{wanted}; start the mock with --allow-host to allow other names")
        origin = headers.get("Origin")
        if origin is not None and (live or method not in _READS) and not self._is_ours(origin):
            raise AccessDenied(f"Origin: pages of '{origin}' may not control this mock")

    def _is_ours(self, origin: str) -> bool:
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        return parts.scheme in ("http", "https") and self._allows(parts.netloc)

    def _allows(self, host: str) -> bool:
        found = _HOST.fullmatch(host)
        name = found[1].strip("[]").lower().rstrip(".") if found else ""
        return name in self.hosts or name == "localhost" or _is_loopback(name)


def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
