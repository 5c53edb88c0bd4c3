"""How a connection is made, and what is sent on it."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import asynccontextmanager, suppress

import pytest
import trustme

from streamproof.relay.errors import CannotConnect
from streamproof.relay.http_client import HttpClient
from streamproof.relay.http_response import MAX_WAITING_BYTES, READ_BYTES
from tests.ports import free_port
from tests.relay.raw_server import head

ANSWER = head(Content_Length="0")
V4 = socket.AF_INET, socket.SOCK_STREAM, 6, ""
V6 = socket.AF_INET6, socket.SOCK_STREAM, 6, ""


@asynccontextmanager
async def answering(host="127.0.0.1", tls=None, answer=ANSWER):
    """Run a server that answers each request; give its port, and the heads of the requests."""
    requests: list[str] = []

    async def serve(reader, writer):
        requests.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(answer)
        with suppress(ConnectionError):  # the client closes as soon as it has the answer
            await writer.drain()
            writer.close()
            await writer.wait_closed()

    server = await asyncio.start_server(serve, host, 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1], requests


async def post(client):
    """Post an empty object; return the status."""
    found, response = await client.post({}, {"Accept": "x"}, lambda: None)
    response.close()
    return found.status


def finds(monkeypatch, *addresses):
    """Let each search find these addresses; return the list of the searches."""
    searches: list[str] = []

    async def getaddrinfo(host, *_arguments, **_options):
        searches.append(host)
        await asyncio.sleep(0)
        return list(addresses)

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    return searches


async def test_a_request_names_its_host_and_closes_its_connection():
    async with answering() as (port, requests):
        assert await post(HttpClient(f"http://127.0.0.1:{port}/a%20b/chat?x=1")) == 200
    (request,) = requests
    assert request == (
        f"POST /a%20b/chat?x=1 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: x\r\n"
        "User-Agent: streamproof\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
        "Connection: close\r\n\r\n"
    )


async def test_an_address_of_ipv6_has_brackets():
    async with answering("::1") as (port, requests):
        assert await post(HttpClient(f"http://[::1]:{port}/")) == 200
    assert f"Host: [::1]:{port}\r\n" in requests[0]


async def test_the_next_address_is_tried(monkeypatch):
    async with answering() as (port, _):
        finds(monkeypatch, (*V6, ("::1", free_port(), 0, 0)), (*V4, ("127.0.0.1", port)))
        client = HttpClient("http://two-addresses.test/")
        assert [await post(client) for _ in range(2)] == [200, 200]


async def test_connections_at_once_need_one_search_and_the_addresses_take_turns(monkeypatch):
    async with answering() as (port, first), answering() as (other, second):
        searches = finds(monkeypatch, (*V4, ("127.0.0.1", port)), (*V4, ("127.0.0.1", other)))
        client = HttpClient("http://ai.test/")
        assert await asyncio.gather(*[post(client) for _ in range(4)]) == [200] * 4
    assert searches == ["ai.test"]
    assert (len(first), len(second)) == (2, 2)


async def test_a_search_that_failed_is_repeated():
    client = HttpClient("http://unknown.invalid:9/")
    for _ in range(2):
        with pytest.raises(CannotConnect) as caught:
            await post(client)
        assert str(caught.value) == "cannot connect to unknown.invalid:9: unknown host name"
        assert not caught.value.permanent


async def test_a_connection_that_is_given_up_does_not_end_the_search_for_others(monkeypatch):
    async with answering() as (port, _):
        finds(monkeypatch, (*V4, ("127.0.0.1", port)))
        client = HttpClient("http://ai.test/")
        first, second = (asyncio.create_task(post(client)) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        assert await second == 200


@pytest.fixture
def authority(tmp_path, monkeypatch):
    """Let this process trust a certificate authority; give the authority."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return authority


def server_side(authority, host):
    """Return the TLS of a server for a host."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(host).configure_cert(tls)
    return tls


async def test_tls_is_spoken_with_a_trusted_server(authority):
    async with answering(tls=server_side(authority, "localhost")) as (port, requests):
        assert await post(HttpClient(f"https://localhost:{port}/")) == 200
    assert f"Host: localhost:{port}\r\n" in requests[0]


async def test_a_body_over_tls_arrives_whole_and_in_bounded_parts(authority):
    body = bytes(range(256)) * 2000
    tls, answer = server_side(authority, "localhost"), head(Content_Length=str(len(body))) + body
    async with answering(tls=tls, answer=answer) as (port, _):
        client = HttpClient(f"https://localhost:{port}/")
        _, response = await client.post({}, {}, lambda: None)
        changed = asyncio.Event()
        response.on_change = changed.set
        received = b""
        while not response.ended:
            await changed.wait()
            changed.clear()
            assert len(response.arrived) < MAX_WAITING_BYTES + READ_BYTES
            while part := response.take(5000):
                received += part
        response.close()
    assert received == body
    assert response.error is None


@pytest.mark.parametrize(
    ("host", "trusted", "problem"),
    [
        ("other.test", True, "the certificate is not valid: Hostname mismatch"),
        ("localhost", False, "the certificate is not valid: unable to get local issuer"),
    ],
)
async def test_a_certificate_that_is_not_valid_is_permanent(authority, host, trusted, problem):
    issuer = authority if trusted else trustme.CA()
    async with answering(tls=server_side(issuer, host)) as (port, requests):
        with pytest.raises(CannotConnect, match=problem) as caught:
            await post(HttpClient(f"https://localhost:{port}/"))
    assert caught.value.permanent
    assert requests == []
