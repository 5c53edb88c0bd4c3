"""`streamproof record`: a proxy that writes what a service streams into scenario files."""

import argparse
import asyncio
import json
import signal
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from streamproof.contracts.text import counted, visible
from streamproof.harness.cli.arguments.masks import add_mask_arguments, masks_of
from streamproof.harness.cli.arguments.serving import add_address_arguments
from streamproof.harness.cli.arguments.types import base_url, count
from streamproof.harness.cli.signals import stop_event
from streamproof.harness.errors import UsageError
from streamproof.harness.exit_codes import ExitCode
from streamproof.harness.http.server import listening

if TYPE_CHECKING:
    from streamproof.mock_ai.recording.exchange import RecordedExchange
    from streamproof.mock_ai.recording.proxy import FinishedRequest
    from streamproof.mock_ai.recording.store import RecordingStore
    from streamproof.mock_ai.recording.target import ProxyTarget

DEFAULT_PORT = 8788


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the service, the files to write, and what to mask in them."""
    parser.description = (
        "Record what a service streams into scenario files. Use it to replay a real stream later."
        " It is a proxy: send your request to it instead of to the service. It runs until Ctrl-C."
        " Secrets are masked before a file is written."
    )
    parser.add_argument(
        "--upstream",
        required=True,
        type=base_url,
        metavar="URL",
        help="URL of the service to record",
    )
    add_output_arguments(parser)
    add_address_arguments(parser, DEFAULT_PORT)
    parser.add_argument(
        "--public",
        action="store_true",
        help="accept requests from other machines; use it with --host",
    )
    parser.add_argument(
        "--count", type=count, metavar="N", help="stop after N requests (default: no limit)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object per line")


def add_output_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the scenario file, and what to mask in it."""
    parser.add_argument(
        "--out",
        required=True,
        type=Path,
        metavar="FILE",
        help="the scenario file to write, NAME.yaml",
    )
    parser.add_argument("--force", action="store_true", help="replace existing files")
    add_mask_arguments(parser)


def keeper_of(args: argparse.Namespace) -> "RecordingStore":
    """Return the store that writes the files, from the arguments of `add_output_arguments`."""
    from streamproof.mock_ai.errors import CannotRecord
    from streamproof.mock_ai.recording.files import RecordingFiles
    from streamproof.mock_ai.recording.store import RecordingStore

    try:
        return RecordingStore(RecordingFiles(args.out, force=args.force), masks_of(args))
    except CannotRecord as error:
        raise UsageError(f"--out: {error}") from error


def run(args: argparse.Namespace) -> int:
    """Record until SIGTERM, Ctrl-C or `--count` requests."""
    from streamproof.mock_ai.errors import CannotRecord
    from streamproof.mock_ai.recording.target import ProxyTarget

    keeper = keeper_of(args)
    try:
        return asyncio.run(_record(args, ProxyTarget.parse(args.upstream), keeper))
    except CannotRecord as error:  # it begins with the name of an option
        raise UsageError(f"--{error}") from error


@dataclass(slots=True)
class _RecordingWriter:
    """Writes finished recordings one by one, in a thread."""

    keeper: "RecordingStore"
    origin: str
    as_json: bool
    finished: "asyncio.Queue[FinishedRequest | None]" = field(default_factory=asyncio.Queue)
    problems: int = 0

    async def run(self, count: int | None, enough: asyncio.Event) -> None:
        """Write recordings until the queue yields `None`; set `enough` after `count` of them."""
        done = 0
        while request := await self.finished.get():
            await self._write(request)
            done += 1
            if done == count:
                enough.set()

    async def _write(self, request: "FinishedRequest") -> None:
        from streamproof.mock_ai.errors import CannotRecord

        origin = f"{self.origin}, {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
        try:
            if request.exchange is None:
                raise CannotRecord(request.problem)
            exchange, number = request.exchange, request.number
            path = await asyncio.to_thread(self.keeper.keep, exchange, number, origin)
            print(visible(self._line(request, exchange, path)), flush=True)
        except (CannotRecord, OSError) as error:
            self.problems += 1
            message = visible(f"error: {request.number}. {request.asked}: {error}")
            print(message, file=sys.stderr, flush=True)

    def _line(self, request: "FinishedRequest", exchange: "RecordedExchange", path: Path) -> str:
        facts = {
            "number": request.number,
            "asked": request.asked,
            "status": exchange.status,
            "bytes": len(exchange.body),
            "ending": exchange.ending,
            "ms": round(exchange.ended_ms, 1),
            "file": str(path),
        }
        if self.as_json:
            return json.dumps(facts)
        line = "{number}. {asked}: {status}, {size} in {ms} ms, {ending} -> {file}"
        return line.format_map({**facts, "size": counted(len(exchange.body), "byte")})


async def _record(
    args: argparse.Namespace, upstream: "ProxyTarget", keeper: "RecordingStore"
) -> int:
    from streamproof.mock_ai.recording.recorder import recording

    writer = _RecordingWriter(keeper, upstream.url, args.json)
    with stop_event(signal.SIGTERM, signal.SIGINT) as enough:
        writing = asyncio.create_task(writer.run(args.count, enough))
        try:
            recorder = recording(
                upstream,
                writer.finished.put_nowait,
                host=args.host,
                port=args.port,
                public=args.public,
            )
            async with listening(recorder, args.host, args.port) as address:
                print(_ready_line(address, upstream.url, as_json=args.json), flush=True)
                await enough.wait()
        finally:
            writer.finished.put_nowait(None)
            await writing
    return ExitCode.UNREACHABLE if writer.problems else ExitCode.OK


def _ready_line(url: str, upstream: str, *, as_json: bool) -> str:
    """Return the ready message, with the URL to use instead of the service."""
    if as_json:
        return json.dumps({"url": url, "upstream": upstream})
    return f"recording {upstream}; send your requests to {url} instead; press Ctrl-C to stop"
