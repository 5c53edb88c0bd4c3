"""`streamproof verify relay`, `verify ai` and `verify client`: verify what streams or reads."""

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from aiohttp import ClientSession

from streamproof.contracts.contract import AI_SERVICE, DIALECTS, builtin_contract
from streamproof.harness.cli.arguments.fuzzing import (
    FOLDER,
    SEED,
    add_fuzz_arguments,
    check_fuzz_arguments,
    need_hypothesis,
)
from streamproof.harness.cli.arguments.http_types import text
from streamproof.harness.cli.arguments.output import add_output_arguments
from streamproof.harness.cli.arguments.relay import add_relay_arguments, mock_host_of, settings_of
from streamproof.harness.cli.arguments.request import (
    TIMEOUT_SECONDS,
    add_header_argument,
    add_timeout_argument,
)
from streamproof.harness.cli.arguments.scenarios import add_scenario_arguments, choose_scenarios
from streamproof.harness.cli.arguments.types import base_url, seed
from streamproof.harness.cli.replay import replay_command
from streamproof.harness.cli.reported_run import ReportedRun, report_run
from streamproof.harness.cli.verify_client import CLIENT, add_client_arguments, verified_client
from streamproof.harness.console import add_no_color
from streamproof.harness.errors import UsageError
from streamproof.harness.http.client import ReadLimits, client_session
from streamproof.harness.http.headers import joined
from streamproof.harness.masking import masked_url
from streamproof.harness.progress import RunProgress, progress_of
from streamproof.harness.reports.result import REFERENCE, RunResult
from streamproof.harness.verify.ai import QUESTIONS, ServiceVerifier
from streamproof.harness.verify.dialects import ANY_MODEL, CHAT, REQUESTS
from streamproof.harness.verify.relay_run import (
    OpenRelays,
    RelaysUnderTest,
    RunOptions,
    verify_relay,
)
from streamproof.harness.verify.scenario_cases import case_path
from streamproof.harness.verify.sessions.catalogue import SESSIONS
from streamproof.harness.verify.settings.model import AiSettings, TargetSettings
from streamproof.harness.verify.targets.declared import declared_relay
from streamproof.harness.verify.targets.reference import temporary_reference
from streamproof.mock_ai.scenario.model import Scenario

# A stalled scenario takes this time; a mock has no reason to be silent for longer.
PLAY_TIMEOUT_SECONDS = 2.0
RELAY, AI = "relay", "ai"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what can be verified, each kind with its own arguments."""
    parser.description = (
        "Verify that a relay or an AI service keeps its contract, or that a client reads as it"
        " should. Use it in CI: the exit code is 1 if a check fails."
    )
    kinds = parser.add_subparsers(title="what to verify", metavar="KIND", required=True)
    relay = kinds.add_parser(
        "relay",
        help="verify a chat backend; without --url, the reference relay",
        description="Verify a relay: streamproof plays the AI service and the browser around it,"
        " scenario by scenario, and checks the stream and the stored rows. Without --url it starts"
        " and verifies the reference relay.",
    )
    add_relay_arguments(relay)
    add_scenario_arguments(relay)
    relay.add_argument(
        "--cut",
        type=seed,
        metavar="SEED",
        help="run every scenario a second time with its bytes split at random points (seeded)"
        " and compare (default: once)",
    )
    relay.add_argument(
        "--session",
        nargs="+",
        choices=[one.name for one in SESSIONS],
        metavar="NAME",
        default=(),
        help="only these sessions of several turns or users, without scenarios:"
        f" {', '.join(one.name for one in SESSIONS)} (default: all, unless --scenario or"
        " --scenarios is given)",
    )
    relay.add_argument(
        "--long",
        action="store_true",
        help="also the sessions with silences of up to 35 s (default: skip them)",
    )
    add_fuzz_arguments(relay)
    add_output_arguments(relay)
    add_no_color(relay)
    relay.set_defaults(verify=_verified_relay, subject=RELAY)
    _add_ai(kinds)
    client = kinds.add_parser(
        "client",
        help="verify a client of AI services: a command, or a page in Chromium",
        description="Verify a client: streamproof plays an AI service, runs the command or opens"
        " the page once for each scenario, and checks what it asked and what it made of the"
        " reply.",
    )
    add_client_arguments(client)
    client.set_defaults(verify=verified_client, subject=CLIENT)


def _add_ai(kinds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    ai = kinds.add_parser(
        "ai",
        help="verify an AI service, or a mock with its scenarios",
        description="Verify an AI service: streamproof posts questions and invalid requests, and"
        " checks every reply. With --scenarios or --scenario, the service is a mock, and"
        " streamproof compares the verdict of each scenario, in the dialect of --dialect.",
    )
    ai.add_argument(
        "--url",
        required=True,
        type=base_url,
        help="URL of the AI service, without the path of the dialect, such as /chat/stream",
    )
    ai.add_argument(
        "--dialect",
        choices=(CHAT, *DIALECTS),
        default=CHAT,
        metavar="NAME",
        help=f"ask and check in this dialect: {', '.join((CHAT, *DIALECTS))}"
        " (default: %(default)s)",
    )
    ai.add_argument(
        "--model",
        default=ANY_MODEL,
        metavar="NAME",
        help="the model to ask for, in the dialect of a provider (default: %(default)s)",
    )
    ai.add_argument(
        "--question",
        type=text,
        action="append",
        metavar="TEXT",
        help="ask this question; may be repeated (default: three questions)",
    )
    ai.add_argument(
        "--case",
        nargs="+",
        metavar="NAME",
        help="only these cases of the report, such as question-1 or bad-requests (default: all)",
    )
    add_scenario_arguments(
        ai,
        "the service is a mock that plays this folder; compare the verdicts (default: ask"
        " questions)",
    )
    add_header_argument(ai)
    defaults = f"default: {TIMEOUT_SECONDS:g}, or {PLAY_TIMEOUT_SECONDS:g} for scenarios"
    add_timeout_argument(ai, None, defaults)
    add_output_arguments(ai)
    add_no_color(ai)
    ai.set_defaults(verify=_verified_ai, subject=AI)


def run(args: argparse.Namespace) -> int:
    """Verify the chosen kind of service."""
    return report_run(args, args.subject, args.verify)


def _verified_relay(args: argparse.Namespace, run: ReportedRun) -> RunResult:
    check_fuzz_arguments(args)
    settings = settings_of(args)
    only_sessions = bool(args.session) and not (args.scenario or args.scenarios)
    scenarios = [] if only_sessions or args.fuzz else [one.load() for one in choose_scenarios(args)]
    open_relays = temporary_reference if settings is None else _declared(settings)
    ai = AiSettings(host=mock_host_of(args)) if settings is None else settings.ai
    options = RunOptions(
        scenarios=scenarios,
        is_whole=not (args.scenario or args.scenarios or args.session),
        sessions=args.session,
        is_long=args.long,
        cut_seed=args.cut,
        mock_port=ai.port,
        mock_host=ai.host,
        replay=replay_command(args, "verify", "relay"),
    )
    run.target = REFERENCE if settings is None else masked_url(settings.backend.url)
    run.seed = args.cut
    if args.fuzz is not None:
        return _fuzzed_relay(args, run, options, open_relays)
    run.planned = options.planned
    run.is_selection = bool(args.scenario or args.session)
    with progress_of(args, "case", len(options.planned)) as progress:
        options = replace(
            options,
            on_case=run.noting(progress),
            running=progress.running,
            run_case=run.run_case,
        )
        return asyncio.run(verify_relay(options, open_relays))


def _fuzzed_relay(
    args: argparse.Namespace, run: ReportedRun, options: RunOptions, open_relays: OpenRelays
) -> RunResult:
    need_hypothesis()
    # Imported here: it needs a library that is not always installed.
    from streamproof.harness.fuzzing.run import FuzzOptions, fuzz_relay

    seed = run.seed = SEED if args.seed is None else args.seed
    with progress_of(args, "scenario", args.fuzz) as progress:
        fuzz = FuzzOptions(
            run=replace(options, on_case=run.showing(progress), running=progress.running),
            count=args.fuzz,
            seed=seed,
            folder=args.fuzz_folder or FOLDER,
            found_by=f"{options.replay} --fuzz {args.fuzz} --seed {seed}",
            on_scenario=progress.advance,
            on_smaller=run.keep,
            note=progress.note,
        )
        run.planned, run.is_selection = fuzz.planned, True
        return asyncio.run(fuzz_relay(fuzz, open_relays))


def _declared(settings: TargetSettings) -> OpenRelays:
    @asynccontextmanager
    async def open_relays(session: ClientSession, ai_url: str) -> AsyncIterator[RelaysUnderTest]:
        async with declared_relay(session, settings, ai_url) as relay:
            yield RelaysUnderTest(relay, relay)

    return open_relays


def _verified_ai(args: argparse.Namespace, run: ReportedRun) -> RunResult:
    is_mock = args.scenarios is not None or args.scenario is not None
    if is_mock and (args.question or args.case):
        raise UsageError("--scenario excludes --question and --case: choose one")
    scenarios = [one.load() for one in choose_scenarios(args)] if is_mock else []
    run.target = masked_url(args.url)
    run.planned = tuple(map(case_path, scenarios))
    run.is_selection = args.scenario is not None or args.case is not None
    cases = len(scenarios or args.case or args.question or QUESTIONS)
    with progress_of(args, "case", cases) as progress:
        return asyncio.run(_run_ai(args, scenarios, run, progress))


async def _run_ai(
    args: argparse.Namespace, scenarios: list[Scenario], run: ReportedRun, progress: RunProgress
) -> RunResult:
    contract = AI_SERVICE if args.dialect == CHAT else args.dialect
    default = PLAY_TIMEOUT_SECONDS if scenarios else TIMEOUT_SECONDS
    async with client_session() as session:
        verifier = ServiceVerifier(
            session,
            args.url,
            joined(args.header),
            ReadLimits(silence_seconds=args.timeout_seconds or default),
            contract=builtin_contract(contract),
            request=REQUESTS[contract],
            model=args.model,
            replay=replay_command(args, "verify", "ai"),
            on_case=run.noting(progress),
            running=progress.running,
            run_case=run.run_case,
        )
        if scenarios:
            cases = await verifier.play_all(scenarios)
        else:
            cases = await verifier.ask_all(args.question or QUESTIONS, args.case)
    return RunResult(AI, masked_url(args.url), cases, tuple(case.path for case in cases))
