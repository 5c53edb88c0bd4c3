"""The command that repeats a case has every option, and no secret."""

import argparse
import shlex

import pytest

from streamproof.harness.cli.main import COMMANDS, build_parser
from streamproof.harness.cli.program import program
from streamproof.harness.cli.replay import PRINTING, SELECTING, given_command, replay_command

RELAY = (
    *("--settings", "my settings.toml", "--jobs", "3"),
    *("--url", "http://host/{room}", "--mock-port", "9000", "--mock-host", "::1"),
    *("--room", "my room", "--history-url", "/rooms/{room}?a=b&c", "--database", "my db.sqlite3"),
    *("--timeout-seconds", "2.5", "--scenarios", "my scenarios"),
    *("--known-failures", "my list.yaml"),
)
AI = (
    *("--url", "http://host/ai", "--question", 'it\'s\n"me"', "--question", "$HOME"),
    *("--header", "X-Mine: a b", "--timeout-seconds", "1", "--scenarios", "my scenarios"),
    *("--dialect", "gemini", "--model", "my model", "--known-failures", "my list.yaml"),
)
DEMO = ("--scenarios", "my scenarios")
SECRET = {"token", "cookie"}


def parsed(*words: str) -> argparse.Namespace:
    """Return the arguments of a command line."""
    loaded = {one: one.load() for one in COMMANDS if one.name == words[0]}
    return build_parser(loaded).parse_args(words)


def options(args: argparse.Namespace) -> dict[str, object]:
    """Return the arguments without the parser that read them."""
    return {name: value for name, value in vars(args).items() if name != "parser"}


@pytest.mark.parametrize(
    ("subject", "words"),
    [(("verify", "relay"), RELAY), (("verify", "ai"), AI), (("demo",), DEMO)],
    ids=["relay", "ai", "demo"],
)
def test_repeated_command_has_the_same_options(subject, words):
    args = parsed(*subject, *words)
    every = {action.dest for action in args.parser._actions} - SELECTING - PRINTING - SECRET
    assert every == {word[2:].replace("-", "_") for word in words if word.startswith("--")}
    repeated = replay_command(args, *subject).removeprefix(program())
    assert options(parsed(*shlex.split(repeated))) == options(args)


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("--token", "abc"), '--token "$TOKEN"'),
        (("--cookie", "id=abc"), '--cookie "$COOKIE"'),
        (("--database", "postgresql://me:abc@host/db"), '--database "$DATABASE"'),
        (("--url", "http://host/{room}?access_token=abc"), '--url "$URL"'),
        (("--history-url", "/h/{room}?api_key=abc"), '--history-url "$HISTORY_URL"'),
    ],
)
def test_secret_of_a_relay_is_a_variable(words, shown):
    args = parsed("verify", "relay", "--url", "http://host", "--mock-port", "1", *words)
    command = replay_command(args, "verify", "relay")
    assert f" {shown}" in command
    assert "abc" not in command
    in_the_shell = command.replace('"$URL"', "http://host")
    parsed(*shlex.split(in_the_shell.removeprefix(program())))


def test_secret_header_is_a_variable():
    args = parsed("verify", "ai", "--url", "http://host", "--header", "X-Api-Key: abc")
    assert replay_command(args, "verify", "ai").endswith(' --header "X-Api-Key: $X_API_KEY"')


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (
            ("--form", "api_key=abc", "--form", "m=a b"),
            """--form api_key="$API_KEY" --form 'm=a b'""",
        ),
        (("--data", '{"api_key": "abc"}'), """--data '{"api_key": "'"$API_KEY"'"}'"""),
        (("--header", "Cookie: abc"), '--header "Cookie: $COOKIE"'),
    ],
)
def test_the_command_of_a_request_has_its_fields_and_no_secret(words, shown):
    args = parsed("check", "http://host/", *words)
    assert given_command(args) == f"{program()} check http://host/ {shown}"
