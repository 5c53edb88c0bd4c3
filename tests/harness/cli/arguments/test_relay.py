"""The arguments of `verify relay` become a relay, or an error that says what is missing."""

import argparse

import pytest

from streamproof.harness.cli.arguments.relay import add_relay_arguments, settings_of
from streamproof.harness.errors import UsageError
from streamproof.harness.verify.settings.model import TIMEOUT_SECONDS, AuthSettings, TargetSettings

URL = "http://127.0.0.1:3000"
FILE = """
[relay]
url = "http://127.0.0.1:4000"
parallel = 3

[ai]
port = 9000
dialect = "anthropic"
"""


@pytest.fixture(autouse=True)
def _no_settings_here(tmp_path, monkeypatch):
    """Run in an empty folder."""
    monkeypatch.chdir(tmp_path)


def parsed(*words: str) -> argparse.Namespace:
    """Parse arguments."""
    parser = argparse.ArgumentParser()
    add_relay_arguments(parser)
    return parser.parse_args(words)


def settings(*words: str) -> TargetSettings:
    """Return the settings that the arguments describe."""
    found = settings_of(parsed("--url", URL, "--mock-port", "8787", *words))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("words", "auth"),
    [
        pytest.param(["--token", "abc"], AuthSettings(token="abc"), id="token"),
        pytest.param(["--cookie", "a=b"], AuthSettings(cookie="a", token="b"), id="cookie"),
        pytest.param([], AuthSettings(token_command="date"), id="neither"),
    ],
)
def test_a_token_of_an_option_wins_over_the_file(tmp_path, words, auth):
    (tmp_path / "streamproof.toml").write_text(f'{FILE}[auth]\ntoken_command = "date"\n')
    assert settings(*words).auth == auth


def test_everything_else_is_taken_over():
    found = settings("--room", "r", "--history-url", "/h/{room}", "--database", "chat.sqlite3")
    assert found.history is not None
    assert found.database is not None
    assert (found.backend.url, found.room.id, found.history.path) == (URL, "r", "/h/{room}")
    assert (found.database.url, found.ai.port) == ("chat.sqlite3", 8787)
    assert found.backend.timeout_seconds == TIMEOUT_SECONDS


def test_url_of_a_stream_becomes_a_base_and_a_path():
    found = settings_of(
        parsed("--url", f"{URL}/a/{{room}}/b", "--mock-port", "8787", "--room", "r")
    )
    assert found is not None
    assert found.ask is not None
    assert (found.backend.url, found.ask.path) == (URL, "/a/{room}/b")


def test_options_win_over_variables_and_these_over_the_file(tmp_path, monkeypatch):
    (tmp_path / "streamproof.toml").write_text(FILE)
    monkeypatch.setenv("STREAMPROOF_VERIFY_MOCK_PORT", "9001")
    monkeypatch.setenv("STREAMPROOF_VERIFY_JOBS", "7")
    found = settings_of(parsed("--jobs", "5"))
    assert found is not None
    assert (found.backend.parallel, found.ai.port) == (5, 9001)
    assert (found.backend.url, found.ai.dialect) == ("http://127.0.0.1:4000", "anthropic")


def test_a_variable_with_a_wrong_value_is_named(monkeypatch):
    monkeypatch.setenv("STREAMPROOF_VERIFY_URL", "nowhere")
    with pytest.raises(UsageError, match="STREAMPROOF_VERIFY_URL: wanted a URL"):
        settings_of(parsed())


@pytest.mark.parametrize("option", ["--timeout-seconds", "--patience-seconds"])
def test_time_limit_can_be_set_also_by_its_former_name(option):
    assert settings(option, "2.5").backend.timeout_seconds == 2.5


def test_without_options_and_file_the_reference_relay_is_verified():
    assert settings_of(parsed()) is None


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
        settings_of(parsed(*words))
