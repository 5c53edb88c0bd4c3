"""Every type of argument returns its value, or says what was wanted and what was given."""

from argparse import ArgumentTypeError

import pytest

from streamproof.contracts.text import short
from streamproof.harness.cli.arguments.types import (
    base_url,
    count,
    file_or_url,
    fixed_port,
    host,
    is_url,
    origin,
    origin_of_one_server,
    port,
    relative_url,
    seconds,
    seed,
    speed,
    url,
)


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (port, "0", 0),
        (port, "65535", 65535),
        (fixed_port, "1", 1),
        (count, "1", 1),
        (seed, "0", 0),
        (host, "0.0.0.0", "0.0.0.0"),  # noqa: S104  # nothing listens there
        (host, "::1", "::1"),
        (host, "[::1]", "::1"),
        (speed, "0", 0),
        (speed, "2.5", 2.5),
        (seconds, "0.1", 0.1),
        (url, "http://127.0.0.1:8000/chat", "http://127.0.0.1:8000/chat"),
        (url, "https://[::1]", "https://[::1]"),
        (url, "http://host/api/{room}/stream", "http://host/api/{room}/stream"),
        (base_url, "http://host/api", "http://host/api"),
        (origin, "HTTP://localhost:5173/", "http://localhost:5173"),
        (origin_of_one_server, "https://Host:443", "https://host"),
        (origin_of_one_server, "tauri://localhost", "tauri://localhost"),
        (relative_url, "/rooms/{room}", "/rooms/{room}"),
        (relative_url, "http://host/rooms/{room}", "http://host/rooms/{room}"),
        (file_or_url, "stream.sse", "stream.sse"),
        (file_or_url, "http://host", "http://host"),
    ],
)
def test_value_is_read(read, text, value):
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (port, "65536"),
        (port, "-1"),
        (port, "http"),
        (fixed_port, "0"),
        (count, "0"),
        (count, "1.5"),
        (count, "9" * 5000),
        (seed, "-1"),
        (host, ""),
        (host, "*"),
        (speed, "-1"),
        (speed, "nan"),
        (speed, "inf"),
        (speed, "fast"),
        (seconds, "0"),
        (seconds, "soon"),
        (url, "localhost:8000"),
        (url, "ftp://host"),
        (url, "http://"),
        (url, "http://[::1"),
        (url, "http://host:port"),
        (url, "http://host:99999"),
        (url, "http://host/a b"),
        (base_url, "http://host?x"),
        (origin, "http://host/page"),
        (origin_of_one_server, "*"),
        (origin_of_one_server, "http://host/"),
        (relative_url, "//["),
        (relative_url, "http://host:0/"),
        (file_or_url, "htp://host"),
        (port, "9" * 5000),
    ],
)
def test_other_text_is_refused_with_what_was_wanted(read, text):
    with pytest.raises(ArgumentTypeError, match="wanted") as caught:
        read(text)
    assert f"got {short(text)}" in str(caught.value)


@pytest.mark.parametrize("read", [url, base_url, file_or_url, origin])
@pytest.mark.parametrize(
    "text",
    [
        *(" http://ana:secret@host", "http//ana:secret@host:x", "//ana:secret@[host"),
        *("http://ana:1@secret$/@host", "http://ana:secret@", "ana:secret@host:x"),
    ],
)
def test_no_part_of_a_password_is_repeated(read, text):
    with pytest.raises(ArgumentTypeError, match="wanted") as caught:
        read(text)
    assert "secret" not in str(caught.value)


def test_an_origin_is_refused_without_its_password():
    with pytest.raises(ArgumentTypeError, match=r"got 'http://\*\*\*@host'"):
        origin("http://ana:secret@host")


def test_url_has_a_scheme():
    assert is_url("http://host")
    assert not is_url("folder/stream.sse")
