"""`streamproof mock`: serve scenarios as a mock AI service, until SIGTERM or Ctrl-C."""

import argparse
import asyncio
import json
import shlex
import signal
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from streamproof.contracts.text import counted
from streamproof.harness.cli.arguments.misses import (
    add_miss_arguments,
    misses_of,
    record_folder,
)
from streamproof.harness.cli.arguments.reply import add_speed_argument
from streamproof.harness.cli.arguments.serving import (
    add_address_arguments,
    add_folders_argument,
    add_ready_arguments,
    folders_of,
)
from streamproof.harness.cli.arguments.tls import add_tls_arguments, tls_of, trusting_lines
from streamproof.harness.cli.arguments.types import allowed_origin
from streamproof.harness.cli.gc_tuning import tune_gc
from streamproof.harness.cli.logs import print_log
from streamproof.harness.cli.signals import stop_event
from streamproof.harness.console import console_for
from streamproof.harness.errors import UsageError
from streamproof.harness.exit_codes import ExitCode
from streamproof.harness.http.server import listening
from streamproof.mock_ai.library.files import SAMPLE_ANSWER

if TYPE_CHECKING:
    from streamproof.mock_ai.library.library import Library
    from streamproof.mock_ai.library.reload import Files, Reloaded
    from streamproof.mock_ai.serving.misses import Misses
    from streamproof.mock_ai.tls import ServedTls

DEFAULT_PORT = 8787


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the scenarios, the address and the speed."""
    parser.description = (
        "Serve scenarios as a mock AI service. Use it in place of your AI service, to test a relay"
        " or a client against good and bad streams. It reloads scenario files when they change,"
        " and runs until Ctrl-C."
    )
    add_folders_argument(parser)
    add_address_arguments(parser, DEFAULT_PORT)
    parser.add_argument(
        "--default",
        metavar="NAME",
        help="scenario to play when nothing else selects one (default: such a request gets 404)",
    )
    add_speed_argument(parser)
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="another host name for which the control API answers, and --record-misses passes"
        " requests on; may be repeated (default: only the names of this machine)",
    )
    parser.add_argument(
        "--allow-origin",
        type=allowed_origin,
        action="append",
        default=[],
        metavar="ORIGIN",
        help="let pages of this origin read replies, and control the mock if it is named in full:"
        " http://192.168.1.20:3000, tauri://localhost, chrome-extension://*, null, or * for every"
        " page; may be repeated (default: only pages of this machine, which are always allowed)",
    )
    add_miss_arguments(parser)
    add_tls_arguments(parser)
    parser.add_argument(
        "--plain",
        action="store_true",
        help="let aiohttp read every request, to rule out a bug in the mock's own fast path",
    )
    silence = "no line for each request"
    add_ready_arguments(parser, quiet=f"print {silence}", json=f", and {silence}")


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    print_log()
    return asyncio.run(_serve(args))


async def _serve(args: argparse.Namespace) -> int:
    from streamproof.harness.cli.request_lines import RequestLines
    from streamproof.mock_ai.app import JOURNAL, MOCK, create_app, serving
    from streamproof.mock_ai.library.reload import load_now
    from streamproof.mock_ai.tls import served_tls

    recordings = record_folder(args)
    misses = misses_of(args, recordings) if recordings else None
    files = _files(args, recordings)
    library = load_now(files)
    _check_library(library, files, args)
    app = create_app(
        library,
        default=args.default,
        speed=args.speed,
        control_hosts=args.allow_host,
        origins=args.allow_origin,
        files=files,
        on_reload=partial(print_reload, recorded=misses.recorded if misses else set()),
    )
    app[MOCK].misses = misses
    lines = RequestLines(console_for(args, sys.stderr), only_unmatched=args.quiet or args.json)
    if args.strict or not lines.only_unmatched:
        app[JOURNAL].watchers.append(lines)
    tls = tls_of(args)
    ends = (signal.SIGTERM, signal.SIGINT) if args.strict else (signal.SIGTERM,)
    with stop_event(*ends) as stopped, ExitStack() as stack:
        served = None if tls is None else stack.enter_context(served_tls(tls, _names(args)))
        context = None if served is None else served.context
        server = serving(app, args.host, args.port, plain=args.plain, tls=context)
        async with listening(server, args.host, args.port) as url:
            tune_gc()
            ready = ReadyMock(url, library, args.default, served, misses)
            print(ready.as_json() if args.json else ready.as_text(), flush=True)
            await stopped.wait()
    return _strict_result(lines.unmatched) if args.strict else ExitCode.OK


def _files(args: argparse.Namespace, recordings: Path | None) -> "Files":
    """Return the files of the given folders, or the shipped ones, and those of the recordings."""
    from streamproof.mock_ai.library.files import shipped_folder
    from streamproof.mock_ai.library.reload import Files

    folders = folders_of(args) or [shipped_folder()]
    return Files((*folders, recordings) if recordings else tuple(folders))


def _check_library(library: "Library", files: "Files", args: argparse.Namespace) -> None:
    """Print the problems of the files; raise `UsageError` if nothing can be played."""
    from streamproof.harness.cli.arguments.scenarios import unknown_scenario
    from streamproof.harness.cli.problems import print_library

    print_library(library, files.paths)
    if not library.scenarios and not args.record_misses:
        places = " and ".join(map(str, files.paths))
        raise UsageError(f"--scenarios: wanted at least one valid scenario file in {places}")
    if args.default is not None and args.default not in library.scenarios:
        raise unknown_scenario(args.default, library.scenarios)


def _strict_result(unmatched: int) -> ExitCode:
    if not unmatched:
        return ExitCode.OK
    print(f"error: no scenario answered {counted(unmatched, 'request')}", file=sys.stderr)
    return ExitCode.BROKEN


def _names(args: argparse.Namespace) -> list[str]:
    """Return the names of the mock for its certificate, besides those of this machine."""
    return [args.host, *args.allow_host]


def print_reload(reloaded: "Reloaded", recorded: set[str] | None = None) -> None:
    """Print which scenarios were reloaded or removed, and the problems of changed files.

    Scenarios that were just `recorded` are left out, once.
    """
    from streamproof.harness.cli.problems import print_problems

    recorded = set() if recorded is None else recorded
    print_problems((*reloaded.errors, *reloaded.warnings))
    if reloaded.errors:
        print("The last valid version stays in use.", file=sys.stderr)
    loaded = [name for name in reloaded.loaded if name not in recorded]
    for change, names in (("reloaded", loaded), ("removed", reloaded.removed)):
        if names:
            print(f"{change}: {', '.join(names)}", file=sys.stderr)
    recorded.difference_update(reloaded.loaded)


@dataclass(frozen=True, slots=True)
class ReadyMock:
    """What the ready message says: the URL, a request to try, the inspector, and options."""

    url: str
    library: "Library"
    default: str | None = None
    tls: "ServedTls | None" = None
    misses: "Misses | None" = None

    @property
    def _stream(self) -> str | None:
        """The URL of a stream; None without scenarios."""
        names = self.library.scenarios
        if not names:
            return None
        name = self.default or min(names, key=lambda name: (name != SAMPLE_ANSWER, name))
        return f"{self.url}/s/{name}/chat/stream?question=hi"

    @property
    def _inspector(self) -> str:
        from streamproof.mock_ai.control.page import UI

        return self.url + UI

    @property
    def _ca_file(self) -> Path | None:
        return self.tls.ca_file if self.tls else None

    def as_json(self) -> str:
        """Return the message as one line of JSON."""
        library = self.library
        ready: dict[str, object] = {
            "url": self.url,
            "inspector": self._inspector,
            "scenarios": len(library.scenarios),
            "errors": len(library.errors),
            "try": self._stream,
        }
        return json.dumps(ready | ({"ca_file": str(self._ca_file)} if self._ca_file else {}))

    def as_text(self) -> str:
        """Return the message as lines for people."""
        library = self.library
        skipped = f", {counted(len(library.errors), 'error')}" if library.errors else ""
        scenarios = counted(len(library.scenarios), "scenario")
        stream = self._stream
        trust = ["--cacert", str(self._ca_file)] if self._ca_file else []
        lines = [
            f"mock ready: {self.url}  ({scenarios}{skipped})",
            *([f"try: {shlex.join(['curl', '-N', *trust, stream])}"] if stream else []),
            *([f"requests without a scenario: {self.misses}"] if self.misses else []),
            f"inspector: {self._inspector}",
            *(trusting_lines(self._ca_file) if self._ca_file else []),
        ]
        return "\n".join(lines)
