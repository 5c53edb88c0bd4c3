"""Every mistake in a URL is found before a request is sent, and named in words."""

import pytest

from streamproof.harness.http.urls import base_url_problem, url_problem


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8000/chat",
        "HTTPS://example.com",
        "http://example.com.:1/",
        "http://a_b.example/{room}?x=1#y",
        "http://user:password@host/",
        "http://127.0.0.1:65535",
        "http://[::1]:80/",
        "http://[fe80::1%25eth0]/",
        "http://straße.example/",
        "http://host:/",
    ],
)
def test_url_to_which_a_request_can_be_sent_has_no_problem(url):
    assert url_problem(url) is None


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("", "it does not start with http:// or https://"),
        ("/chat", "it does not start with http:// or https://"),
        ("ftp://host/", "it does not start with http:// or https://"),
        ("http:host", "it does not start with http:// or https://"),
        ("localhost:8000", "did you mean 'http://localhost:8000'?"),
        ("example.com/chat", "did you mean 'http://example.com/chat'?"),
        ("http://a b/", "it contains a space or a control character"),
        ("http://a\0b/", "it contains a space or a control character"),
        ("http:///chat", "the host is missing"),
        ("http://..:80/", "the host name is not valid"),
        (f"http://{'a' * 64}.com/", "the host name is not valid"),
        ("http://a\\b/", "the host name is not valid"),
        ("http://%41/", "the host name is not valid"),
        ("http://256.1.1.1/", "the IPv4 address is not valid"),
        ("http://127.1/", "the IPv4 address is not valid"),
        ("http://[::bad/", "the host or the port is not valid"),
        ("http://[::1]x/", "the host or the port is not valid"),
        ("http://[v1.x]/", "the IPv6 address is not valid"),
        ("http://host:port/", "the host or the port is not valid"),
        ("http://host:0/", "wanted a port from 1 to 65535"),
        ("http://host:65536/", "wanted a port from 1 to 65535"),
        (f"http://host:{'9' * 5000}/", "wanted a port from 1 to 65535"),
    ],
    ids=lambda text: text[:30] or "empty",
)
def test_mistake_in_a_url_is_named(url, problem):
    assert url_problem(url) == problem


@pytest.mark.parametrize("url", ["http://host?x=1", "http://host/#top"])
def test_url_with_a_query_or_a_fragment_is_not_a_base(url):
    assert base_url_problem(url) == "it has a query or a fragment"
    assert base_url_problem("http://host/api") is None
    assert base_url_problem("host:1") == "did you mean 'http://host:1'?"
