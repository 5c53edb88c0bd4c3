"""Headers that AI providers send with an error: the ID of the request, its type, the rate limits.

Their values are fixed, so that a plan has the same bytes everywhere. A scenario replaces any of
them by its own headers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from streamproof.mock_ai.dialects.provider_errors import amazon_exception

TOO_MANY_REQUESTS: Final = 429

_REQUEST_IDS: Final[Mapping[str, str]] = {
    "openai": "x-request-id",
    "anthropic": "request-id",
    "amazon": "x-amzn-requestid",
}
_REQUEST_ID: Final = "req_1"
_RETRY_AFTER: Final = {"Retry-After": "1"}

_LIMITS: Final[Mapping[str, Mapping[str, str]]] = {
    "openai": {
        "x-ratelimit-limit-requests": "500",
        "x-ratelimit-limit-tokens": "30000",
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-remaining-tokens": "29000",
        "x-ratelimit-reset-requests": "1s",
        "x-ratelimit-reset-tokens": "2s",
        **_RETRY_AFTER,
    },
    "anthropic": {
        "anthropic-ratelimit-requests-limit": "50",
        "anthropic-ratelimit-requests-remaining": "0",
        "anthropic-ratelimit-requests-reset": "2026-01-01T00:00:01Z",
        "anthropic-ratelimit-tokens-limit": "40000",
        "anthropic-ratelimit-tokens-remaining": "39000",
        "anthropic-ratelimit-tokens-reset": "2026-01-01T00:00:02Z",
        **_RETRY_AFTER,
    },
    "mistral": _RETRY_AFTER,
}
"""With 429. Google's, Cohere's, Ollama's and Amazon's services send none of these."""


def provider_headers(provider: str, status: int) -> Mapping[str, str]:
    """Return the headers of an error with a status, in addition to the type of its body."""
    request_id = {_REQUEST_IDS[provider]: _REQUEST_ID} if provider in _REQUEST_IDS else {}
    error_type = {"x-amzn-errortype": amazon_exception(status)} if provider == "amazon" else {}
    limits = _LIMITS.get(provider, {}) if status == TOO_MANY_REQUESTS else {}
    return {**request_id, **error_type, **limits}
