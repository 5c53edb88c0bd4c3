"""The relay under test: the arguments of `verify relay`."""

import argparse

from streamproof.contracts.loopback import LOOPBACK
from streamproof.harness.cli.arguments.http_types import header_value
from streamproof.harness.cli.arguments.request import add_timeout_argument
from streamproof.harness.cli.arguments.types import fixed_port, host, relative_url, url
from streamproof.harness.errors import UsageError
from streamproof.harness.http.client import ReadLimits
from streamproof.harness.http.reading import SCENARIO_BYTES
from streamproof.harness.http.urls import base_url_problem
from streamproof.harness.verify.targets.remote import RemoteRelay

# Longer than the idle limit of the protocol (section 4), so that the relay ends the turn first.
TIMEOUT_SECONDS = 75.0
ROOM = "{room}"
NEED_URL = ("mock_port", "token", "cookie", "room", "history_url", "database")


def add_relay_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare where a relay is, how to authenticate, and where its rows can be read."""
    relay = parser.add_argument_group("relay under test")
    relay.add_argument(
        "--url",
        type=url,
        help="URL of the relay, or of its stream with {room} in it (default: start and verify the"
        " reference relay)",
    )
    relay.add_argument(
        "--mock-port",
        type=fixed_port,
        metavar="PORT",
        help="port where the relay expects its AI service (default: with --url, the option is"
        " required)",
    )
    relay.add_argument(
        "--mock-host",
        type=host,
        default=LOOPBACK,
        metavar="ADDRESS",
        help="address to listen on; 0.0.0.0 if the relay runs in a container"
        " (default: %(default)s)",
    )
    authentication = relay.add_mutually_exclusive_group()
    authentication.add_argument(
        "--token", type=header_value, help="send Authorization: Bearer TOKEN (default: no token)"
    )
    authentication.add_argument(
        "--cookie",
        type=header_value,
        metavar="NAME=VALUE",
        help="send this cookie (default: no cookie)",
    )
    relay.add_argument(
        "--room",
        type=header_value,
        metavar="ID",
        help="use this chat room (default: create one for each scenario)",
    )
    relay.add_argument(
        "--history-url",
        type=relative_url,
        metavar="URL",
        help="URL of the chat history, with {room} in it, relative to --url (default: do not read"
        " the history)",
    )
    relay.add_argument(
        "--database",
        metavar="URL|FILE",
        help="database with the chat tables; for SQLite its path (default: no database is read)",
    )
    add_timeout_argument(relay, TIMEOUT_SECONDS)


def check_relay_arguments(args: argparse.Namespace) -> None:
    """Check the arguments that need each other; raises `UsageError`."""
    if args.url is None:
        for option in NEED_URL:
            if getattr(args, option) is not None:
                raise UsageError(f"--{option.replace('_', '-')} needs --url")
    elif args.mock_port is None:
        raise UsageError("--url needs --mock-port: the port where the relay expects its AI service")
    elif ROOM not in args.url and (problem := base_url_problem(args.url)):
        raise UsageError(f"--url: {problem}; wanted the URL of the relay, or one with {ROOM} in it")
    elif ROOM in args.url and args.room is None:
        raise UsageError(f"a --url with {ROOM} needs --room")


def relay_of(args: argparse.Namespace) -> RemoteRelay:
    """Return the relay that the arguments describe."""
    return RemoteRelay(
        url=args.url,
        headers=_headers(args),
        room=args.room,
        history_url=args.history_url,
        database=args.database,
        limits=ReadLimits(silence_seconds=args.timeout_seconds, max_bytes=SCENARIO_BYTES),
    )


def _headers(args: argparse.Namespace) -> dict[str, str]:
    if args.token:
        return {"Authorization": f"Bearer {args.token}"}
    return {"Cookie": args.cookie} if args.cookie else {}
