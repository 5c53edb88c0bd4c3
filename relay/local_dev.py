"""What a relay on a developer's own machine allows beside its usual rules.

Requests without a token are one user's, and every page that this machine serves is let in. A page
of any other origin gets nothing: neither by a form, nor by a name of its own for this address.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from streamproof.contracts.loopback import is_loopback_origin
from streamproof.relay.auth import Authenticator, Caller
from streamproof.relay.errors import NotFound
from streamproof.relay.storage import conversations

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.engine import Connection

_SAID_BY_BROWSERS: Final = frozenset({"origin", "sec-fetch-site"})


class LocalAuthenticator(Authenticator):
    """Takes a request without a token for one user's; a token that is there must be good."""

    def __init__(self, secret: str, cookie: str, user_id: str) -> None:
        super().__init__(secret, cookie)
        self._token_cookie = cookie
        self._user_id = user_id

    def caller(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> Caller:
        """Return who asks; raises `Unauthorized` for a bad token.

        What a browser sends without a token is judged as a cookie is: any page can cause it.
        """
        names = {name.lower() for name in headers}
        if "authorization" in names or self._token_cookie in cookies:
            return super().caller(headers, cookies)
        return Caller(self._user_id, by_cookie=bool(names & _SAID_BY_BROWSERS))


@dataclass(frozen=True, slots=True)
class LocalOrigins:
    """The origins of this machine, on any port, and some more."""

    more: tuple[str, ...] = ()

    def __contains__(self, origin: object) -> bool:
        """Tell whether a page of that origin is let in."""
        if not isinstance(origin, str):
            return False
        return origin in self.more or is_loopback_origin(origin)


def ensure_room(
    connection: Connection, user_id: str, room_id: str, title: str, created_at: datetime
) -> None:
    """Make a room with a known id, unless it is there."""
    try:
        conversations.owned_room(connection, user_id, room_id)
    except NotFound:
        room = conversations.Room(room_id, title, created_at)
        conversations.create_room(connection, user_id, room)
