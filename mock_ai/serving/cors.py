"""What a mock tells browsers about pages of other origins: who may read, and what may be sent."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamproof.contracts.origins import Origins
    from streamproof.mock_ai.actions.head import Headers

_METHODS: Final = "GET, HEAD, POST, PUT, PATCH, DELETE"
_PREFLIGHT_SECONDS: Final = 600
_ASKS_METHOD: Final = "Access-Control-Request-Method"
_ASKS_HEADERS: Final = "Access-Control-Request-Headers"
_ASKS_NETWORK: Final = "Access-Control-Request-Private-Network"
_VARY: Final = f"Origin, {_ASKS_HEADERS}, {_ASKS_NETWORK}"


@lru_cache(maxsize=64)
def cors_headers(origin: str | None, allowed: Origins) -> Headers:
    """Return the headers about origins in every reply; `origin` is the page that asks."""
    return (("Vary", "Origin"), *_reading(origin, allowed))


def is_preflight(method: str, header: Callable[[str], str | None]) -> bool:
    """Tell whether a browser asks if it may send a request."""
    return method == "OPTIONS" and None not in (header("Origin"), header(_ASKS_METHOD))


def preflight_headers(header: Callable[[str], str | None], allowed: Origins) -> Headers:
    """Return the answer to a preflight: the origin decides, and every header is allowed."""
    reading = _reading(header("Origin"), allowed)
    network = reading and header(_ASKS_NETWORK) == "true"
    return (
        ("Vary", _VARY),
        *reading,
        ("Access-Control-Allow-Methods", _METHODS),
        ("Access-Control-Allow-Headers", header(_ASKS_HEADERS) or ""),
        *([("Access-Control-Allow-Private-Network", "true")] if network else []),
        ("Access-Control-Max-Age", str(_PREFLIGHT_SECONDS)),
    )


def _reading(origin: str | None, allowed: Origins) -> Headers:
    if origin is None or origin not in allowed:
        return ()
    return (
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Allow-Credentials", "true"),
    )
