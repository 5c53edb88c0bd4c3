"""Says in one line why a request or its response failed, in the words of streamproof."""

import errno
import ssl
from collections.abc import Iterator, Mapping

import aiohttp
from aiohttp import http_exceptions

from streamproof.contracts.files import system_text
from streamproof.harness.http.connecting import connection_problem, tls_problem
from streamproof.mock_ai.serving.invalid_http import http_problem

LONGEST_HEAD_LINE = 65_536
"""The limit of the client for a line of a response head, in bytes; browsers take 256 KiB in all."""
MOST_HEADERS = 1_000
"""The limit of the client for the headers of a response."""

NOT_DECODED = "the body cannot be decoded as its Content-Encoding says"

_PROBLEMS: Mapping[type[BaseException], str] = {
    http_exceptions.ContentLengthError: "the body is shorter than its Content-Length",
    http_exceptions.TransferEncodingError: "the body ended before its last chunk",
    http_exceptions.ContentEncodingError: NOT_DECODED,
    http_exceptions.LineTooLong: "a line of the response head has more than"
    f" {LONGEST_HEAD_LINE:,} bytes, the limit of this client",
    aiohttp.ServerDisconnectedError: "the connection closed before the response head was complete",
    aiohttp.ClientPayloadError: "the body broke off",
    TimeoutError: "no answer in time",
}
_SYSTEM_PROBLEMS: Mapping[int, str] = {
    errno.ECONNRESET: "the connection was reset",
    errno.EPIPE: "the connection closed while the request was sent",
}


def failure_text(error: BaseException, url: str | None = None) -> str:
    """Return why a request failed; `url` is the URL of the request."""
    if problem := connection_problem(error, url):
        return problem
    if isinstance(error, aiohttp.ClientResponseError) and error.__cause__ is None:
        return f"the response has status {error.status}"
    for cause in _causes(error):
        for kind, text in _PROBLEMS.items():
            if isinstance(cause, kind):
                return text
        if _has_too_many_headers(cause):
            return f"the response has more than {MOST_HEADERS:,} headers, the limit of this client"
        if isinstance(cause, http_exceptions.BadHttpMessage):
            return f"the response is not valid HTTP/1.1: {http_problem(cause)}"
        if isinstance(cause, ssl.SSLError):
            return tls_problem(cause)
        if isinstance(cause, OSError) and cause.errno is not None and cause.errno > 0:
            return _SYSTEM_PROBLEMS.get(cause.errno) or system_text(cause.errno)
    return str(error) or type(error).__name__


def is_limit_of_client(error: BaseException) -> bool:
    """Tell whether only a limit of this client made a request fail; another client may go on."""
    return any(
        isinstance(cause, http_exceptions.LineTooLong) or _has_too_many_headers(cause)
        for cause in _causes(error)
    )


def _has_too_many_headers(error: BaseException) -> bool:
    return isinstance(error, http_exceptions.BadHttpMessage) and error.message.startswith(
        "Too many headers"
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the causes of an error, the first cause first, then the error."""
    if error.__cause__ is not None:
        yield from _causes(error.__cause__)
    yield error
