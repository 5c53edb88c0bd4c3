"""The words for a connection that cannot be made, and for a reply that broke off."""

from __future__ import annotations

import socket
import ssl

import pytest

from streamproof.relay.broken_replies import broken_reply, connection_problem
from streamproof.relay.errors import BrokenReply


def tls_error(reason):
    """Return an error as OpenSSL reports it."""
    error = ssl.SSLError(1, "x")
    error.reason = reason
    return error


def bad_certificate(problem):
    """Return an error as OpenSSL reports a certificate."""
    error = ssl.SSLCertVerificationError(1, "x")
    error.verify_message = problem
    return error


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            BrokenReply("the body ended before its last chunk"),
            "the body ended before its last chunk",
        ),
        (ConnectionResetError(104, "x"), "the connection was reset"),
        (BrokenPipeError(32, "x"), "the connection closed while the request was sent"),
        (OSError(113, "x"), "no route to host"),
        (tls_error("ODD_RECORD"), "TLS failed: odd record"),
        (ssl.SSLEOFError(8, "The stream ended"), "TLS failed: the stream ended"),
        (ValueError(), "ValueError"),
    ],
)
def test_a_broken_reply_is_described(error, text):
    assert broken_reply(error) == text


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ConnectionRefusedError(111, "x"), "connection refused; is the service running?"),
        (OSError("Multiple exceptions: a, b"), "Multiple exceptions: a, b"),
        (bad_certificate("self-signed"), "the certificate is not valid: self-signed"),
        (tls_error("ODD_RECORD"), "TLS failed: odd record"),
        (socket.gaierror(8, "x"), "unknown host name"),  # a number as on macOS
    ],
)
def test_a_connection_that_cannot_be_made_is_described(error, text):
    assert connection_problem("::1", 9, error) == f"cannot connect to [::1]:9: {text}"
