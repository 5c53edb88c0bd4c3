"""A whole run: the relays, one mock, and trial after trial."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final

from streamproof.contracts.text import counted
from streamproof.harness.checking.case_runner import ShowCase, show_nothing
from streamproof.harness.checking.check import run_checks
from streamproof.harness.reliability.fault import DatabaseKind, TrialFault
from streamproof.harness.reliability.figures import Figures
from streamproof.harness.reliability.invariants import INVARIANTS
from streamproof.harness.reliability.plan import Plan
from streamproof.harness.reliability.relay_process import PROGRAM
from streamproof.harness.reliability.scale import FEW, Scale
from streamproof.harness.reliability.stage import open_stage
from streamproof.harness.reliability.trial import Trial
from streamproof.harness.reports.result import RunResult, VerifiedCase

SUBJECT: Final = "reliability"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityOptions:
    """What to try."""

    faults: Sequence[TrialFault]
    trials: int
    seed: int
    numbers: Mapping[str, int] = field(default_factory=dict)
    """The names of faults that are tried with one number of the plan only."""
    database: DatabaseKind = DatabaseKind.SQLITE
    replicas: int = 1
    """How many relays share the database."""
    scale: Scale = FEW
    """How many turns run at once in each trial."""
    replay: Callable[[str, int], str] = lambda _name, _nth: ""
    """Returns the command that repeats a fault with its number."""
    program: Sequence[str] = PROGRAM
    on_case: Callable[[VerifiedCase], None] = lambda _: None
    """Called after each trial."""
    running: ShowCase = show_nothing


@dataclass(slots=True)
class ReliabilityResult:
    """The cases of a run, and what it measured."""

    run: RunResult
    figures: Figures = field(default_factory=Figures)


async def run_reliability(options: ReliabilityOptions) -> ReliabilityResult:
    """Try the faults, and check the invariants after each; raises `SetUpError`."""
    plan = Plan(options.faults, options.seed, options.numbers)
    figures = Figures(options.seed, str(options.database), options.replicas)
    cases: list[VerifiedCase] = []
    async with open_stage(
        options.seed, options.database, options.replicas, options.program, options.scale
    ) as stage:
        planned = islice(plan.trials(), options.trials)
        for place, (fault, nth) in enumerate(planned, start=1):
            trial = Trial(stage, fault, place, nth)
            with options.running(f"{fault.group}/{fault.name}:{nth}"):
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
            if trial.missed and not case.failed:
                case = replace(case, outcomes=(), skipped=trial.missed)
            cases.append(case)
            figures.add(trial, observed, case)
            options.on_case(case)
        figures.complete_steps = plan.complete
    target = f"{options.database}, {counted(options.replicas, 'relay')}, seed {options.seed}"
    return ReliabilityResult(RunResult(SUBJECT, target, tuple(cases)), figures)
