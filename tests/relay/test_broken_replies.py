"""The words for a reply that broke off: what the system reports, then what HTTP lacks."""

from __future__ import annotations

import ssl

import aiohttp
import pytest
from aiohttp import http_exceptions
from aiohttp.client_reqrep import ConnectionKey

from streamproof.relay.broken_replies import broken_reply, connection_problem

KEY = ConnectionKey("::1", 9, False, True, None, None, None, None)
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
            caused(
                aiohttp.ClientPayloadError("x"), http_exceptions.BadHttpMessage("Bad chunk: b'zz'")
            ),
            "the reply is not valid HTTP/1.1",
        ),
        (
            aiohttp.ServerDisconnectedError(),
            "the connection closed before the response head was complete",
        ),
        (aiohttp.ClientOSError(113, "x"), "no route to host"),
        (tls_error("ODD_RECORD"), "TLS failed: odd record"),
        (ssl.SSLEOFError(8, "The stream ended"), "TLS failed: the stream ended"),
        (ValueError(), "ValueError"),
    ],
)
def test_a_broken_reply_is_described(error, text):
    assert broken_reply(error) == text


def test_what_the_connection_ended_with_comes_first():
    of_connection = caused(aiohttp.ClientOSError(1, "x"), tls_error("BAD_RECORD"))
    assert broken_reply(NO_LAST_CHUNK, of_connection) == "TLS failed: bad record"


@pytest.mark.parametrize(
    ("cause", "text"),
    [
        (ConnectionRefusedError(111, "x"), "connection refused; is the service running?"),
        (OSError("Multiple exceptions: a, b"), "Multiple exceptions: a, b"),
        (bad_certificate("self-signed"), "the certificate is not valid: self-signed"),
        (tls_error("ODD_RECORD"), "TLS failed: odd record"),
    ],
)
def test_a_connection_that_cannot_be_made_is_described(cause, text):
    error = aiohttp.ClientConnectorError(KEY, cause)
    assert connection_problem(error) == f"cannot connect to [::1]:9: {text}"


def test_a_name_that_cannot_be_resolved_is_unknown():
    error = aiohttp.ClientConnectorDNSError(KEY, OSError(8, "x"))  # a number as on macOS
    assert connection_problem(error) == "cannot connect to [::1]:9: unknown host name"
