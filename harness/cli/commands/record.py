"""`streamproof record`: stand before a service and write what it streams into scenario files."""

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
from streamproof.harness.cli.commands.mock import port
from streamproof.harness.errors import UsageError
from streamproof.harness.exit_codes import ExitCode
from streamproof.harness.http.listening import listening

if TYPE_CHECKING:
    from streamproof.mock_ai.recording.exchange import RecordedExchange
    from streamproof.mock_ai.recording.proxy import FinishedRequest
    from streamproof.mock_ai.recording.store import RecordingStore
    from streamproof.mock_ai.recording.target import ProxyTarget

DEFAULT_PORT = 8788
MASKS = {
    "--mask-header": "a header",
    "--mask-query": "a query parameter",
    "--mask-field": "a JSON field",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what is recorded, where to, and what must not be written down."""
    parser.add_argument("--upstream", required=True, metavar="URL", help="the service to record")
    add_output_arguments(parser)
    parser.add_argument("--port", type=port, default=DEFAULT_PORT, help="0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument(
        "--public", action="store_true", help="allow other machines: addresses and Host headers"
    )
    parser.add_argument("--count", type=int, metavar="N", help="stop after N requests")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")


def add_output_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the file and what is masked in it."""
    parser.add_argument(
        "--out", required=True, type=Path, metavar="FILE", help="the scenario file, NAME.yaml"
    )
    parser.add_argument("--force", action="store_true", help="replace files that are there")
    for option, place in MASKS.items():
        parser.add_argument(
            option,
            action="append",
            default=[],
            metavar="NAME",
            help=f"write stars for the value of {place}, besides the usual ones; may be repeated",
        )


def keeper_of(args: argparse.Namespace) -> "RecordingStore":
    """Build what writes the files, from the arguments of `add_output_arguments`."""
    from streamproof.mock_ai.recording.files import RecordingFiles
    from streamproof.mock_ai.recording.masking import Masks
    from streamproof.mock_ai.recording.store import RecordingStore

    masks = Masks.usual(args.mask_header, args.mask_query, args.mask_field)
    return RecordingStore(RecordingFiles(args.out, force=args.force), masks)


def run(args: argparse.Namespace) -> int:
    """Record until SIGTERM, Ctrl-C or the wanted number of requests."""
    from streamproof.mock_ai.recording.target import ProxyTarget

    if args.count is not None and args.count < 1:
        raise UsageError(f"--count: wanted at least 1, got {args.count}")
    return asyncio.run(_record(args, ProxyTarget.parse(args.upstream), keeper_of(args)))


@dataclass(slots=True)
class _Desk:
    """Writes what was recorded, one after the other and off the event loop."""

    keeper: "RecordingStore"
    origin: str
    as_json: bool
    passed: "asyncio.Queue[FinishedRequest | None]" = field(default_factory=asyncio.Queue)
    problems: int = 0

    async def work(self, count: int | None, enough: asyncio.Event) -> None:
        """Write until `None` comes; says when there are enough."""
        done = 0
        while passed := await self.passed.get():
            await self._keep(passed)
            done += 1
            if done == count:
                enough.set()

    async def _keep(self, passed: "FinishedRequest") -> None:
        from streamproof.mock_ai.errors import CannotRecord

        origin = f"{self.origin}, {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
        try:
            if passed.exchange is None:
                raise CannotRecord(passed.problem)
            path = await asyncio.to_thread(self.keeper.keep, passed.exchange, passed.number, origin)
            print(visible(self._line(passed, passed.exchange, path)), flush=True)
        except (CannotRecord, OSError) as error:
            self.problems += 1
            said = visible(f"error: {passed.number}. {passed.asked}: {error}")
            print(said, file=sys.stderr, flush=True)

    def _line(self, passed: "FinishedRequest", exchange: "RecordedExchange", path: Path) -> str:
        facts = {
            "number": passed.number,
            "asked": passed.asked,
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

    enough = asyncio.Event()
    for stop in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(stop, enough.set)
    desk = _Desk(keeper, upstream.url, args.json)
    working = asyncio.create_task(desk.work(args.count, enough))
    try:
        recorder = recording(
            upstream,
            desk.passed.put_nowait,
            host=args.host,
            port=args.port,
            public=args.public,
        )
        async with listening(recorder, args.host, args.port) as url:
            print(_ready_line(url, upstream.url, as_json=args.json), flush=True)
            await enough.wait()
    finally:
        desk.passed.put_nowait(None)
        await working
    return ExitCode.UNREACHABLE if desk.problems else ExitCode.OK


def _ready_line(url: str, upstream: str, *, as_json: bool) -> str:
    """Say what to ask instead of the service."""
    if as_json:
        return json.dumps({"url": url, "upstream": upstream})
    return f"recording {upstream}: ask {url} instead; Ctrl-C ends it"
