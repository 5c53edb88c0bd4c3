"""Identifies the user of a request by a JWT, and checks the origin of cookie requests.

The token comes as a bearer token or in a cookie. It must have `exp` and `sub`, and one of the keys
of the settings. A bearer token has priority over the cookie, even if the bearer token is not valid.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlsplit

from streamproof.contracts.messages import storable
from streamproof.relay.errors import Forbidden, SettingsError, Unauthorized
from streamproof.relay.token_keys import HS256, check_secret, keys_of

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping

    from streamproof.relay.settings import Settings
    from streamproof.relay.token_keys import TokenKeys

MAX_LEEWAY_SECONDS: Final = 30
MAX_TOKEN_CHARACTERS: Final = 4096
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""RFC 9110, section 9.2.1: they change nothing, so a forged request does no harm."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The user of a request; `by_cookie` if a browser can have sent it without the user."""

    user_id: str
    by_cookie: bool
    expires_at: datetime | None = None
    """When the token expires; None without a token."""


class Authenticator:
    """Identifies users by their tokens; `leeway_seconds` allows for clocks that differ.

    Raises `SettingsError` for a leeway over 30 seconds.
    """

    def __init__(
        self,
        keys: TokenKeys,
        cookie: str,
        *,
        audience: str | None = None,
        issuer: str | None = None,
        leeway_seconds: int = MAX_LEEWAY_SECONDS,
    ) -> None:
        if not 0 <= leeway_seconds <= MAX_LEEWAY_SECONDS:
            raise SettingsError((f"leeway_seconds: wanted 0 to {MAX_LEEWAY_SECONDS}",))
        self._keys = keys
        self._cookie = cookie
        self._audience = audience
        self._issuer = issuer
        self._leeway_seconds = leeway_seconds

    @classmethod
    def of(cls, settings: Settings, *arguments: Any) -> Self:  # noqa: ANN401 - of a subclass
        """Return an authenticator with the keys and the claims of the settings."""
        return cls(
            keys_of(settings),
            settings.jwt_cookie,
            *arguments,
            audience=settings.jwt_audience,
            issuer=settings.jwt_issuer,
        )

    def caller(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> Caller:
        """Return the user of a request; raises `Unauthorized`. Header names can be in any case."""
        bearer = _bearer(_header(headers, "authorization") or "")
        by_cookie = bearer is None
        claims = self._claims(cookies.get(self._cookie, "") if bearer is None else bearer)
        return Caller(_user_id(claims["sub"]), by_cookie, _moment(claims["exp"]))

    def user_id(self, token: str) -> str:
        """Return the `sub` of a valid token; raises `Unauthorized` for any other."""
        return _user_id(self._claims(token)["sub"])

    def _claims(self, token: str) -> dict[str, Any]:
        if not token or len(token) > MAX_TOKEN_CHARACTERS:
            raise Unauthorized
        import jwt  # here, because it imports all of `cryptography`; a local backend has no tokens

        try:
            algorithm, key = self._keys.of(token)
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=self._audience,
                issuer=self._issuer,
                options={"require": ["exp", "sub"]},
                leeway=self._leeway_seconds,
            )
        except (jwt.PyJWTError, ValueError, OverflowError, RecursionError) as error:
            raise Unauthorized from error
        return claims


def issue_token(
    secret: str,
    user_id: str,
    seconds: int,
    *,
    audience: str | None = None,
    issuer: str | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> str:
    """Return a token that is valid for `seconds`; raises `SettingsError` for a short secret."""
    import jwt  # as above

    check_secret(secret)
    issued = int(now().timestamp())
    claims = {"sub": user_id, "iat": issued, "exp": issued + seconds}
    claims |= {name: value for name, value in (("aud", audience), ("iss", issuer)) if value}
    return jwt.encode(claims, secret, algorithm=HS256)


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


def _moment(expires: object) -> datetime:
    """Return the `exp` of a token, which `jwt` has checked, as a moment."""
    try:
        return datetime.fromtimestamp(int(float(str(expires))), UTC)
    except (ValueError, OverflowError, OSError):  # later than every moment
        return datetime.max.replace(tzinfo=UTC)


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
