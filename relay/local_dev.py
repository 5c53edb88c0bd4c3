"""Looser rules for a relay on a developer's machine.

Requests without a token belong to one fixed user, and pages from any port of this machine can use
the relay. Pages of other origins cannot, and DNS rebinding is rejected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from streamproof.relay.auth import Authenticator, Caller
from streamproof.relay.errors import NotFound, Unauthorized
from streamproof.relay.storage import conversations

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from streamproof.relay.token_keys import TokenKeys

_BROWSER_HEADERS: Final = frozenset({"origin", "sec-fetch-site"})


class LocalAuthenticator(Authenticator):
    """Identifies a request without a token as one fixed user; a token must be valid."""

    def __init__(self, keys: TokenKeys, cookie: str, user_id: str, **options: Any) -> None:  # noqa: ANN401 - those of the base
        super().__init__(keys, cookie, **options)
        self._token_cookie = cookie
        self._user_id = user_id

    def caller(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> Caller:
        """Return the user of a request; raises `Unauthorized` for a token that is not valid.

        A browser request without a token is checked like a cookie request: any page can cause it.
        """
        names = {name.lower() for name in headers}
        if "authorization" in names or self._token_cookie in cookies:
            try:
                return super().caller(headers, cookies)
            except Unauthorized:
                advice = f"without one, the request belongs to '{self._user_id}'"
                raise Unauthorized(f"The token is not valid; {advice}") from None
        return Caller(self._user_id, by_cookie=bool(names & _BROWSER_HEADERS))


def ensure_room(
    connection: Connection, user_id: str, room_id: str, title: str, created_at: datetime
) -> None:
    """Create a room with a fixed ID, unless it exists."""
    try:
        conversations.check_room(connection, user_id, room_id)
    except NotFound:
        room = conversations.Room(room_id, title, created_at)
        conversations.create_room(connection, user_id, room)
