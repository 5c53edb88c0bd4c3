"""The command that repeats a case has every option, and no secret."""

import argparse
import shlex

import pytest

from streamproof.harness.cli.main import COMMANDS, build_parser
from streamproof.harness.cli.program import program
from streamproof.harness.cli.replay import (
    PRINTING,
    SELECTING,
    given_command,
    replay_command,
    shown_words,
)

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


def test_secret_of_a_body_is_a_variable():
    args = parsed("check", "http://host/", "--data", '{"api_key": "abc", "max_tokens": 9}')
    shown = """--data '{"api_key": "'"$API_KEY"'", "max_tokens": 9}'"""
    assert given_command(args) == f"{program()} check http://host/ {shown}"


def test_command_of_a_run_has_every_value_of_an_option():
    relay = ("verify", "relay", "--scenario", "long-answer", "short-answer", "--jobs", "3")
    form = ("check", "http://host", "--form", "message=hi", "--form", "room=a b")
    for words in (relay, form):
        given = given_command(parsed(*words)).removeprefix(program())
        assert options(parsed(*shlex.split(given))) == options(parsed(*words))


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["ask", "--api-key", "abc"], 'ask --api-key "$API_KEY"'),
        (["ask", "--api-key", "--stream"], "ask --api-key --stream"),
        (["ask", "--token=abc", "-v"], 'ask "--token=$TOKEN" -v'),
        (["env", "OPENAI_API_KEY=abc", "ask"], 'env "OPENAI_API_KEY=$OPENAI_API_KEY" ask'),
        (["curl", "-H", "x-api-key: abc"], 'curl -H "x-api-key: $X_API_KEY"'),
        (["sh", "-c", 'echo "$A"; ask --token abc'], 'sh -c "echo \\"\\$A\\"; ask --token $TOKEN"'),
        (["ask", "-d", '{"secret": "abc"}'], 'ask -d "{\\"secret\\": $SECRET"'),
        (["ask", "http://me:abc@host/?key=abc&n=1"], "ask 'http://***@host/?key=***'"),
        (["ask", "postgresql://me:1 abc@host"], "ask 'postgresql://***@host'"),
        (["ask", "https://me:1/abc@host"], "ask '***'"),
        (["ask", 'x "a://me:d \'abc@host/b"'], "ask 'x \"a://***@host/b\"'"),
        (["ask", '"a://b?key=d"abc'], "ask '\"a://b?key=***'"),
        (["ask", "(url='http://host:1', n=1)"], "ask '(url='\"'\"'http://host:1'\"'\"', n=1)'"),
        (["ask", '{"url":"http://host:1"}'], """ask '{"url":"http://host:1"}'"""),
        (["sh", "-c", "ask a://b?sig=abc -v"], "sh -c 'ask a://b?sig=*** -v'"),
        (["ask", "{url}/v1", "a b"], "ask '{url}/v1' 'a b'"),
    ],
)
def test_secrets_of_a_foreign_command_are_hidden(words, shown):
    assert shown_words(words) == shown
