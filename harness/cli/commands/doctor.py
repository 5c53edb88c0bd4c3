"""`streamproof doctor`: find what damages a stream before it reaches a page, and what to change."""

import argparse
import asyncio
from functools import partial

from streamproof.contracts.loopback import LOOPBACK
from streamproof.harness.cli.arguments.output import add_output_arguments
from streamproof.harness.cli.arguments.request import add_request_arguments, call_of
from streamproof.harness.cli.arguments.types import fixed_port, host, origin, seconds, url
from streamproof.harness.cli.reported_run import ReportedRun, report_run
from streamproof.harness.doctor.examination import PageOrigin, examine
from streamproof.harness.doctor.limits import LONG, SHORT, ProbeLimits, in_words
from streamproof.harness.doctor.observation import StreamObservation
from streamproof.harness.doctor.probe_backend import probe_backend
from streamproof.harness.doctor.report import print_report, result_of
from streamproof.harness.errors import UnreachableError, UsageError
from streamproof.harness.http.server import AddressOptions, serving
from streamproof.harness.masking import masked_url
from streamproof.harness.progress import WaitingSteps
from streamproof.harness.reports.result import RunResult

LIMITS = ProbeLimits()
BACKEND_ADDRESS = AddressOptions(
    "--backend-host",
    "--backend-port",
    if_taken="stop your backend first, because the probe backend takes its port",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the URL, the page's request, and the probe backend."""
    parser.description = (
        "Find what damages a stream between your backend and your page, such as a proxy that"
        " buffers or hides dropped connections. Use it when a page receives an answer late, all at"
        " once, cut off, or not at all. The report says what to change."
    )
    parser.add_argument(
        "target", type=url, metavar="URL", help="the URL at which your page requests the stream"
    )
    parser.add_argument(
        "--origin",
        type=origin,
        help="check CORS for a page of this origin, such as http://localhost:5173 (default: CORS is"
        " not checked)",
    )
    parser.add_argument(
        "--credentials", action="store_true", help="the page sends cookies (withCredentials)"
    )
    parser.add_argument(
        "--backend-port",
        type=fixed_port,
        metavar="PORT",
        help="start a probe backend on this port instead of yours, which enables every check"
        " except CORS (default: no probe backend)",
    )
    parser.add_argument(
        "--backend-host",
        type=host,
        default=LOOPBACK,
        metavar="ADDRESS",
        help="address of the probe backend; 0.0.0.0 if your proxy runs in a container"
        " (default: %(default)s)",
    )
    parser.add_argument(
        "--wait-seconds",
        type=seconds,
        default=LIMITS.wait_seconds,
        metavar="S",
        help="report an event as buffered if it is later than this (default: %(default)g)",
    )
    parser.add_argument(
        "--long",
        action="store_true",
        help=f"look for limits of time with streams of {in_words(LONG)}; this takes more than two"
        f" minutes, and needs a probe backend (default: {in_words(SHORT)})",
    )
    parser.add_argument(
        "--insecure",
        action="store_true",
        help="accept any certificate, for example of a dev server",
    )
    add_request_arguments(parser)
    add_output_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Examine the stream, run the checks, print the report."""
    return report_run(args, "doctor", _examination)


def _examination(args: argparse.Namespace, run: ReportedRun) -> RunResult:
    _check(args)
    run.target = masked_url(args.target)
    seen = asyncio.run(_examine(args))
    run.print_text = partial(print_report, seen=seen)
    return result_of(seen)


def _check(args: argparse.Namespace) -> None:
    if args.credentials and args.origin is None:
        raise UsageError("--credentials needs --origin, the origin of the page")
    if args.backend_port is not None and args.origin is not None:
        raise UsageError(
            "--backend-port and --origin exclude each other: only your own backend decides CORS"
        )


async def _examine(args: argparse.Namespace) -> StreamObservation:
    with WaitingSteps() as steps:
        return await _examined(args, steps)


async def _examined(args: argparse.Namespace, steps: WaitingSteps) -> StreamObservation:
    limits = ProbeLimits(
        silence_seconds=args.timeout_seconds,
        wait_seconds=args.wait_seconds,
        lasting_seconds=LONG if args.long else SHORT,
    )
    page = PageOrigin(args.origin, args.credentials) if args.origin else None
    if args.backend_port is None:
        return await examine(
            call_of(args), limits, page, insecure=args.insecure, on_step=steps.begin
        )
    address = args.backend_host, args.backend_port
    async with serving(probe_backend(), *address, options=BACKEND_ADDRESS):
        seen = await examine(call_of(args), limits, insecure=args.insecure, on_step=steps.begin)
    if seen.probe is None:
        where = f"port {args.backend_port} of {args.backend_host}"
        problem = f"does not lead to the probe backend on {where}: status {seen.transcript.status}"
        raise UnreachableError(f"{masked_url(args.target)} {problem}")
    return seen
