"""How a backend is started and asked: the arguments of `init`, or the answers in a terminal."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from itertools import chain
from math import isfinite
from typing import Any, Final

from streamproof.contracts.errors import NotJson
from streamproof.contracts.json_text import strict_json
from streamproof.contracts.text import short
from streamproof.harness.cli.arguments.types import base_url, fixed_port, host
from streamproof.harness.errors import UsageError

Table = dict[str, Any]
PLACES: Final[Mapping[str, tuple[str, str]]] = {
    "url": ("relay", "url"),
    "start": ("relay", "start"),
    "directory": ("relay", "directory"),
    "ready_path": ("relay", "ready_path"),
    "ask_path": ("ask", "path"),
    "token_env": ("auth", "token_env"),
    "token_command": ("auth", "token_command"),
    "room": ("room", "id"),
    "room_path": ("room", "path"),
    "history_path": ("history", "path"),
    "database": ("database", "url"),
    "mock_host": ("ai", "host"),
    "mock_port": ("ai", "port"),
}
"""The table and the key of the settings file that each option sets."""


def path(text: str) -> str:
    """Return a path of a URL."""
    if not text.startswith("/"):
        raise argparse.ArgumentTypeError(f"wanted a path that begins with /, got {short(text)}")
    return text


def pair(text: str) -> tuple[str, str]:
    """Return a name and a value."""
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"wanted NAME=VALUE, got {short(text)}")
    return name, value


def json_body(text: str) -> object:
    """Return a JSON value that TOML can express as well; whole numbers stay whole."""
    try:
        strict_json(text)
    except NotJson as error:
        raise argparse.ArgumentTypeError(f"wanted JSON, got {short(text)}: {error}") from error
    try:
        value = json.loads(text)
    except ValueError as error:  # the limit of Python against slow conversions
        raise argparse.ArgumentTypeError("a number has too many digits; write a text") from error
    if problem := next(_not_in_toml(value), None):
        raise argparse.ArgumentTypeError(f"{problem} has no place in TOML; leave its key out")
    return value


def _not_in_toml(value: object) -> Iterator[str]:
    """Yield the values of JSON that TOML cannot express."""
    if isinstance(value, dict):
        yield from chain.from_iterable(map(_not_in_toml, (*value.keys(), *value.values())))
    elif isinstance(value, list):
        yield from chain.from_iterable(map(_not_in_toml, value))
    elif value is None:
        yield "null"
    elif isinstance(value, float) and not isfinite(value):
        yield str(value)
    elif isinstance(value, str) and any("\ud800" <= one <= "\udfff" for one in value):
        yield "half of a surrogate pair"


def add_backend_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare how the backend is started, asked and read."""
    started = parser.add_argument_group("backend")
    started.add_argument("--url", type=base_url, help="base URL of the backend (default: asked)")
    started.add_argument(
        "--start",
        metavar="COMMAND",
        help="the command that starts it; {ai_url} stands for the URL of the mock AI service"
        " (default: it runs already)",
    )
    started.add_argument(
        "--directory",
        metavar="DIR",
        help="where the command runs, relative to the file (default: the folder of the file)",
    )
    started.add_argument(
        "--environment",
        type=pair,
        action="append",
        metavar="NAME=VALUE",
        help="a variable for the command, such as OPENAI_BASE_URL={ai_url}/v1; may be repeated"
        " (default: none)",
    )
    started.add_argument(
        "--ready-path",
        type=path,
        metavar="PATH",
        help="the backend is ready when this path answers with a status below 500 (default: /)",
    )
    started.add_argument(
        "--mock-port",
        type=fixed_port,
        metavar="PORT",
        help="port where a backend that runs already expects its AI service (default: asked)",
    )
    started.add_argument(
        "--mock-host",
        type=host,
        metavar="ADDRESS",
        help="address of the mock; 0.0.0.0 if the backend runs in a container (default: 127.0.0.1)",
    )
    _add_request(parser)


def _add_request(parser: argparse.ArgumentParser) -> None:
    request = parser.add_argument_group(
        "its requests", "{message}, {room} and {uuid} are replaced in paths and bodies."
    )
    request.add_argument(
        "--ask-path",
        type=path,
        metavar="PATH",
        help="where its page sends a message (default: the usual paths are tried)",
    )
    body = request.add_mutually_exclusive_group()
    body.add_argument(
        "--json-body",
        type=json_body,
        metavar="JSON",
        help='the JSON body, such as \'{"text": "{message}"}\' (default: the usual bodies are'
        " tried)",
    )
    for name, what in (("form", "a form"), ("multipart", "a multipart body")):
        body.add_argument(
            f"--{name}",
            type=pair,
            action="append",
            metavar="NAME=VALUE",
            help=f"a field of {what}, such as message={{message}}; may be repeated (default: the"
            " usual bodies are tried)",
        )
    token = request.add_mutually_exclusive_group()
    token.add_argument(
        "--token-env",
        metavar="NAME",
        help="the environment variable with a token (default: no token)",
    )
    token.add_argument(
        "--token-command",
        metavar="COMMAND",
        help="a command that prints a token; with {user}, for each user (default: no token)",
    )
    room = request.add_mutually_exclusive_group()
    room.add_argument("--room", metavar="ID", help="one room for all (default: a random ID)")
    room.add_argument(
        "--room-path",
        type=path,
        metavar="PATH",
        help="where a POST makes a room with an id (default: a random ID is used)",
    )
    request.add_argument(
        "--history-path",
        type=path,
        metavar="PATH",
        help="where the messages of a room can be read (default: they are not read)",
    )
    request.add_argument(
        "--database", metavar="URL|FILE", help="the database (default: it is not read)"
    )


def document_of(args: argparse.Namespace) -> Table:
    """Return the settings that the options and the answers say; raises `UsageError`."""
    _ask_for_missing(args)
    document: dict[str, Table] = {}
    for name, (table, key) in PLACES.items():
        if (value := getattr(args, name)) is not None:
            document.setdefault(table, {})[key] = value
    if args.environment:
        document["relay"]["environment"] = dict(args.environment)
    for key in ("form", "multipart"):
        if fields := getattr(args, key):
            document.setdefault("ask", {})[key] = dict(fields)
    if args.json_body is not None:
        document.setdefault("ask", {})["json"] = args.json_body
    if "ask" in document and "path" not in document["ask"]:
        raise UsageError("--ask-path is missing: a body of its own needs a path")
    return document


def _ask_for_missing(args: argparse.Namespace) -> None:
    """Ask in a terminal for what no option says; raises `UsageError` elsewhere."""
    if args.url is None:
        args.url = _asked("URL of the backend", "--url", "http://127.0.0.1:3000", base_url)
        if args.start is None:
            args.start = _asked("command that starts it, empty if it runs already", "--start", "")
            args.start = args.start or None
    finds_a_free_port = args.start is not None and args.mock_port is None
    if finds_a_free_port and not args.environment and "{ai_url}" not in args.start:
        given = _asked(
            "variable with the URL of its AI service, as NAME=VALUE",
            "--environment",
            "OPENAI_BASE_URL={ai_url}/v1",
            pair,
        )
        args.environment = [given]
    if args.start is None and args.mock_port is None:
        args.mock_port = _asked(
            "port where it expects its AI service", "--mock-port", "8089", fixed_port
        )


def _asked(question: str, option: str, usual: str, kind: Any = str) -> Any:  # noqa: ANN401  # of the type `kind`
    """Return the answer of the user; raises `UsageError` without a terminal."""
    if not sys.stdin.isatty():
        raise UsageError(f"{option} is missing: {question}; without a terminal it is required")
    while True:
        shown = f" [{usual}]" if usual else ""
        try:
            return kind(input(f"{question}{shown}: ").strip() or usual)
        except EOFError:
            raise UsageError(f"{option} is missing: {question}") from None
        except (argparse.ArgumentTypeError, ValueError) as error:
            print(error)
