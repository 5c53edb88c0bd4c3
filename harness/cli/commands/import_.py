"""`streamproof import`: make scenario files of a `curl -N` dump or of a browser's HAR."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from streamproof.contracts.text import counted
from streamproof.harness.cli.commands.record import add_output_arguments, keeper_of
from streamproof.harness.console import console_for
from streamproof.harness.errors import UsageError
from streamproof.harness.exit_codes import ExitCode

if TYPE_CHECKING:
    from streamproof.mock_ai.recording.exchange import RecordedExchange

ALL = "all"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what is read, and where it goes."""
    parser.add_argument("file", type=Path, metavar="FILE", help="a curl -N (-i) dump, or a HAR")
    add_output_arguments(parser)
    parser.add_argument(
        "--entry", metavar="N", help=f"which event stream of a HAR, from 1, or '{ALL}'"
    )


def run(args: argparse.Namespace) -> int:
    """Read the file and write its streams."""
    from streamproof.mock_ai.recording.importing import read_exchanges

    exchanges = read_exchanges(args.file)
    keeper = keeper_of(args)
    for number, exchange in enumerate(_chosen(exchanges, args.entry), 1):
        path = keeper.keep(exchange, number, args.file.name)
        console_for(args).line(f"{path}: {_told(exchange)}")
    return ExitCode.OK


def _chosen(exchanges: "list[RecordedExchange]", entry: str | None) -> "list[RecordedExchange]":
    """Return the wanted ones; raises `UsageError` with the choice where it is not clear."""
    if not exchanges:
        raise UsageError("there is no event stream in the file")
    if entry == ALL or (entry is None and len(exchanges) == 1):
        return exchanges
    if entry and entry.isdecimal() and 1 <= int(entry) <= len(exchanges):
        return [exchanges[int(entry) - 1]]
    asked = f"no entry '{entry}'" if entry else counted(len(exchanges), "event stream")
    choice = [f"  --entry {n}  {_told(exchange)}" for n, exchange in enumerate(exchanges, 1)]
    raise UsageError("\n".join([f"{asked} in the file; choose:", *choice, f"  --entry {ALL}"]))


def _told(exchange: "RecordedExchange") -> str:
    request = exchange.request
    asked = f"{request.method} {request.target.partition('?')[0]} ".lstrip()
    return f"{asked}{exchange.status}, {counted(len(exchange.body), 'byte')}, {exchange.ending}"
