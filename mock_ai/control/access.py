"""Access to the control API: only under allowed host names, and not for foreign web pages.

Any web page can make a browser send requests to a loopback address. The check of `Host` rejects
pages whose own name points to this machine (DNS rebinding). The check of `Origin` rejects changes
by other foreign pages.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from streamproof.contracts.loopback import authority_of_origin, host_of, is_loopback_authority
from streamproof.contracts.origins import Origins
from streamproof.mock_ai.errors import AccessDenied

if TYPE_CHECKING:
    from collections.abc import Mapping

_READS: Final = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Access:
    """The access rule; `hosts` are allowed host names besides localhost and loopback addresses.

    Pages of these hosts, and of the `origins` that are named in full, may change things.
    """

    hosts: frozenset[str] = frozenset()
    origins: Origins = field(default_factory=Origins)

    def check(self, method: str, headers: Mapping[str, str], *, live: bool = False) -> None:
        """Raise `AccessDenied` for a request that a foreign web page may have caused.

        A `live` request opens a WebSocket, which browsers allow to every page.
        """
        host = headers.get("Host", "")
        if not self._allows(host):
            wanted = f"Host: wanted localhost or a loopback address, got '{host}'"
            raise AccessDenied(f"{wanted}; start the mock with --allow-host to allow other names")
        origin = headers.get("Origin")
        if origin is None or (method in _READS and not live):
            return
        if not (self._allows(authority_of_origin(origin)) or self.origins.trusts(origin)):
            advice = "start the mock with --allow-origin and this origin in full to allow them"
            raise AccessDenied(f"Origin: pages of '{origin}' may not control this mock; {advice}")

    def _allows(self, authority: str) -> bool:
        return is_loopback_authority(authority) or host_of(authority) in self.hosts
