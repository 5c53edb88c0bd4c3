"""`streamproof mock`: serve scenarios as a mock AI service until it is told to stop."""

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from streamproof.contracts.text import counted
from streamproof.harness.cli.gc_tuning import tune_gc
from streamproof.harness.errors import UsageError
from streamproof.harness.exit_codes import ExitCode
from streamproof.harness.http.listening import listening

if TYPE_CHECKING:
    from streamproof.mock_ai.library.loading import Library
    from streamproof.mock_ai.library.reload import Reloaded

DEFAULT_PORT = 8787
LAST_PORT = 65_535
SHOWN_FIRST = "example-conversation"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare where the scenarios are, where to listen, and how fast to play."""
    parser.add_argument(
        "--scenarios",
        type=Path,
        action="append",
        metavar="DIR",
        help="a folder of scenario files, may be repeated (default: those of streamproof)",
    )
    parser.add_argument("--port", type=port, default=DEFAULT_PORT, help="0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--default", metavar="NAME", help="what answers if none is asked for")
    parser.add_argument(
        "--speed", type=speed, default=1.0, metavar="X", help="divides every silence; 0: no silence"
    )
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a host name under which the control API answers, besides those of this machine",
    )
    parser.add_argument("--json", action="store_true", help="print the ready line as JSON")


def port(text: str) -> int:
    """Read a port: a whole number of at most 65535."""
    if not text.isdecimal() or int(text) > LAST_PORT:
        raise argparse.ArgumentTypeError(f"wanted a number from 0 to {LAST_PORT}, got '{text}'")
    return int(text)


def speed(text: str) -> float:
    """Read a speed: a number of at least 0."""
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"wanted a number of at least 0, got '{text}'")
    return value


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    return asyncio.run(_serve(args))


async def _serve(args: argparse.Namespace) -> int:
    from streamproof.mock_ai.app import create_app, serving
    from streamproof.mock_ai.library.loading import shipped_folder
    from streamproof.mock_ai.library.reload import Files, load_now

    folders = args.scenarios or [shipped_folder()]
    missing = [str(folder) for folder in folders if not folder.exists()]
    if missing:
        raise UsageError(f"--scenarios: there is no {missing[0]}")
    files = Files(tuple(folders))
    library = load_now(files)
    for error in library.errors:
        print(f"{error.render()}\n", file=sys.stderr)
    if not library.scenarios:
        raise UsageError("there is no valid scenario file to serve")
    app = create_app(
        library,
        default=args.default,
        speed=args.speed,
        control_hosts=args.allow_host,
        files=files,
        on_reload=tell,
    )
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    server = serving(app, args.host, args.port)
    async with listening(server, args.host, args.port) as url:
        tune_gc()
        print(ready_line(url, library, args.default, as_json=args.json), flush=True)
        await stopped.wait()
    return ExitCode.OK


def tell(reloaded: "Reloaded") -> None:
    """Say on the terminal what a change of scenario files led to."""
    for error in reloaded.errors:
        print(f"{error.render()}\n", file=sys.stderr)
    if reloaded.errors:
        print("the last good version stays in use", file=sys.stderr)
    for what, names in (("reloaded", reloaded.loaded), ("removed", reloaded.removed)):
        if names:
            print(f"{what}: {', '.join(names)}", file=sys.stderr)


def ready_line(url: str, library: "Library", default: str | None, *, as_json: bool) -> str:
    """Say where the mock is, how to try it, and where to watch it."""
    from streamproof.mock_ai.control.page import UI

    name = default or min(library.scenarios, key=lambda name: (name != SHOWN_FIRST, name))
    stream = f"{url}/s/{name}/chat/stream?question=hi"
    counts = {"scenarios": len(library.scenarios), "errors": len(library.errors)}
    if as_json:
        return json.dumps({"url": url, "inspector": url + UI, **counts, "try": stream})
    skipped = f", {counted(counts['errors'], 'error')}" if counts["errors"] else ""
    ready = f"mock ready: {url}  ({counted(counts['scenarios'], 'scenario')}{skipped})"
    return f"{ready}\ntry: curl -N '{stream}'\nsee: {url}{UI}"
