"""`streamproof serve`: run a complete local chat backend until SIGTERM or Ctrl-C.

Mock, relay, database and pages are one process. It accepts requests without a token, which
`streamproof relay` never does.
"""

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from streamproof.harness.cli.arguments.serving import (
    add_address_arguments,
    add_folders_argument,
    add_ready_arguments,
    folders_of,
)
from streamproof.harness.cli.arguments.types import origin_of_one_server, port
from streamproof.harness.cli.logs import JsonFormatter, print_log
from streamproof.harness.cli.project import documentation
from streamproof.harness.cli.signals import stop_event
from streamproof.harness.console import console_for
from streamproof.harness.exit_codes import ExitCode
from streamproof.mock_ai.library.files import SAMPLE_ANSWER

if TYPE_CHECKING:
    from streamproof.harness.cli.news import News
    from streamproof.harness.serving.backend import LocalBackend

DEFAULT_PORT = 8788
DEFAULT_MOCK_PORT = 8787
LOG_FORMAT = "STREAMPROOF_LOG_FORMAT"
NO_DATABASE = "temporary; use --database FILE to keep the chats"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the ports, the scenarios and the database."""
    parser.description = (
        "Run a complete local chat backend: mock AI service, relay, database and chat page. Use it"
        " to develop a chat page against good and bad streams. Requests do not need a token."
        " It runs until Ctrl-C."
    )
    parser.epilog = (
        "The settings of the relay are environment variables STREAMPROOF_NAME, for example"
        " STREAMPROOF_LOG_FORMAT=json for a log of one JSON object per line; see"
        f" {documentation('relay.md')}"
    )
    add_address_arguments(
        parser,
        DEFAULT_PORT,
        host_of="address of the relay, the pages and the mock. If it is not a loopback address,"
        " every machine that reaches it can use them without a token",
        port_of="port of the relay and the web pages",
    )
    parser.add_argument(
        "--mock-port",
        type=port,
        default=DEFAULT_MOCK_PORT,
        metavar="PORT",
        help="port of the mock AI service; 0 picks a free port (default: %(default)s)",
    )
    add_folders_argument(parser, f", which replaces the shipped ones except {SAMPLE_ANSWER}")
    parser.add_argument(
        "--default",
        metavar="NAME",
        default=SAMPLE_ANSWER,
        help="scenario to play when a message does not name one (default: %(default)s)",
    )
    parser.add_argument(
        "--database",
        type=Path,
        metavar="FILE",
        help="keep the chats in this SQLite file (default: a temporary file)",
    )
    parser.add_argument(
        "--allow-origin",
        type=origin_of_one_server,
        action="append",
        default=[],
        metavar="ORIGIN",
        help="origin of pages that may use the relay like pages on this machine; may be repeated"
        " (default: none)",
    )
    add_ready_arguments(parser, quiet="print only one ready line")


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    from streamproof.harness.cli.arguments.settings import settings_errors

    level = logging.ERROR if args.quiet or args.json else logging.WARNING
    news = _news_in(os.environ.get(LOG_FORMAT), level)
    with TemporaryDirectory(prefix="streamproof-") as folder, settings_errors(args):
        return asyncio.run(_serve(args, args.database or Path(folder) / "chat.sqlite3", news))


def _news_in(log_format: str | None, level: int) -> "News":
    """Begin the log, and return what prints the news; the settings refuse another format."""
    from streamproof.harness.cli.news import LoggedNews, PrintedNews
    from streamproof.relay.request_ids import current_request_id

    if log_format != "json":
        print_log(level=level)
        return PrintedNews()
    print_log(level=level, formatter=JsonFormatter(current_request_id))
    return LoggedNews()


async def _serve(args: argparse.Namespace, database: Path, news: "News") -> int:
    from streamproof.harness.cli.arguments.scenarios import unknown_scenario
    from streamproof.harness.serving.backend import BackendOptions, local_backend, scenario_files
    from streamproof.mock_ai.library.reload import load_now

    folders = folders_of(args)
    files = scenario_files(folders)
    library = load_now(files)
    news.loaded(library, folders)
    if args.default not in library.scenarios:
        raise unknown_scenario(args.default, library.scenarios)
    options = BackendOptions(
        database=database,
        host=args.host,
        port=args.port,
        mock_port=args.mock_port,
        default=args.default,
        origins=tuple(args.allow_origin),
        environment=os.environ,
    )
    with stop_event(signal.SIGTERM) as stopped:
        async with local_backend(
            library, options, files=files, on_reload=news.reloaded, on_unmatched=news.unmatched
        ) as backend:
            _say_ready(args, backend)
            await stopped.wait()
    return ExitCode.OK


def _say_ready(args: argparse.Namespace, backend: "LocalBackend") -> None:
    from streamproof.harness.serving import banner

    database = str(args.database or NO_DATABASE)
    if args.json:
        print(json.dumps(banner.ready_json(backend, database)), flush=True)
        return
    console = console_for(args)
    lines = banner.banner(backend, database)
    for text, style in islice(lines, 1) if args.quiet else lines:
        console.line(text, style)
    sys.stdout.flush()
