"""Which pages of other origins can read the mock's replies: those of this machine, on any port."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from streamproof.contracts.loopback import is_loopback_origin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamproof.mock_ai.actions.head import Headers

_PREFLIGHT_SECONDS: Final = 600


@lru_cache(maxsize=64)
def cors_headers(origin: str | None) -> Headers:
    """Return the headers about origins in every reply; `origin` is the page that asks."""
    headers = [("Vary", "Origin")]
    if origin is not None and is_loopback_origin(origin):
        headers.append(("Access-Control-Allow-Origin", origin))
        headers.append(("Access-Control-Allow-Credentials", "true"))
    return tuple(headers)


def is_preflight(method: str, headers: Mapping[str, str]) -> bool:
    """Tell whether a browser asks if it may send a request."""
    return method == "OPTIONS" and {"Origin", "Access-Control-Request-Method"} <= headers.keys()


def preflight_headers(headers: Mapping[str, str]) -> Headers:
    """Return the answer to a preflight: the origin decides, and every header is allowed."""
    allowed = (
        ("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE"),
        ("Access-Control-Allow-Headers", headers.get("Access-Control-Request-Headers", "")),
        ("Access-Control-Max-Age", str(_PREFLIGHT_SECONDS)),
    )
    return cors_headers(headers.get("Origin")) + allowed
