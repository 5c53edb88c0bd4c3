"""`streamproof import`: write scenario files from a `curl -N` dump or a browser's HAR file."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from streamproof.contracts.text import counted, short
from streamproof.harness.cli.commands.record import add_output_arguments, keeper_of
from streamproof.harness.console import console_for
from streamproof.harness.errors import UsageError
from streamproof.harness.exit_codes import ExitCode

if TYPE_CHECKING:
    from streamproof.mock_ai.recording.exchange import RecordedExchange

ALL = "all"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the file to read, and the files to write."""
    parser.description = (
        "Write scenario files from a `curl -N` dump or a HAR file. Use it to replay a stream that"
        " you have already saved. Secrets are masked before a file is written."
    )
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="a dump of `curl -N` (or `curl -Ni`), or a HAR file"
    )
    add_output_arguments(parser)
    parser.add_argument(
        "--entry",
        metavar="N",
        help=f"import the Nth event stream of a HAR file, or '{ALL}' (default: the only one)",
    )


def run(args: argparse.Namespace) -> int:
    """Read the file and write its streams as scenarios."""
    from streamproof.mock_ai.recording.importing import read_exchanges

    exchanges = read_exchanges(args.file)
    keeper = keeper_of(args)
    for number, exchange in enumerate(_chosen(exchanges, args), 1):
        path = keeper.keep(exchange, number, args.file.name)
        console_for(args).line(f"{path}: {_summary(exchange)}")
    return ExitCode.OK


def _chosen(
    exchanges: "list[RecordedExchange]", args: argparse.Namespace
) -> "list[RecordedExchange]":
    """Return the chosen streams; raises `UsageError` with the list if the choice is not clear."""
    entry = args.entry
    if not exchanges:
        raise UsageError(f"{args.file}: wanted at least one event stream, got none")
    if entry == ALL or (entry is None and len(exchanges) == 1):
        return exchanges
    if entry in map(str, range(1, len(exchanges) + 1)):
        return [exchanges[int(entry) - 1]]
    count = counted(len(exchanges), "event stream")
    problem = f"{args.file}: {count}"
    if entry is not None:
        problem = f"--entry: {args.file} has {count}, got {short(entry)}"
    choice = [f"  --entry {n}  {_summary(exchange)}" for n, exchange in enumerate(exchanges, 1)]
    raise UsageError("\n".join([f"{problem}; add one of:", *choice, f"  --entry {ALL}"]))


def _summary(exchange: "RecordedExchange") -> str:
    request = exchange.request
    target = f"{request.method} {request.target.partition('?')[0]} ".lstrip()
    return f"{target}{exchange.status}, {counted(len(exchange.body), 'byte')}, {exchange.ending}"
