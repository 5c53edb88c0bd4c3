"""The relay under test, as the command line describes it."""

import argparse
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urljoin

from aiohttp import ClientSession

from streamproof.contracts.loopback import LOOPBACK
from streamproof.harness.cli.arguments.request import add_patience_argument
from streamproof.harness.errors import UsageError
from streamproof.harness.http.client import ReadLimits
from streamproof.harness.verify.stored.database import DatabaseReader
from streamproof.harness.verify.stored.history import HistoryReader
from streamproof.harness.verify.stored.rows import StoredReader
from streamproof.harness.verify.targets.rooms import make_room
from streamproof.harness.verify.targets.target import RelayTarget, RelayUser

# Longer than the idle limit of the protocol (section 4), so that the relay ends the turn first.
PATIENCE_SECONDS = 75.0


def add_relay_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the URL of a relay, its token or cookie, and where its rows can be read."""
    relay = parser.add_argument_group("relay under test")
    relay.add_argument("--url", help="URL of the relay, or of its stream with {room} in it")
    relay.add_argument(
        "--mock-port", type=int, metavar="PORT", help="port where the relay expects its AI service"
    )
    relay.add_argument(
        "--mock-host",
        default=LOOPBACK,
        metavar="ADDRESS",
        help="address to listen on; 0.0.0.0 if the relay runs in a container"
        " (default: %(default)s)",
    )
    way_in = relay.add_mutually_exclusive_group()
    way_in.add_argument("--token", help="send Authorization: Bearer TOKEN")
    way_in.add_argument("--cookie", metavar="NAME=VALUE", help="send this cookie")
    relay.add_argument(
        "--room", metavar="ID", help="use this chat room (default: create one for each scenario)"
    )
    relay.add_argument(
        "--history-url", metavar="URL", help="URL of the chat history, with {room} in it"
    )
    relay.add_argument(
        "--database", metavar="URL", help="database with the chat tables (for SQLite: its path)"
    )
    add_patience_argument(relay, PATIENCE_SECONDS)


def check_relay_arguments(args: argparse.Namespace) -> None:
    """Check that the options fit together; raises `UsageError`."""
    if args.url is None:
        for option in ("mock_port", "token", "cookie", "room", "history_url", "database"):
            if getattr(args, option) is not None:
                raise UsageError(f"--{option.replace('_', '-')} needs --url")
    elif args.mock_port is None:
        raise UsageError("--url needs --mock-port: the port where the relay expects its AI service")
    elif not 0 < args.mock_port < 65536:
        raise UsageError(f"--mock-port: wanted 1 to 65535, got {args.mock_port}")
    elif "{room}" in args.url and args.room is None:
        raise UsageError("a --url with {room} needs --room")


@asynccontextmanager
async def remote_relay(
    session: ClientSession, args: argparse.Namespace
) -> AsyncIterator[RelayTarget]:
    """Return the target that the arguments describe."""
    headers = _headers(args)
    database = DatabaseReader(args.database) if args.database else None
    history_url = (
        urljoin(args.url.rstrip("/") + "/", args.history_url) if args.history_url else None
    )

    async def new_user() -> RelayUser:
        return RelayUser(args.room or await make_room(session, args.url, headers), headers)

    def readers(user: RelayUser) -> Sequence[StoredReader]:
        history = HistoryReader(session, history_url, user.headers) if history_url else None
        return [reader for reader in (history, database) if reader is not None]

    patience = ReadLimits(silence_seconds=args.patience_seconds)
    try:
        yield RelayTarget(args.url, new_user, readers, patience=patience)
    finally:
        if database is not None:
            database.close()


def _headers(args: argparse.Namespace) -> dict[str, str]:
    if args.token:
        return {"Authorization": f"Bearer {args.token}"}
    return {"Cookie": args.cookie} if args.cookie else {}
