"""`streamproof shrink`: make a scenario file as small as it can be while a command still fails."""

import argparse
import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from streamproof.contracts.text import counted, json_for_terminals, short, visible
from streamproof.harness.cli.arguments.scenarios import scenario_path
from streamproof.harness.cli.arguments.types import count, fixed_port, seconds
from streamproof.harness.console import console_for
from streamproof.harness.errors import UsageError
from streamproof.harness.exit_codes import ExitCode
from streamproof.mock_ai.scenario.names import is_scenario_name

if TYPE_CHECKING:
    from streamproof.harness.shrinking.shrinker import Shrinker

RUNS = 500
TIMEOUT_SECONDS = 60.0
ENDING = "-shrunk"
VERSION = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the file, the command, and the limits."""
    parser.description = (
        "Make a scenario file as small as it can be while a command still fails on it. Use it on a"
        " recording that breaks your client, before you report the bug. A mock AI service plays the"
        " scenario for every request. The command gets its URL as from `streamproof verify client`:"
        " in STREAMPROOF_URL, OPENAI_BASE_URL and the variables of other clients, and in place of"
        " {url}. The file is in STREAMPROOF_SCENARIO_FILE, and in place of {file}. The exit code"
        " decides, as in `git bisect run`: 0 means that the failure does not show, 125 that the run"
        " cannot be judged, and any other code that it shows."
    )
    parser.add_argument(
        "file", metavar="FILE", help="a scenario file, written or recorded, or the name of one"
    )
    parser.add_argument(
        "command", nargs="+", metavar="COMMAND", help="what to run on each file, after --"
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="the file to write; it must not exist (default: NAME-shrunk.yaml in this folder)",
    )
    parser.add_argument(
        "--runs",
        type=count,
        default=RUNS,
        metavar="N",
        help="run the command at most this number of times (default: %(default)s)",
    )
    parser.add_argument(
        "--timeout-seconds",
        type=seconds,
        default=TIMEOUT_SECONDS,
        metavar="SECONDS",
        help="end a run of the command after this time. It then shows the failure if the first run"
        " also took longer; otherwise it cannot be judged (default: %(default)g)",
    )
    parser.add_argument(
        "--port",
        type=fixed_port,
        metavar="PORT",
        help="port of the mock, for a command that cannot take its URL (default: a free one)",
    )
    parser.add_argument("--json", action="store_true", help="print the result as one JSON document")


def run(args: argparse.Namespace) -> int:
    """Shrink the file, and say what became of it."""
    # Imported here: `--help` must be fast.
    from streamproof.harness.shrinking.reading import read_values
    from streamproof.harness.shrinking.run import ShrinkOptions, shrink_for_command

    path = scenario_path(args.file)
    output = _output(args.output, path)
    options = ShrinkOptions(
        words=args.command,
        output=output,
        most_runs=args.runs,
        limit_seconds=args.timeout_seconds,
        port=args.port or 0,
        on_smaller=_progress(output),
    )
    shrinker = asyncio.run(shrink_for_command(read_values(path), options))
    if args.json:
        print(json_for_terminals(_document(path, output, shrinker), indent=2))
    else:
        console = console_for(args)
        console.line(f"written: {output}, {_size(output)} instead of {_size(path)}", "ok")
        why = "nothing smaller shows the failure" if shrinker.is_complete else "more runs may help"
        console.line(f"{counted(shrinker.runs, 'run')}; {why}")
    return ExitCode.OK


def _output(given: Path | None, path: Path) -> Path:
    output = given or Path(f"{path.stem}{ENDING}.yaml")
    if output.suffix != ".yaml" or not is_scenario_name(output.stem):
        wanted = "wanted a name such as reset-mid-answer.yaml"
        raise UsageError(f"--output: {wanted}, got {short(str(output))}")
    if output.exists():
        raise UsageError(f"{output} already exists; choose another file with --output")
    return output


def _progress(output: Path) -> Callable[["Shrinker"], None]:
    """Return what prints each smaller file to standard error."""

    def print_line(shrinker: "Shrinker") -> None:
        text = f"run {shrinker.runs}: {output} has {_size(output)}"
        print(visible(text), file=sys.stderr, flush=True)

    return print_line


def _size(path: Path) -> str:
    return counted(path.stat().st_size, "byte")


def _document(path: Path, output: Path, shrinker: "Shrinker") -> dict[str, object]:
    return {
        "version": VERSION,
        "file": str(output),
        "runs": shrinker.runs,
        "unjudged": shrinker.unjudged,
        "complete": shrinker.is_complete,
        "bytes": {"before": path.stat().st_size, "after": output.stat().st_size},
        "exitCode": int(ExitCode.OK),
    }
