"""A whole run: one relay, one mock, and trial after trial."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from typing import Final

import aiohttp

from streamproof.harness.checking.check import run_checks
from streamproof.harness.reliability.browser import SILENT_SECONDS
from streamproof.harness.reliability.fault import LARGE_SCENARIO, STEADY_SCENARIO, TrialFault
from streamproof.harness.reliability.figures import Figures
from streamproof.harness.reliability.invariants import INVARIANTS
from streamproof.harness.reliability.plan import Plan
from streamproof.harness.reliability.relay_process import PROGRAM, RelayProcess
from streamproof.harness.reliability.relay_program import token_of
from streamproof.harness.reliability.trial import Stage, Trial
from streamproof.harness.reports.result import RunResult, VerifiedCase
from streamproof.mock_ai import MockAI
from streamproof.mock_ai.library.files import shipped_folder

SUBJECT: Final = "reliability"
LIMITS: Final = {
    "headers_seconds": 1.0,
    "first_content_seconds": 1.0,
    "idle_seconds": 1.0,
    "turn_seconds": 10.0,
    "backoff_seconds": 0.02,
    "backoff_max_seconds": 0.1,
    "keep_alive_seconds": 1.0,
    "write_stall_seconds": 2.0,
    "drain_seconds": 3.0,
    "database_wait_seconds": 1.0,
    "max_requests_per_minute": 1_000_000,
    "retain_seconds": 86_400.0,
}
"""Short limits, so that a trial takes about a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityOptions:
    """What to try."""

    faults: Sequence[TrialFault]
    trials: int
    seed: int
    numbers: Mapping[str, int] = field(default_factory=dict)
    """The names of faults that are tried with one number of the plan only."""
    replay: Callable[[str, int], str] = lambda _name, _nth: ""
    """Returns the command that repeats a fault with its number."""
    program: Sequence[str] = PROGRAM
    on_trial: Callable[[], None] = lambda: None


@dataclass(slots=True)
class ReliabilityResult:
    """The cases of a run, and what it measured."""

    run: RunResult
    figures: Figures = field(default_factory=Figures)


async def run_reliability(options: ReliabilityOptions) -> ReliabilityResult:
    """Try the faults, and check the invariants after each; raises `SetUpError`."""
    plan = Plan(options.faults, options.seed, options.numbers)
    figures = Figures(seed=options.seed)
    cases: list[VerifiedCase] = []
    async with _stage(options) as stage:
        planned = islice(plan.trials(), options.trials)
        for place, (fault, nth) in enumerate(planned, start=1):
            trial = Trial(stage, fault, place, nth)
            observed = await trial.run()
            if not trial.reached:
                plan.not_reached(fault, nth)
            case = VerifiedCase(
                name=f"{fault.name}:{nth}",
                title=fault.what,
                group=str(fault.group),
                outcomes=run_checks(INVARIANTS, observed),
                replay=options.replay(fault.name, nth),
                facts={"trial": str(place), "reached": "yes" if trial.reached else "no"},
            )
            if not trial.reached and not case.failed:
                case = replace(case, outcomes=(), skipped="the fault did not strike")
            cases.append(case)
            figures.add(trial, observed, case)
            options.on_trial()
        figures.complete_steps = plan.complete
    return ReliabilityResult(RunResult(SUBJECT, f"seed {options.seed}", tuple(cases)), figures)


@asynccontextmanager
async def _stage(options: ReliabilityOptions) -> AsyncIterator[Stage]:
    """Start the mock and the relay; end both, whatever happened."""
    connector = aiohttp.TCPConnector(force_close=True, limit=0)
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=2.0, sock_read=SILENT_SECONDS)
    with TemporaryDirectory(prefix="streamproof-") as folder:
        async with (
            MockAI([shipped_folder(), STEADY_SCENARIO, LARGE_SCENARIO]) as mock,
            aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
        ):
            database = Path(folder) / "chat.sqlite3"
            settings = {
                **LIMITS,
                "ai_url": mock.url,
                "ai_token": f"ai-{token_hex(8)}",
                "database": str(database),
                "jwt_secret": token_hex(32),
            }
            relay = RelayProcess(settings, Path(folder) / "relay.log", options.program)
            try:
                await relay.start_surely()
                yield Stage(
                    session=session,
                    relay=relay,
                    mock=mock,
                    headers_of=lambda user: {"Authorization": f"Bearer {token_of(settings, user)}"},
                    secrets={
                        "the key of the tokens": str(settings["jwt_secret"]),
                        "the token for the AI service": str(settings["ai_token"]),
                        "a token of a user": f"{token_of(settings, '').partition('.')[0]}.",
                    },
                    seed=options.seed,
                    held=await relay.held(),
                )
            finally:
                await relay.close()
