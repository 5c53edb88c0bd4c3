"""Error bodies of AI providers, and of a proxy in front of them.

Each has the provider's usual words for a status, unless the error has a message of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from streamproof.mock_ai.actions.headers import reason_phrase

if TYPE_CHECKING:
    from streamproof.mock_ai.dialects.output import ProviderError

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
_MISTRAL: Final = {
    400: ("invalid_request_error", None, "Invalid request."),
    401: ("unauthorized", None, "Unauthorized"),
    404: ("invalid_model", "1500", "Invalid model."),
    422: ("invalid_request_error", None, "Invalid request."),
    429: ("rate_limited", "1300", "Rate limit exceeded"),
    503: ("internal_server_error", "3800", "Service unavailable."),
}
_AMAZON: Final = {
    400: "ValidationException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    408: "ModelTimeoutException",
    424: "ModelErrorException",
    429: "ThrottlingException",
    503: "ServiceUnavailableException",
    529: "ServiceUnavailableException",
}
_SERVER_ERROR: Final = "The server had an error while processing your request."


def openai_error(error: ProviderError) -> dict[str, object]:
    """Return an error in the words of OpenAI and of compatible services."""
    kind, code, usual = _OPENAI.get(error.status, ("server_error", None, _SERVER_ERROR))
    message = usual if error.message is None else error.message
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def anthropic_error(error: ProviderError) -> dict[str, object]:
    """Return an error in the words of Anthropic."""
    kind, usual = _ANTHROPIC.get(error.status, ("api_error", "Internal server error"))
    message = usual if error.message is None else error.message
    return {"type": "error", "error": {"type": kind, "message": message}}


def mistral_error(error: ProviderError) -> dict[str, object]:
    """Return an error in the words of Mistral."""
    other = ("internal_server_error", "3000", "Internal error")
    kind, code, usual = _MISTRAL.get(error.status, other)
    message = usual if error.message is None else error.message
    words = {"message": message, "type": kind, "param": None, "code": code}
    return {"object": "error", **words, "raw_status_code": error.status}


def google_error(error: ProviderError) -> dict[str, object]:
    """Return an error in the words of Gemini."""
    word = _GOOGLE.get(error.status, "INTERNAL")
    return {"error": {"code": error.status, "message": _phrase(error), "status": word}}


def text_error(error: ProviderError) -> dict[str, object]:
    """Return an error as Ollama, and the mock itself, word it."""
    return {"error": _phrase(error)}


def message_error(error: ProviderError) -> dict[str, object]:
    """Return an error in the words of Cohere and of Amazon, whose types are in a header."""
    return {"message": _phrase(error)}


def amazon_exception(status: int) -> str:
    """Return the type of an error of Amazon's services."""
    is_fault = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return _AMAZON.get(status, "InternalServerException" if is_fault else "ValidationException")


def nginx_error(error: ProviderError) -> str:
    """Return the page of the proxy nginx."""
    phrase = reason_phrase(error.status) if error.message is None else error.message
    title = f"{error.status} {phrase}".strip()
    return (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{title}</h1></center>\r\n<hr><center>nginx</center>\r\n"
        "</body>\r\n</html>\r\n"
    )


def _phrase(error: ProviderError) -> str:
    if error.message is not None:
        return error.message
    return reason_phrase(error.status) or _usual(error.status)


def _usual(status: int) -> str:
    """Return the words for a status that has no phrase of its own."""
    return _SERVER_ERROR if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "Invalid request."


ERROR_BODIES: Final[Mapping[str, Callable[[ProviderError], dict[str, object]]]] = {
    "openai": openai_error,
    "anthropic": anthropic_error,
    "google": google_error,
    "ollama": text_error,
    "cohere": message_error,
    "mistral": mistral_error,
    "amazon": message_error,
}
"""The error bodies of providers, which are JSON."""

PROVIDER_ERRORS: Final[Mapping[str, Callable[[ProviderError], object]]] = {
    **ERROR_BODIES,
    "nginx": nginx_error,
}
"""The error bodies by the names of `refuse: {like: NAME}`."""
