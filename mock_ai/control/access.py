"""Who may use the control API: those who reach the mock under a name that it was told.

Any web page can make a browser send requests to a loopback address. `Host` keeps out pages whose
own name was made to point here (DNS rebinding), `Origin` keeps out pages that change something.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from streamproof.contracts.loopback import authority_of_origin, host_of, is_loopback_authority
from streamproof.mock_ai.errors import AccessDenied

if TYPE_CHECKING:
    from collections.abc import Mapping

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
        if origin is None or (method in _READS and not live):
            return
        if not self._allows(authority_of_origin(origin)):
            raise AccessDenied(f"pages of {origin} may not control this mock")

    def _allows(self, authority: str) -> bool:
        return is_loopback_authority(authority) or host_of(authority) in self.hosts
