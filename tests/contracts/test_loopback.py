"""Which names are this machine, in `Host` and in `Origin` headers."""

import pytest

from streamproof.contracts.loopback import (
    authority_of_origin,
    host_of,
    is_loopback,
    is_loopback_authority,
    is_loopback_origin,
    url_host,
)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.8.0.1", "::1"])
def test_name_of_this_machine(host):
    assert is_loopback(host)
    assert is_loopback_authority(f"{url_host(host)}:8787")
    assert is_loopback_origin(f"http://{url_host(host)}:8787")


@pytest.mark.parametrize(
    "host",
    [
        "",
        "example.com",
        "a.localhost",
        "localhost.example.com",
        "notlocalhost",
        "10.0.0.1",
        "::2",
        "0",
    ],
)
def test_name_of_another_machine(host):
    assert not is_loopback(host)
    assert not is_loopback_authority(host)


@pytest.mark.parametrize(
    ("authority", "host"),
    [
        ("Mock:80", "mock"),
        ("localhost.", "localhost"),
        ("[::1]:8787", "::1"),
        ("[::1]", "::1"),
        ("::1", ""),
        ("me@localhost", ""),
        ("localhost:port", ""),
        ("a b", ""),
    ],
)
def test_host_of_a_header(authority, host):
    assert host_of(authority) == host


@pytest.mark.parametrize(
    ("origin", "authority"),
    [
        ("http://localhost:80", "localhost:80"),
        ("https://[::1]", "[::1]"),
        ("null", ""),
        ("", ""),
        ("file://localhost", ""),
        ("http://localhost/path", ""),
    ],
)
def test_authority_of_an_origin(origin, authority):
    assert authority_of_origin(origin) == authority


@pytest.mark.parametrize(("host", "written"), [("::1", "[::1]"), ("127.0.0.1", "127.0.0.1")])
def test_host_in_a_url(host, written):
    assert url_host(host) == written
