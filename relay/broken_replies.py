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
    return f"cannot connect to {address}: {_reason(error)}"


def broken_reply(error: BaseException, of_connection: BaseException | None = None) -> str:
    """Return why a reply broke off; what the system reports comes before what HTTP lacks.

    `of_connection` is the error with which its connection ended.
    """
    causes = [*_causes(error)]
    for cause in (of_connection, *causes):
        if isinstance(cause, OSError) and (cause.errno or 0) > 0:
            return _system_problem(cause)
    for cause in causes:
        for kind, text in _PROBLEMS.items():
            if isinstance(cause, kind):
                return text
    return str(error) or type(error).__name__


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and its causes, the first cause first."""
    if error is not None:
        yield from _causes(error.__cause__)
        yield error


def _reason(error: aiohttp.ClientConnectorError) -> str:
    cause = error.os_error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"the certificate is not valid: {cause.verify_message}"
    if isinstance(cause, ssl.SSLError):
        return f"the TLS handshake failed: {(cause.reason or str(cause)).replace('_', ' ').lower()}"
    if cause.errno is None or cause.errno < 0:  # from the resolver of names
        return "unknown host name"
    return _system_problem(cause)


def _system_problem(error: OSError) -> str:
    number = error.errno or 0
    return _SYSTEM_PROBLEMS.get(number) or system_text(number)
