"""Identifies the user of a request by a JWT, and checks the origin of cookie requests.

The token comes as a bearer token or in a cookie. It must use HS256, and have `exp` and `sub`. A
bearer token has priority over the cookie, even if the bearer token is not valid.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from streamproof.contracts.messages import storable
from streamproof.relay.errors import Forbidden, SettingsError, Unauthorized
from streamproof.relay.setting_checks import MIN_SECRET_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping

ALGORITHM: Final = "HS256"
MAX_LEEWAY_SECONDS: Final = 30
MAX_TOKEN_CHARACTERS: Final = 4096
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""RFC 9110, section 9.2.1: they change nothing, so a forged request does no harm."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The user of a request; `by_cookie` if a browser can have sent it without the user."""

    user_id: str
    by_cookie: bool


class Authenticator:
    """Identifies users by their tokens; `leeway_seconds` allows for clocks that differ.

    Raises `SettingsError` for a secret under 32 bytes, or a leeway over 30 seconds.
    """

    def __init__(
        self, secret: str, cookie: str, *, leeway_seconds: int = MAX_LEEWAY_SECONDS
    ) -> None:
        _check_secret(secret)
        if not 0 <= leeway_seconds <= MAX_LEEWAY_SECONDS:
            raise SettingsError((f"leeway_seconds: wanted 0 to {MAX_LEEWAY_SECONDS}",))
        self._secret = secret
        self._cookie = cookie
        self._leeway_seconds = leeway_seconds

    def caller(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> Caller:
        """Return the user of a request; raises `Unauthorized`. Header names can be in any case."""
        bearer = _bearer(_header(headers, "authorization") or "")
        if bearer is not None:
            return Caller(self.user_id(bearer), by_cookie=False)
        return Caller(self.user_id(cookies.get(self._cookie, "")), by_cookie=True)

    def user_id(self, token: str) -> str:
        """Return the `sub` of a valid token; raises `Unauthorized` for any other."""
        if not token or len(token) > MAX_TOKEN_CHARACTERS:
            raise Unauthorized
        import jwt  # here, because it imports all of `cryptography`; a local backend has no tokens

        try:
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=[ALGORITHM],
                options={"require": ["exp", "sub"]},
                leeway=self._leeway_seconds,
            )
        except (jwt.PyJWTError, ValueError, OverflowError, RecursionError) as error:
            raise Unauthorized from error
        return _user_id(claims["sub"])


def issue_token(
    secret: str,
    user_id: str,
    seconds: int,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> str:
    """Return a token that is valid for `seconds`; raises `SettingsError` for a short secret."""
    import jwt  # as above

    _check_secret(secret)
    issued = int(now().timestamp())
    claims = {"sub": user_id, "iat": issued, "exp": issued + seconds}
    return jwt.encode(claims, secret, algorithm=ALGORITHM)


def check_origin(
    caller: Caller, method: str, headers: Mapping[str, str], allowed_origins: Container[str]
) -> None:
    """Raise `Forbidden` for a change that another site may have caused.

    A browser sends only cookies without being asked, so only cookie requests are checked. A
    request without `Origin` needs `Sec-Fetch-Site: same-origin`, which a page cannot set itself.
    """
    if not caller.by_cookie or method.upper() in SAFE_METHODS:
        return
    origin = _header(headers, "origin")
    if origin is not None and origin.lower() in allowed_origins:
        return
    site = _header(headers, "sec-fetch-site")
    if origin is None:
        same = site == "same-origin"
    else:
        same = site in {None, "same-origin"} and _is_same(origin, _header(headers, "host"))
    if not same:
        raise Forbidden("Origin not allowed")


def _check_secret(secret: str) -> None:
    if len(secret.encode()) < MIN_SECRET_BYTES:
        raise SettingsError((f"jwt_secret: wanted at least {MIN_SECRET_BYTES} bytes",))


def _user_id(subject: object) -> str:
    """Return the subject as a user ID; it must be a text that every database can store."""
    if not isinstance(subject, str) or not subject.strip() or subject != storable(subject):
        raise Unauthorized
    return subject


def _bearer(value: str) -> str | None:
    """Return the token of an `Authorization` header; None for another scheme."""
    scheme, _, token = value.strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _is_same(origin: str, host: str | None) -> bool:
    """Compare host and port; behind a TLS proxy, the relay does not know its own scheme."""
    try:
        url = urlsplit(origin)
    except ValueError:
        return False
    plain = url.scheme in {"http", "https"} and not (url.path or url.query or url.fragment)
    return plain and bool(url.netloc) and url.netloc.lower() == (host or "").lower()


def _header(headers: Mapping[str, str], name: str) -> str | None:
    return next((value for key, value in headers.items() if key.lower() == name), None)
