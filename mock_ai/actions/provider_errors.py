"""Error bodies of well-known AI providers, and of a proxy in front of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

_OPENAI: Final = {
    400: ("invalid_request_error", None, "Invalid request."),
    401: ("invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
    403: ("invalid_request_error", None, "You are not allowed to sample from this model."),
    404: ("invalid_request_error", "model_not_found", "The model does not exist."),
    429: ("requests", "rate_limit_exceeded", "Rate limit reached. Please try again later."),
}
_ANTHROPIC: Final = {
    400: ("invalid_request_error", "Invalid request"),
    401: ("authentication_error", "invalid x-api-key"),
    403: ("permission_error", "Forbidden"),
    404: ("not_found_error", "Not found"),
    413: ("request_too_large", "Request exceeds the maximum size"),
    429: ("rate_limit_error", "This request would exceed your rate limit"),
    529: ("overloaded_error", "Overloaded"),
}
_GOOGLE: Final = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_SERVER_ERROR: Final = "The server had an error while processing your request."


def _openai(status: int, _reason: str) -> object:
    kind, code, message = _OPENAI.get(status, ("server_error", None, _SERVER_ERROR))
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def _anthropic(status: int, _reason: str) -> object:
    kind, message = _ANTHROPIC.get(status, ("api_error", "Internal server error"))
    return {"type": "error", "error": {"type": kind, "message": message}}


def _google(status: int, reason: str) -> object:
    word = _GOOGLE.get(status, "INTERNAL")
    return {"error": {"code": status, "message": reason, "status": word}}


def _nginx(status: int, reason: str) -> object:
    title = f"{status} {reason}".strip()
    return (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{title}</h1></center>\r\n<hr><center>nginx</center>\r\n"
        "</body>\r\n</html>\r\n"
    )


_BODIES: Final[Mapping[str, Callable[[int, str], object]]] = {
    "openai": _openai,
    "anthropic": _anthropic,
    "google": _google,
    "nginx": _nginx,
}


def error_body(provider: str, status: int, reason: str) -> object:
    """Return a provider's error body: a JSON value, or an HTML page as text."""
    return _BODIES[provider](status, reason)
