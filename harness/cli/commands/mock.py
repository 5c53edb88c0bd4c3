"""`streamproof mock`: serve scenarios as a mock AI service, until SIGTERM or Ctrl-C."""

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from streamproof.contracts.loopback import LOOPBACK
from streamproof.contracts.text import counted
from streamproof.harness.cli.arguments.reply import add_speed_argument
from streamproof.harness.cli.arguments.types import host, port
from streamproof.harness.cli.gc_tuning import tune_gc
from streamproof.harness.cli.signals import stop_event
from streamproof.harness.errors import UsageError
from streamproof.harness.exit_codes import ExitCode
from streamproof.harness.http.server import listening

if TYPE_CHECKING:
    from streamproof.mock_ai.library.library import Library
    from streamproof.mock_ai.library.reload import Reloaded

DEFAULT_PORT = 8787
FIRST_EXAMPLE = "example-conversation"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the scenarios, the address and the speed."""
    parser.description = (
        "Serve scenarios as a mock AI service. Use it in place of your AI service, to test a relay"
        " or a client against good and bad streams. It reloads scenario files when they change,"
        " and runs until Ctrl-C."
    )
    parser.add_argument(
        "--scenarios",
        type=Path,
        action="append",
        metavar="DIR",
        help="a folder of scenario files; may be repeated (default: the shipped scenarios)",
    )
    parser.add_argument(
        "--port",
        type=port,
        default=DEFAULT_PORT,
        help="port to listen on; 0 picks a free port (default: %(default)s)",
    )
    parser.add_argument(
        "--host",
        type=host,
        default=LOOPBACK,
        metavar="ADDRESS",
        help="address to listen on (default: %(default)s)",
    )
    parser.add_argument(
        "--default",
        metavar="NAME",
        help="scenario to play when nothing else selects one; without it, such a request gets 404",
    )
    add_speed_argument(parser)
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="another host name for which the control API answers; may be repeated",
    )
    parser.add_argument(
        "--plain",
        action="store_true",
        help="let aiohttp read every request, to rule out a bug in the mock's own fast path",
    )
    parser.add_argument(
        "--json", action="store_true", help="print the ready message as one JSON line"
    )


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    return asyncio.run(_serve(args))


async def _serve(args: argparse.Namespace) -> int:
    from streamproof.harness.cli.problems import print_library
    from streamproof.mock_ai.app import create_app, serving
    from streamproof.mock_ai.library.files import shipped_folder
    from streamproof.mock_ai.library.reload import Files, load_now

    folders = args.scenarios or [shipped_folder()]
    missing = [str(folder) for folder in folders if not folder.exists()]
    if missing:
        raise UsageError(f"--scenarios: {missing[0]} does not exist")
    files = Files(tuple(folders))
    library = load_now(files)
    print_library(library, folders)
    if not library.scenarios:
        raise UsageError("--scenarios: no valid scenario file to serve")
    app = create_app(
        library,
        default=args.default,
        speed=args.speed,
        control_hosts=args.allow_host,
        files=files,
        on_reload=print_reload,
    )
    server = serving(app, args.host, args.port, plain=args.plain)
    with stop_event(signal.SIGTERM) as stopped:
        async with listening(server, args.host, args.port) as url:
            tune_gc()
            print(ready_line(url, library, args.default, as_json=args.json), flush=True)
            await stopped.wait()
    return ExitCode.OK


def print_reload(reloaded: "Reloaded") -> None:
    """Print which scenarios were reloaded or removed, and the problems of changed files."""
    from streamproof.harness.cli.problems import print_problems

    print_problems((*reloaded.errors, *reloaded.warnings))
    if reloaded.errors:
        print("The last valid version stays in use.", file=sys.stderr)
    for change, names in (("reloaded", reloaded.loaded), ("removed", reloaded.removed)):
        if names:
            print(f"{change}: {', '.join(names)}", file=sys.stderr)


def ready_line(url: str, library: "Library", default: str | None, *, as_json: bool) -> str:
    """Return the ready message: the URL of the mock, a request to try, and the inspector."""
    from streamproof.mock_ai.control.page import UI

    name = default or min(library.scenarios, key=lambda name: (name != FIRST_EXAMPLE, name))
    stream = f"{url}/s/{name}/chat/stream?question=hi"
    counts = {"scenarios": len(library.scenarios), "errors": len(library.errors)}
    if as_json:
        return json.dumps({"url": url, "inspector": url + UI, **counts, "try": stream})
    skipped = f", {counted(counts['errors'], 'error')}" if counts["errors"] else ""
    ready = f"mock ready: {url}  ({counted(counts['scenarios'], 'scenario')}{skipped})"
    return f"{ready}\ntry: curl -N '{stream}'\ninspector: {url}{UI}"
