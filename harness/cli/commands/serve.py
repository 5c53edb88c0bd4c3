"""`streamproof serve`: a complete local chat backend until it is told to stop.

Mock, relay, database and pages are one process that listens on this machine only. It takes
requests without a token, which `streamproof relay` never does.
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

from streamproof.harness.cli.commands.mock import port, tell
from streamproof.harness.console import console_for
from streamproof.harness.errors import UsageError
from streamproof.harness.exit_codes import ExitCode

if TYPE_CHECKING:
    from streamproof.harness.serving.backend import LocalBackend

DEFAULT_PORT = 8788
DEFAULT_MOCK_PORT = 8787
KEPT_NOWHERE = "temporary; --database FILE keeps the chats"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the ports, the scenarios and where the chats are kept."""
    parser.epilog = "The relay's settings are variables STREAMPROOF_NAME; see docs/relay.md."
    parser.add_argument(
        "--port", type=port, default=DEFAULT_PORT, help="of relay and pages; 0 takes a free one"
    )
    parser.add_argument(
        "--mock-port", type=port, default=DEFAULT_MOCK_PORT, help="of the mock AI service; 0 too"
    )
    parser.add_argument(
        "--scenarios",
        type=Path,
        action="append",
        metavar="DIR",
        help="a folder of scenario files, may be repeated (default: those of streamproof)",
    )
    parser.add_argument(
        "--database", type=Path, metavar="FILE", help="SQLite file for the chats (default: none)"
    )
    parser.add_argument(
        "--allow-origin",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="a page elsewhere that may use the relay, as one of this machine may",
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--quiet", action="store_true", help="say ready in one line")
    how.add_argument("--json", action="store_true", help="say ready in one JSON line")


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    level = logging.ERROR if args.quiet or args.json else logging.WARNING
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=level)
    if args.database is not None:
        return asyncio.run(_serve(args, args.database))
    with TemporaryDirectory(prefix="streamproof-") as folder:
        return asyncio.run(_serve(args, Path(folder) / "chat.sqlite3"))


async def _serve(args: argparse.Namespace, database: Path) -> int:
    from streamproof.harness.serving.backend import BackendOptions, local_backend, scenario_files
    from streamproof.mock_ai.library.reload import load_now

    folders = args.scenarios or []
    missing = [str(folder) for folder in folders if not folder.exists()]
    if missing:
        raise UsageError(f"--scenarios: there is no {missing[0]}")
    files = scenario_files(folders)
    library = load_now(files)
    for problem in (*library.errors, *library.warnings):
        print(f"{problem.render()}\n", file=sys.stderr)
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    place = BackendOptions(
        database=database,
        port=args.port,
        mock_port=args.mock_port,
        origins=tuple(args.allow_origin),
        environment=os.environ,
    )
    async with local_backend(library, place, files=files, on_reload=tell) as backend:
        _say_ready(args, backend)
        await stopped.wait()
    return ExitCode.OK


def _say_ready(args: argparse.Namespace, backend: "LocalBackend") -> None:
    from streamproof.harness.serving import banner

    database = str(args.database or KEPT_NOWHERE)
    if args.json:
        print(json.dumps(banner.ready_json(backend, database)), flush=True)
        return
    console = console_for(args)
    lines = banner.banner(backend, database)
    for text, style in islice(lines, 1) if args.quiet else lines:
        console.line(text, style)
    sys.stdout.flush()
