"""`streamproof check`: check one saved or live stream against a contract."""

import argparse
import asyncio
import sys
from pathlib import Path

from streamproof.contracts.checker import check
from streamproof.contracts.contract import (
    AI_SERVICE,
    BUILT_IN,
    FRONTEND,
    StreamContract,
    builtin_contract,
    load_contract,
)
from streamproof.contracts.text import did_you_mean
from streamproof.harness.checking.check import run_checks
from streamproof.harness.checking.contract import checks_of
from streamproof.harness.cli.arguments.request import add_request_arguments, call_of
from streamproof.harness.cli.arguments.types import file_or_url, is_url
from streamproof.harness.errors import UsageError
from streamproof.harness.http.capture import read_capture, unseen_in
from streamproof.harness.http.client import HttpCall, ReadLimits, client_session, read_stream
from streamproof.harness.http.reading import StreamReading
from streamproof.harness.reports.marks import reading_marks
from streamproof.harness.reports.output import add_output_arguments, say
from streamproof.harness.reports.result import Leg, RunResult, VerifiedCase
from streamproof.harness.verify.checks.service import ServiceReply

LEGS = {FRONTEND: Leg.BROWSER, AI_SERVICE: Leg.AI}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the stream, the contract, and the request for a live stream."""
    parser.description = (
        "Check one saved or live stream against a contract. Use it when you have a stream from"
        " `curl -N`, or the URL of one. It prints the verdict and each check that the stream fails."
    )
    parser.add_argument(
        "target",
        type=file_or_url,
        metavar="FILE|URL",
        help="a file saved with `curl -N` (or `curl -Ni`), or a URL",
    )
    parser.add_argument(
        "--contract",
        required=True,
        metavar="NAME|PATH",
        help=f"{' or '.join(BUILT_IN)}, or the path of a *.contract.yaml file",
    )
    parser.add_argument(
        "--resumed",
        nargs="?",
        const="",
        metavar="ID",
        help="check a resumed stream; optionally give the Last-Event-ID it resumes from",
    )
    add_request_arguments(parser)
    add_output_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Read the stream, check it, print the report."""
    contract = _contract(args.contract)
    if args.resumed is not None:
        contract = contract.resumed(args.resumed)
    reading, unseen = _read(args)
    reply = ServiceReply(reading, check(reading.transcript, contract))
    case = VerifiedCase(
        name=contract.name,
        title=f"Verdict: {reply.report.verdict}",
        outcomes=run_checks(checks_of(contract, unseen), reply),
        timeline=tuple(reading_marks(reading, LEGS.get(contract.name, Leg.AI))),
        facts={"verdict": reply.report.verdict},
    )
    return say(RunResult("stream", args.target, (case,)), args)


def _contract(name: str) -> StreamContract:
    if name in BUILT_IN:
        return builtin_contract(name)
    if not Path(name).is_file():
        advice = did_you_mean(name, BUILT_IN) or f"use {' or '.join(BUILT_IN)}, or a file"
        raise UsageError(f"--contract: unknown contract '{name}'; {advice}")
    contract = load_contract(Path(name))
    for warning in contract.warnings:
        print(f"{warning.render()}\n", file=sys.stderr)
    return contract


def _read(args: argparse.Namespace) -> tuple[StreamReading, frozenset[str]]:
    """Return the stream, and the rules that a file of this kind cannot break."""
    if is_url(args.target):
        limits = ReadLimits(silence_seconds=args.timeout_seconds)
        return asyncio.run(_request(call_of(args), limits)), frozenset()
    capture = read_capture(Path(args.target))
    return capture, unseen_in(capture)


async def _request(call: HttpCall, limits: ReadLimits) -> StreamReading:
    async with client_session() as session:
        return await read_stream(session, call, limits)
