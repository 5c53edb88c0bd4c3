"""Says in one line why no connection to a service could be made."""

import errno
import ssl

import aiohttp
from yarl import URL

from streamproof.contracts.files import system_text
from streamproof.contracts.loopback import url_host


def connection_problem(error: BaseException, url: str | None = None) -> str | None:
    """Return why no connection could be made, or None if the error means something else.

    `url` is the URL of the request; a timeout does not know its host and port.
    """
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"cannot connect to {_address(error.host, error.port)}: {_reason(error)}"
    if isinstance(error, aiohttp.ConnectionTimeoutError) and url is not None:
        address = _address(URL(url).host, URL(url).port)
        return f"cannot connect to {address}: no answer in time; is the service running?"
    return None


def tls_problem(error: ssl.SSLError) -> str:
    """Return why TLS failed, without the words of OpenSSL where they are known."""
    if error.reason in {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"}:
        return "the server does not speak TLS on this port; use a URL with http://"
    return f"TLS failed: {(error.reason or str(error)).replace('_', ' ').lower()}"


def _address(host: str | None, port: int | None) -> str:
    return f"{url_host(host or '')}:{port}"


def _reason(error: aiohttp.ClientConnectorError) -> str:
    cause = error.os_error
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"the certificate is not valid: {_certificate_problem(error.certificate_error)}"
    if isinstance(cause, ssl.SSLError):
        return tls_problem(cause)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "unknown host name"
    if cause.errno == errno.ECONNREFUSED:
        return "connection refused; is the service running?"
    return system_text(cause.errno) if cause.errno else str(cause)


def _certificate_problem(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return str(error)
