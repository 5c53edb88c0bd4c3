"""`streamproof verify client`: its arguments, and the run of a command or a page."""

import argparse
import asyncio
import os
from argparse import ArgumentTypeError
from collections.abc import Sequence

from streamproof.contracts.loopback import LOOPBACK
from streamproof.contracts.text import short
from streamproof.harness.cli.arguments.dialects import dialect_of_option
from streamproof.harness.cli.arguments.output import add_output_arguments
from streamproof.harness.cli.arguments.scenarios import add_scenario_arguments, choose_scenarios
from streamproof.harness.cli.arguments.types import count, fixed_port, host, seconds
from streamproof.harness.cli.replay import replay_command, shown_words
from streamproof.harness.cli.reported_run import ReportedRun
from streamproof.harness.console import add_no_color
from streamproof.harness.errors import UsageError
from streamproof.harness.masking import masked_url
from streamproof.harness.progress import progress_of
from streamproof.harness.reports.result import RunResult, VerifiedCase
from streamproof.harness.verify.clients.command import CommandClient
from streamproof.harness.verify.clients.page import PageClient, PageSelectors
from streamproof.harness.verify.clients.served import MockAddress
from streamproof.harness.verify.clients.verifier import (
    ClientVerifier,
    first_scenario,
)
from streamproof.harness.verify.scenario_cases import case_path
from streamproof.mock_ai.scenario.model import Scenario

CLIENT = "client"
LIMIT_SECONDS = 10.0
QUESTION = "How many days of leave do I have?"


def add_client_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command or the page, the mock, and the scenarios."""
    parser.add_argument(
        "command",
        nargs="*",
        metavar="COMMAND",
        help="after --: the program of the client, with its arguments; {url} is the URL of the"
        " mock, as in STREAMPROOF_URL, OPENAI_BASE_URL and the variables of other clients",
    )
    parser.add_argument(
        "--env",
        type=_variable,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="set this variable for the command, in which {url} is the URL of the mock; may be"
        " repeated (default: STREAMPROOF_URL, STREAMPROOF_SCENARIO, and the variables of the"
        " official clients)",
    )
    parser.add_argument(
        "--dialect",
        metavar="NAME",
        help="fail if the client asks in another dialect (default: take the one in which it asks)",
    )
    parser.add_argument(
        "--timeout-seconds",
        type=seconds,
        default=LIMIT_SECONDS,
        metavar="N",
        help="end the client after this time in each scenario; set its own time limits below it"
        f" (default: {LIMIT_SECONDS:g})",
    )
    parser.add_argument(
        "--mock-port",
        type=fixed_port,
        metavar="PORT",
        help="always listen on this port, one scenario at a time, for a client with a fixed URL"
        " (default: a free port for each scenario)",
    )
    parser.add_argument(
        "--mock-host",
        type=host,
        default=LOOPBACK,
        metavar="HOST",
        help="address on which the mock listens (default: %(default)s)",
    )
    parser.add_argument(
        "-j",
        "--jobs",
        type=count,
        metavar="N",
        help="run this many commands at once (default: one for each processor)",
    )
    _add_page_arguments(parser)
    add_scenario_arguments(parser)
    add_output_arguments(parser)
    add_no_color(parser)


def _add_page_arguments(parser: argparse.ArgumentParser) -> None:
    page = parser.add_argument_group("a page in Chromium, in place of a command")
    defaults = PageSelectors()
    page.add_argument(
        "--page",
        metavar="URL",
        help="open this page for each scenario and ask there; {url} is the URL of the mock, and"
        " --mock-port gives a backend a fixed one (default: run COMMAND)",
    )
    page.add_argument(
        "--question",
        default=QUESTION,
        metavar="TEXT",
        help="ask this question on the page (default: %(default)s)",
    )
    for name, what in _SELECTORS.items():
        page.add_argument(
            f"--{name}",
            default=getattr(defaults, name),
            metavar="SELECTOR",
            help=f"{what} (default: {getattr(defaults, name) or 'press Enter'})",
        )


_SELECTORS = {
    "input": "where the question is typed",
    "send": "what sends the question",
    "answer": "where the answer appears",
    "error": "what is visible when the page shows an error",
    "busy": "what is visible while the page loads",
}
"""The selectors of a page, with what each one finds."""


def _variable(text: str) -> str:
    """Read `NAME=VALUE`."""
    name, has_value, _ = text.partition("=")
    if not name or not has_value:
        raise ArgumentTypeError(f"wanted NAME=VALUE, got {short(text)}")
    return text


def verified_client(args: argparse.Namespace, run: ReportedRun) -> RunResult:
    """Let the client meet the scenarios."""
    client = _client(args)
    scenarios = [one.load() for one in choose_scenarios(args)]
    run.target = masked_url(args.page) if args.page else shown_words(args.command)
    run.planned = (first_scenario().name, *map(case_path, scenarios))
    run.is_selection = args.scenario is not None
    one_at_a_time = args.page is not None or args.mock_port is not None
    with progress_of(args, "case", len(run.planned)) as progress:
        verifier = ClientVerifier(
            client,
            MockAddress(args.mock_host, args.mock_port or 0),
            dialect=args.dialect and dialect_of_option(args.dialect).name,
            at_once=1 if one_at_a_time else args.jobs or os.cpu_count() or 1,
            replay=lambda name: _replay(args, name),
            on_case=run.noting(progress),
            running=progress.running,
            run_case=run.run_case,
        )
        cases = asyncio.run(_verify_all(verifier, scenarios))
    return RunResult(CLIENT, run.target, cases, tuple(run.planned), not_judged=client.not_judged())


async def _verify_all(
    verifier: ClientVerifier, scenarios: Sequence[Scenario]
) -> tuple[VerifiedCase, ...]:
    async with verifier.client.ready():
        return await verifier.verify_all(scenarios)


def _client(args: argparse.Namespace) -> CommandClient | PageClient:
    if bool(args.page) == bool(args.command):
        raise UsageError("wanted either COMMAND after --, or --page URL")
    if args.page is None:
        variables = dict(one.split("=", 1) for one in args.env)
        return CommandClient(args.command, variables, args.timeout_seconds)
    selectors = PageSelectors(**{name: getattr(args, name) for name in _SELECTORS})
    return PageClient(args.page, args.question, selectors, args.timeout_seconds)


def _replay(args: argparse.Namespace, name: str) -> str:
    client = f" -- {shown_words(args.command)}" if args.command else ""
    return f"{replay_command(args, 'verify', CLIENT)} --scenario {name}{client}"
