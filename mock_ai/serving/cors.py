"""Which pages of other origins may read the mock's replies: those of this machine, on any port."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamproof.mock_ai.actions import Headers

_LOCAL: Final = re.compile(r"https?://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?")
_PREFLIGHT_SECONDS: Final = 600


@lru_cache(maxsize=64)
def cors_headers(origin: str | None) -> Headers:
    """Return what every reply says about origins, to a request from this one."""
    headers = [("Vary", "Origin")]
    if origin is not None and _LOCAL.fullmatch(origin):
        headers.append(("Access-Control-Allow-Origin", origin))
        headers.append(("Access-Control-Allow-Credentials", "true"))
    return tuple(headers)


def is_preflight(method: str, request: Mapping[str, str]) -> bool:
    """Tell a browser's question about a request to come from any other OPTIONS."""
    return method == "OPTIONS" and {"Origin", "Access-Control-Request-Method"} <= request.keys()


def preflight_headers(request: Mapping[str, str]) -> Headers:
    """Answer a preflight: the origin decides, and it may send any header it asks for."""
    allowed = (
        ("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE"),
        ("Access-Control-Allow-Headers", request.get("Access-Control-Request-Headers", "")),
        ("Access-Control-Max-Age", str(_PREFLIGHT_SECONDS)),
    )
    return cors_headers(request.get("Origin")) + allowed
