"""`streamproof doctor`: find what spoils a stream on its way to a page, and say what to change."""

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from streamproof.contracts.loopback import LOOPBACK
from streamproof.harness.cli.arguments.request import add_request_arguments, call_of
from streamproof.harness.cli.commands.mock import port
from streamproof.harness.console import console_for
from streamproof.harness.doctor.examination import PageOrigin, ProbeLimits, examine
from streamproof.harness.doctor.observation import StreamObservation
from streamproof.harness.doctor.probe_backend import probe_backend
from streamproof.harness.doctor.report import print_report, result_of, to_json
from streamproof.harness.errors import SetUpError, UnreachableError, UsageError
from streamproof.harness.http.server import serve
from streamproof.harness.reports.output import add_output_arguments

LIMITS = ProbeLimits()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare where the page asks, as what, and who answers."""
    parser.add_argument(
        "target", metavar="URL", help="where your page gets the stream, with the dev server's port"
    )
    parser.add_argument(
        "--origin", help="judge for a page of this origin, like http://localhost:5173"
    )
    parser.add_argument(
        "--credentials", action="store_true", help="the page sends cookies (withCredentials)"
    )
    parser.add_argument(
        "--backend-port",
        type=port,
        metavar="PORT",
        help="stand in for your backend on this port of the machine, so that all can be judged",
    )
    parser.add_argument(
        "--backend-host", default=LOOPBACK, help="the address to do so at (default: %(default)s)"
    )
    parser.add_argument(
        "--wait-seconds",
        type=float,
        default=LIMITS.wait_seconds,
        metavar="S",
        help="how late an event may be before it counts as held back; default: %(default)g",
    )
    parser.add_argument(
        "--insecure", action="store_true", help="take any certificate, as of a dev server"
    )
    add_request_arguments(parser)
    add_output_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Examine, judge, report."""
    _check(args)
    seen = asyncio.run(_examine(args))
    result = result_of(seen)
    if args.json:
        print(to_json(result, seen.in_the_way))
    else:
        print_report(result, seen.in_the_way, console_for(args))
    return result.exit_code


def _check(args: argparse.Namespace) -> None:
    address = urlsplit(args.target)
    if address.scheme not in ("http", "https") or not address.netloc:
        raise UsageError(f"wanted a URL like http://localhost:5173/api/chat, got '{args.target}'")
    if args.credentials and args.origin is None:
        raise UsageError("--credentials needs the --origin of the page")
    if args.backend_port is not None and args.origin is not None:
        raise UsageError("--backend-port stands in for what answers --origin: choose one")


async def _examine(args: argparse.Namespace) -> StreamObservation:
    limits = ProbeLimits(silence_seconds=args.patience_seconds, wait_seconds=args.wait_seconds)
    page = PageOrigin(args.origin.rstrip("/"), args.credentials) if args.origin else None
    if args.backend_port is None:
        return await examine(call_of(args), limits, page, insecure=args.insecure)
    async with _in_place_of_the_backend(args):
        seen = await examine(call_of(args), limits, insecure=args.insecure)
    if seen.line is None:
        where = f"port {args.backend_port} of {args.backend_host}"
        status = seen.transcript.status
        raise UnreachableError(f"{args.target} does not lead to {where}: status {status}")
    return seen


@asynccontextmanager
async def _in_place_of_the_backend(args: argparse.Namespace) -> AsyncIterator[None]:
    try:
        async with serve(probe_backend(), args.backend_port, args.backend_host):
            yield
    except SetUpError as error:
        advice = "stop your backend first, doctor stands in for it"
        raise UsageError(f"--backend-port: {error}: {advice}") from error
