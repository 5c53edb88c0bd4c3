"""Why no connection could be made, in the words of streamproof."""

import asyncio
import ssl

import aiohttp
import pytest

from streamproof.harness.http.connecting import connection_problem, tls_problem
from tests.harness.http.raw_server import answering


async def problem_at(url: str) -> str | None:
    """Return why a request to the URL found no connection."""
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientError) as caught:
            await session.get(url)
    return connection_problem(caught.value, url)


async def test_closed_port_is_a_refused_connection(unused_tcp_port):
    address = f"127.0.0.1:{unused_tcp_port}"
    wanted = f"cannot connect to {address}: connection refused; is the service running?"
    assert await problem_at(f"http://{address}/") == wanted


async def test_ipv6_address_is_shown_in_brackets(unused_tcp_port):
    found = await problem_at(f"http://[::1]:{unused_tcp_port}/")
    assert found is not None
    assert found.startswith(f"cannot connect to [::1]:{unused_tcp_port}: ")


async def test_unknown_host_name_is_named():
    wanted = "cannot connect to host.invalid:80: unknown host name"
    assert await problem_at("http://host.invalid/") == wanted


async def test_server_without_tls_is_named():
    async with answering(b"HTTP/1.1 400 Bad Request\r\n\r\n") as url:
        found = await problem_at(url.replace("http:", "https:"))
    assert found is not None
    assert found.endswith(": the server does not speak TLS on this port; use a URL with http://")


def test_timeout_has_the_address_of_its_request():
    error = aiohttp.ConnectionTimeoutError()
    wanted = "cannot connect to host:8000: no answer in time; is the service running?"
    assert connection_problem(error, "http://host:8000/chat") == wanted
    assert connection_problem(error) is None


def test_addresses_that_fail_in_different_ways_are_all_named():
    key = aiohttp.client_reqrep.ConnectionKey("host", 80, False, True, None, None, None)
    error = aiohttp.ClientConnectorError(key, OSError("Multiple exceptions: a, b"))
    assert connection_problem(error) == "cannot connect to host:80: Multiple exceptions: a, b"


def test_invalid_certificate_is_named_without_the_words_of_openssl():
    refused = ssl.SSLCertVerificationError(1, "certificate verify failed")
    refused.verify_message = "self-signed certificate"
    key = aiohttp.client_reqrep.ConnectionKey("host", 443, True, True, None, None, None)
    error = aiohttp.ClientConnectorCertificateError(key, refused)
    wanted = "cannot connect to host:443: the certificate is not valid: self-signed certificate"
    assert connection_problem(error) == wanted


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        ("WRONG_VERSION_NUMBER", "the server does not speak TLS on this port"),
        ("SSLV3_ALERT_HANDSHAKE_FAILURE", "TLS failed: sslv3 alert handshake"),
    ],
)
def test_tls_error_is_in_words(reason, text):
    error = ssl.SSLError(1, f"[SSL: {reason}] (_ssl.c:1006)")
    error.reason = reason
    assert tls_problem(error).startswith(text)


@pytest.mark.parametrize("error", [asyncio.CancelledError(), ValueError("x"), OSError("y")])
def test_other_error_is_not_a_connection_problem(error):
    assert connection_problem(error, "http://host/") is None
