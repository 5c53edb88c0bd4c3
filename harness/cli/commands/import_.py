"""`streamproof import`: write scenario files from a `curl -N` dump or a browser's HAR file."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from streamproof.contracts.text import counted, short, visible
from streamproof.harness.cli.commands.record import add_output_arguments, keeper_of
from streamproof.harness.console import console_for
from streamproof.harness.errors import UsageError
from streamproof.harness.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamproof.mock_ai.recording.exchange import RecordedExchange

ALL = "all"
MOST_PRINTED = 5


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
    from streamproof.mock_ai.errors import CannotRecord
    from streamproof.mock_ai.recording.importing import read_exchanges

    found = read_exchanges(args.file)
    _print_skipped(found.problems)
    chosen = _chosen(found.exchanges, args)
    keeper = keeper_of(args)
    problems: list[CannotRecord] = []
    for number, exchange in enumerate(chosen, 1):
        try:
            path = keeper.keep(exchange, number, args.file.name)
        except CannotRecord as error:
            problems.append(error)
            continue
        console_for(args).line(f"{path}: {_summary(exchange)}")
        _warn(path, exchange)
    if len(problems) == len(chosen):
        raise problems[0]
    _print_skipped(problems)
    return ExitCode.OK


def _print_skipped(problems: "Sequence[Exception]") -> None:
    """Print which streams are left out; the others are imported."""
    for problem in problems[:MOST_PRINTED]:
        print(visible(f"skipped: {problem}"), file=sys.stderr)
    if len(problems) > MOST_PRINTED:
        print(f"skipped: {len(problems) - MOST_PRINTED} more", file=sys.stderr)


def _warn(path: Path, exchange: "RecordedExchange") -> None:
    """Print a warning if a stream has no event, or is not quite what the service sent."""
    if _lacks_events(exchange):
        wanted = "an event is a line such as `data: …` with an empty line after it"
        print(visible(f"warning: {path} has no event; {wanted}"), file=sys.stderr)
    if exchange.note:
        print(visible(f"warning: {path}: {exchange.note}"), file=sys.stderr)


def _lacks_events(exchange: "RecordedExchange") -> bool:
    from streamproof.contracts.sse import NO_LIMIT, Decoder
    from streamproof.mock_ai.recording.decoding import decoded
    from streamproof.mock_ai.recording.har import STREAM_TYPE

    kinds = [value for name, value in exchange.headers if name.lower() == "content-type"]
    decoder = Decoder(max_event_bytes=NO_LIMIT, max_line_bytes=NO_LIMIT)
    is_stream = any(kind.strip().lower().startswith(STREAM_TYPE) for kind in kinds)
    return is_stream and not decoder.feed(decoded(exchange).body)


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
