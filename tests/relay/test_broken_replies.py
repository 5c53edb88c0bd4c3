"""The words for a reply that broke off: what the system reports, then what HTTP lacks."""

from __future__ import annotations

import ssl

import aiohttp
import pytest
from aiohttp import http_exceptions
from aiohttp.client_reqrep import ConnectionKey

from streamproof.relay.broken_replies import broken_reply, connection_problem

NO_LAST_CHUNK = http_exceptions.TransferEncodingError("Not enough data")


def caused(error, cause):
    """Return an error with its cause."""
    error.__cause__ = cause
    return error


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
        (aiohttp.ClientPayloadError("x"), "the body broke off"),
        (
            caused(aiohttp.ClientPayloadError("x"), NO_LAST_CHUNK),
            "the body ended before its last chunk",
        ),
        (
            caused(
                aiohttp.ClientPayloadError("x"),
                caused(ConnectionResetError(104, "x"), NO_LAST_CHUNK),
            ),
            "the connection was reset",
        ),
        (
            aiohttp.ServerDisconnectedError(),
            "the connection closed before the response head was complete",
        ),
        (aiohttp.ClientOSError(113, "x"), "no route to host"),
        (ValueError(), "ValueError"),
    ],
)
def test_a_broken_reply_is_described(error, text):
    assert broken_reply(error) == text


@pytest.mark.parametrize(
    ("cause", "text"),
    [
        (ConnectionRefusedError(111, "x"), "connection refused; is the service running?"),
        (OSError(-2, "x"), "unknown host name"),
        (OSError("x"), "unknown host name"),
        (bad_certificate("self-signed"), "the certificate is not valid: self-signed"),
        (tls_error("ODD_RECORD"), "the TLS handshake failed: odd record"),
    ],
)
def test_a_connection_that_cannot_be_made_is_described(cause, text):
    key = ConnectionKey("::1", 9, False, True, None, None, None, None)
    error = aiohttp.ClientConnectorError(key, cause)
    assert connection_problem(error) == f"cannot connect to [::1]:9: {text}"
