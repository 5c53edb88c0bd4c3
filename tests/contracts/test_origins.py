"""Origins: which pages may read replies, and which of them are named in full."""

import pytest

from streamproof.contracts.origins import Origins, is_origin, origin_of, read_origin

LAN = "http://192.168.1.20:3000"
APPS = ("tauri://localhost", "capacitor://localhost", "ionic://localhost", "app://obsidian.md")


@pytest.mark.parametrize(
    "text", [LAN, *APPS, "null", "*", "chrome-extension://*", "http://[::1]:1"]
)
def test_origin_is_read(text):
    assert read_origin(text) == text
    assert read_origin(text.upper()) == text


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://me:secret@Host.test:80/path?a=b", "http://host.test"),
        ("https://host.test:443/", "https://host.test"),
        ("https://host.test:80/", "https://host.test:80"),
        ("http://[::80]:8080/", "http://[::80]:8080"),
        ("http://[::80]", "http://[::80]"),
    ],
)
def test_origin_of_a_page_is_the_one_that_a_browser_sends(url, origin):
    assert origin_of(url) == origin
    assert is_origin(origin)


def test_default_port_is_left_out():
    assert read_origin("https://example.com:443") == "https://example.com"
    assert "https://example.com" in Origins((read_origin("https://example.com:443"),))


@pytest.mark.parametrize(
    "text", ["", "localhost:3000", "http://", "http://a@b", "http://a b", "//a", "http://a?b", "a*"]
)
def test_other_text_is_refused(text):
    with pytest.raises(ValueError, match="wanted an origin such as"):
        read_origin(text)


def test_url_with_a_path_leads_to_its_origin():
    with pytest.raises(ValueError, match=r"got 'http://a:1/x/'; write http://a:1$"):
        read_origin("http://a:1/x/")


@pytest.mark.parametrize(
    ("more", "origin", "allowed"),
    [
        ((), "http://localhost:5173", True),
        ((), "https://127.0.0.1", True),
        ((), "http://[::1]:8080", True),
        ((), "null", False),
        ((), LAN, False),
        ((LAN,), LAN, True),
        ((LAN,), "http://192.168.1.20:3001", False),
        ((LAN,), "http://192.168.1.20:3000.evil.example", False),
        (("http://192.168.1.*",), LAN, True),
        (("https://*.example.com",), "https://a.example.com", True),
        (("https://*.example.com",), "https://example.com", False),
        (("https://*.example.com",), "http://a.example.com", False),
        (("chrome-extension://*",), "chrome-extension://abc", True),
        (("null",), "null", True),
        (("*",), "https://anything.example", True),
        (("*",), "null", True),
        (APPS, "tauri://localhost", True),
        (("https://a.b",), "https://aXb", False),
    ],
)
def test_pages_of_an_origin_may_read(more, origin, allowed):
    assert (origin in Origins(more)) is allowed


def test_value_other_than_text_is_not_an_origin():
    assert 5 not in Origins(("*",))


@pytest.mark.parametrize(
    ("more", "origin", "trusted"),
    [
        ((LAN,), LAN, True),
        (APPS, "tauri://localhost", True),
        (("null",), "null", False),
        (("*",), LAN, False),
        (("chrome-extension://*",), "chrome-extension://abc", False),
        (("http://a*",), "http://a*", False),
    ],
)
def test_only_an_origin_that_is_named_in_full_is_trusted(more, origin, trusted):
    assert Origins(more).trusts(origin) is trusted


@pytest.mark.parametrize(
    "text", ["null", "*", "http://*", "https://A.test", "https://a.test/", "https://a.test:443"]
)
def test_origin_of_one_server_is_exact(text):
    assert not is_origin(text)
