"""The arguments of `verify relay` become a relay, or an error that says what is missing."""

import argparse

import pytest

from streamproof.harness.cli.arguments.relay import (
    TIMEOUT_SECONDS,
    add_relay_arguments,
    check_relay_arguments,
    relay_of,
)
from streamproof.harness.errors import UsageError
from streamproof.harness.verify.targets.remote import RemoteRelay

URL = "http://127.0.0.1:3000"


def parsed(*words: str) -> argparse.Namespace:
    """Parse and check arguments."""
    parser = argparse.ArgumentParser()
    add_relay_arguments(parser)
    args = parser.parse_args(words)
    check_relay_arguments(args)
    return args


def relay(*words: str) -> RemoteRelay:
    """Return the relay that the arguments describe."""
    return relay_of(parsed("--url", URL, "--mock-port", "8787", *words))


@pytest.mark.parametrize(
    ("words", "headers"),
    [
        pytest.param(["--token", "abc"], {"Authorization": "Bearer abc"}, id="token"),
        pytest.param(["--cookie", "a=b"], {"Cookie": "a=b"}, id="cookie"),
        pytest.param([], {}, id="neither"),
    ],
)
def test_authentication_becomes_a_header(words, headers):
    assert relay(*words).headers == headers


def test_everything_else_is_taken_over():
    found = relay("--room", "r", "--history-url", "/h/{room}", "--database", "chat.sqlite3")
    assert (found.url, found.room, found.history_url) == (URL, "r", "/h/{room}")
    assert found.database == "chat.sqlite3"
    assert found.limits.silence_seconds == TIMEOUT_SECONDS


@pytest.mark.parametrize("option", ["--timeout-seconds", "--patience-seconds"])
def test_time_limit_can_be_set_also_by_its_former_name(option):
    assert relay(option, "2.5").limits.silence_seconds == 2.5


@pytest.mark.parametrize("host", ["::1", "[::1]"])
def test_ipv6_host_may_have_brackets(host):
    assert parsed("--mock-host", host).mock_host == "::1"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--url", URL], "--url needs --mock-port"),
        (["--mock-port", "8787"], "--mock-port needs --url"),
        (["--history-url", "/h"], "--history-url needs --url"),
        (["--url", URL + "/{room}", "--mock-port", "1"], "needs --room"),
    ],
)
def test_arguments_that_need_others_say_so(words, message):
    with pytest.raises(UsageError, match=message):
        parsed(*words)
