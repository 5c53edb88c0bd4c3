"""Who may use the control API: those who reach the mock under a name that it was told.

Any web page can make a browser send requests to a loopback address. `Host` keeps out pages whose
own name was made to point here (DNS rebinding), `Origin` keeps out pages that change something.
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
    """The rule; names of this machine itself are always allowed."""

    hosts: frozenset[str] = frozenset()

    def check(self, method: str, headers: Mapping[str, str], *, live: bool = False) -> None:
        """Refuse with `AccessDenied` what may be another site's doing.

        A `live` request is a WebSocket, which browsers let every page open.
        """
        host = headers.get("Host", "")
        if not self._allows(host):
            advice = "start the mock with --allow-host to allow it"
            raise AccessDenied(f"the control API does not answer to the host '{host}': {advice}")
        origin = headers.get("Origin")
        if origin is not None and (live or method not in _READS) and not self._is_ours(origin):
            raise AccessDenied(f"pages of {origin} may not control this mock")

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
