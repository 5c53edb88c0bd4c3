"""Says in one line why the AI service gave no complete reply, in the words of streamproof."""

from __future__ import annotations

import errno
import ssl
from typing import TYPE_CHECKING, Final

import aiohttp
from aiohttp import http_exceptions

from streamproof.contracts.files import system_text
from streamproof.contracts.loopback import url_host

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PROBLEMS: Final[Mapping[type[BaseException], str]] = {
    http_exceptions.ContentLengthError: "the body is shorter than its Content-Length",
    http_exceptions.TransferEncodingError: "the body ended before its last chunk",
    http_exceptions.HttpProcessingError: "the reply is not valid HTTP/1.1",
    aiohttp.ServerDisconnectedError: "the connection closed before the response head was complete",
    aiohttp.ClientPayloadError: "the body broke off",
}
_SYSTEM_PROBLEMS: Final[Mapping[int, str]] = {
    errno.ECONNRESET: "the connection was reset",
    errno.EPIPE: "the connection closed while the request was sent",
    errno.ECONNREFUSED: "connection refused; is the service running?",
}


def connection_problem(error: aiohttp.ClientConnectorError) -> str:
    """Return why no connection could be made."""
    address = f"{url_host(error.host or '')}:{error.port}"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"cannot connect to {address}: unknown host name"
    return f"cannot connect to {address}: {_system_problem(error.os_error) or error.os_error}"


def broken_reply(error: BaseException, of_connection: BaseException | None = None) -> str:
    """Return why a reply broke off; what the system reports comes before what HTTP lacks.

    `of_connection` is the error with which its connection ended.
    """
    for cause in (*_causes(of_connection), *_causes(error)):
        if problem := _system_problem(cause):
            return problem
    for cause in _causes(error):
        for kind, text in _PROBLEMS.items():
            if isinstance(cause, kind):
                return text
    return str(error) or type(error).__name__


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and its causes, the first cause first."""
    if error is not None:
        yield from _causes(error.__cause__)
        yield error


def _system_problem(error: BaseException) -> str | None:
    """Return what the operating system or TLS reports; None for any other error."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"the certificate is not valid: {error.verify_message}"
        case ssl.SSLError():  # its number is one of OpenSSL
            reason = getattr(error, "reason", None) or error.strerror or str(error)
            return f"TLS failed: {reason.replace('_', ' ').lower()}"
        case OSError(errno=number) if number is not None and number > 0:
            return _SYSTEM_PROBLEMS.get(number) or system_text(number)
    return None
