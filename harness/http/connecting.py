"""Says in one line why no connection to a service could be made."""

import errno
import os

import aiohttp
from yarl import URL

from streamproof.contracts.loopback import url_host


def connection_problem(error: Exception, url: str | None = None) -> str | None:
    """Return why no connection could be made, or None if the error means something else.

    `url` is the URL of the request; a timeout does not know its host and port.
    """
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"cannot connect to {_address(error.host, error.port)}: {_reason(error)}"
    if isinstance(error, aiohttp.ConnectionTimeoutError) and url is not None:
        address = _address(URL(url).host, URL(url).port)
        return f"cannot connect to {address}: no answer in time; is the service running?"
    return None


def _address(host: str | None, port: int | None) -> str:
    return f"{url_host(host or '')}:{port}"


def _reason(error: aiohttp.ClientConnectorError) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"the certificate is not valid: {error.certificate_error}"
    cause = error.os_error
    if cause.errno == errno.ECONNREFUSED:
        return "connection refused; is the service running?"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"unknown host name ({cause.strerror})"
    if (
        cause.errno is not None
        and cause.errno > 0
        and not isinstance(error, aiohttp.ClientSSLError)
    ):
        text = os.strerror(cause.errno)
        return text[0].lower() + text[1:]
    return str(cause)
