"""`streamproof check`: check one saved or live stream against a contract."""

import argparse
import asyncio
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeAlias

from streamproof.contracts.checker import check
from streamproof.contracts.contract import AI_SERVICE, FRONTEND, StreamContract, builtin_contract
from streamproof.contracts.text import any_of
from streamproof.harness.checking.check import run_checks
from streamproof.harness.checking.contract import checks_of
from streamproof.harness.checking.likely_contract import FIRST_EVENTS, likely_contracts
from streamproof.harness.checking.naming import find_contract
from streamproof.harness.cli.arguments.http_types import text
from streamproof.harness.cli.arguments.output import add_output_arguments
from streamproof.harness.cli.arguments.request import (
    add_request_arguments,
    call_of,
    check_no_request,
)
from streamproof.harness.cli.arguments.types import file_or_url, is_url
from streamproof.harness.cli.program import command
from streamproof.harness.cli.reported_run import ReportedRun, report_run
from streamproof.harness.errors import UsageError
from streamproof.harness.http.capture import parse_capture, read_file, unseen_in
from streamproof.harness.http.client import HttpCall, ReadLimits, client_session, read_stream
from streamproof.harness.http.curl import curl_command
from streamproof.harness.http.reading import StreamReading
from streamproof.harness.masking import masked_url
from streamproof.harness.progress import WaitingSteps
from streamproof.harness.reports.marks import call_marks, kinds_of, reading_marks
from streamproof.harness.reports.result import Leg, RunResult, VerifiedCase
from streamproof.harness.verify.checks.service import ServiceReply

ReadStream: TypeAlias = Callable[[StreamContract], StreamReading]

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
        metavar="NAME|PATH",
        help="the name of a shipped contract (`streamproof contracts` lists them), or the path of a"
        " *.contract.yaml file (default: print which contract the stream looks like)",
    )
    parser.add_argument(
        "--resumed",
        type=text,
        nargs="?",
        const="",
        metavar="ID",
        help="check a resumed stream; optionally give the Last-Event-ID it resumes from (default: a"
        " stream from its start)",
    )
    add_request_arguments(parser)
    add_output_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Read the stream, check it, print the report."""
    return report_run(args, "stream", _checked)


def _checked(args: argparse.Namespace, run: ReportedRun) -> RunResult:
    run.target = _shown(args.target)
    return RunResult("stream", run.target, (_case(args),))


def _case(args: argparse.Namespace) -> VerifiedCase:
    contract = _contract(args.contract) if args.contract is not None else None
    read, unseen = _reader(args)
    if contract is None:
        raise _suggestion(_shown(args.target), read)
    if args.resumed is not None:
        contract = contract.resumed(args.resumed)
    reading = read(contract)
    reply = ServiceReply(reading, check(reading.transcript, contract))
    leg, kinds = LEGS.get(contract.name, Leg.AI), kinds_of(contract)
    call = call_of(args) if is_url(args.target) else None
    marks = call_marks(call, reading, leg, kinds) if call else reading_marks(reading, leg, kinds)
    return VerifiedCase(
        name=contract.name,
        title=f"Verdict: {reply.report.verdict}",
        outcomes=run_checks(checks_of(contract, unseen), reply),
        timeline=tuple(marks),
        facts={"verdict": reply.report.verdict},
        curl=curl_command(call) if call else None,
        events=None if reading.transcript.body is not None else len(reading.transcript.events),
    )


def _shown(target: str) -> str:
    """Return the file or the URL without its secrets, because other people read reports."""
    return masked_url(target) if is_url(target) else target


def _contract(name: str) -> StreamContract:
    contract = find_contract(name, "--contract")
    for warning in contract.warnings:
        print(f"{warning.render()}\n", file=sys.stderr)
    return contract


def _reader(args: argparse.Namespace) -> tuple[ReadStream, frozenset[str]]:
    """Return a function that reads the stream for a contract, and the rules that it cannot break.

    A URL is requested once.
    """
    if not is_url(args.target):
        check_no_request(args)
        data = read_file(Path(args.target))
        few = FIRST_EVENTS if args.contract is None else None
        return partial(parse_capture, data, first_events=few), unseen_in(data)
    limits = ReadLimits(silence_seconds=args.timeout_seconds)
    reading = asyncio.run(_request(call_of(args), limits))
    return lambda _: reading, frozenset()


async def _request(call: HttpCall, limits: ReadLimits) -> StreamReading:
    with WaitingSteps() as steps:
        steps.begin(f"reading {masked_url(call.url)}", limits.total_seconds)
        async with client_session() as session:
            return await read_stream(session, call, limits)


def _suggestion(target: str, read: ReadStream) -> UsageError:
    """Return the error that says which contracts the stream looks like."""
    reading = read(builtin_contract(AI_SERVICE))
    if not reading.body:
        why = f"has no body: {reading.problem}" if reading.problem else "is empty"
        return UsageError(f"--contract is missing, and {target} {why}")
    found = likely_contracts(lambda contract: read(contract).transcript)
    if not found:
        advice = f"`{command('contracts')}` lists the shipped ones, and a file can describe yours"
        return UsageError(f"--contract is missing, and {target} fits no shipped contract; {advice}")
    options = any_of([f"--contract {name}" for name in found])
    return UsageError(f"--contract is missing; {target} looks like {any_of(found)}: use {options}")
