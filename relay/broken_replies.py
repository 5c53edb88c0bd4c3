"""Says in one line why the AI service gave no complete reply, in the words of streamproof."""

from __future__ import annotations

import errno
import socket
import ssl
from typing import TYPE_CHECKING, Final

from streamproof.contracts.files import system_text
from streamproof.contracts.loopback import url_host

if TYPE_CHECKING:
    from collections.abc import Mapping

_SYSTEM_PROBLEMS: Final[Mapping[int, str]] = {
    errno.ECONNRESET: "the connection was reset",
    errno.EPIPE: "the connection closed while the request was sent",
    errno.ECONNREFUSED: "connection refused; is the service running?",
}


def connection_problem(host: str, port: int, error: OSError) -> str:
    """Return why no connection could be made."""
    address = f"{url_host(host)}:{port}"
    if isinstance(error, socket.gaierror):
        return f"cannot connect to {address}: unknown host name"
    return f"cannot connect to {address}: {broken_reply(error)}"


def broken_reply(error: BaseException) -> str:
    """Return what the operating system or TLS reports, or the message of another error."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"the certificate is not valid: {error.verify_message}"
        case ssl.SSLError():  # its number is one of OpenSSL
            reason = getattr(error, "reason", None) or error.strerror or str(error)
            return f"TLS failed: {reason.replace('_', ' ').lower()}"
        case OSError(errno=number) if number is not None and number > 0:
            return _SYSTEM_PROBLEMS.get(number) or system_text(number)
    return str(error) or type(error).__name__
