"""A run with generated scenarios: verify them, and write the first failure of each check."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from streamproof.contracts.text import counted
from streamproof.harness.fuzzing.drawing import drawn_scenarios
from streamproof.harness.fuzzing.failure import (
    MOST_RUNS,
    Failure,
    FailureWriter,
    broken_checks,
)
from streamproof.harness.fuzzing.generated import Generated, generated
from streamproof.harness.reports.result import (
    NOT_HELD,
    CheckOutcome,
    CheckState,
    RunResult,
    VerifiedCase,
)
from streamproof.harness.shrinking.scenario_file import ScenarioValues
from streamproof.harness.verify.gates import gates_scenario
from streamproof.harness.verify.relay_run import (
    OpenRelays,
    RelayVerifiers,
    RunOptions,
    open_verifiers,
)
from streamproof.harness.verify.targets.target import RelayTarget

GROUP: Final = "fuzz"
ALL: Final = "generated"
"""The name of the case that stands for every scenario that held."""
BATCH: Final = 40
MOST_FAILED: Final = 10
"""With this number of failed scenarios, the run ends after their batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FuzzOptions:
    """How many scenarios to draw, from which seed, and the folder for the files of failures."""

    run: RunOptions
    count: int
    seed: int
    folder: Path
    found_by: str
    """The command of the run, for the files."""
    most_runs: int = MOST_RUNS
    """How many runs may make one failure smaller."""
    on_scenario: Callable[[], None] = lambda: None
    """Called after each drawn scenario; `run.on_case` gets the first failure of each check."""
    on_smaller: Callable[[VerifiedCase], None] = lambda _: None
    """Called with a smaller case, which has the path of that failure and replaces it."""
    note: Callable[[str], None] = lambda _: None
    """Called with a line that does not wait for the end of the run."""

    @property
    def planned(self) -> tuple[str, ...]:
        """The paths of the cases that every run has."""
        return (gates_scenario().name, f"{GROUP}/{ALL}")


async def fuzz_relay(options: FuzzOptions, open_relays: OpenRelays) -> RunResult:
    """Verify a relay with generated scenarios; raises as `open_verifiers`, and `SetUpError`."""
    on_case = options.run.on_case
    shown: set[str] = set()

    def on_scenario(case: VerifiedCase) -> None:
        for check in broken_checks(case)[:1]:
            if check not in shown:
                shown.add(check)
                on_case(_as_failure(options, check, case))
        options.on_scenario()

    async with open_verifiers(replace(options.run, on_case=on_scenario), open_relays) as opened:
        cases = [await opened.usual.verify_streaming()]
        on_case(cases[0])
        found = await _verified(options, opened)
        cases.append(_in_one_case(options, found))
        on_case(cases[-1])
        writer = FailureWriter(
            verifiers=opened.without_notes(),
            folder=options.folder,
            found_by=options.found_by,
            replay=options.run.replay,
            cut_seed=options.run.cut_seed,
            most_runs=options.most_runs,
        )
        for failure in _first_of_each_check(found):
            name = _name_of(options, failure.check)
            with options.run.running(f"making {name} smaller"):
                smallest = await writer.write(failure, name)
            cases.append(replace(smallest, group=GROUP))
            options.on_smaller(cases[-1])
            options.note(f"written: {smallest.file}")
    return RunResult("relay", opened.usual.relay.shown, tuple(cases), options.planned)


def _name_of(options: FuzzOptions, check: str) -> str:
    """Return the name of the case and of the file that show a broken check."""
    return f"{GROUP}-{options.seed}-{check.replace('.', '-')}"


def _as_failure(options: FuzzOptions, check: str, case: VerifiedCase) -> VerifiedCase:
    """Return the case of a generated scenario as it is reported, as long as it is not smaller."""
    return replace(case, name=_name_of(options, check), group=GROUP, replay=options.found_by)


def drawn(relay: RelayTarget, count: int, seed: int) -> list[Generated]:
    """Draw scenarios that say something of a relay; a seed gives the same ones."""

    def keep(values: ScenarioValues) -> Generated | None:
        return generated({"name": GROUP, "title": "A generated scenario", **values}, relay)

    return drawn_scenarios(relay.dialect, count, seed, keep)


async def _verified(
    options: FuzzOptions, verifiers: RelayVerifiers
) -> list[tuple[Generated, VerifiedCase]]:
    """Verify the scenarios in batches, until all are verified or enough have failed."""
    with options.run.running("drawing the scenarios"):
        scenarios = drawn(verifiers.usual.relay, options.count, options.seed)
    found: list[tuple[Generated, VerifiedCase]] = []
    for start in range(0, len(scenarios), BATCH):
        batch = scenarios[start : start + BATCH]
        named = [
            replace(one.file.scenario, name=f"{GROUP}-{options.seed}-{number}")
            for number, one in enumerate(batch, start=start + 1)
        ]
        found += zip(batch, await verifiers.verify_all(named, options.run.cut_seed), strict=True)
        if sum(bool(broken_checks(case)) for _, case in found) >= MOST_FAILED:
            break
    return found


def _first_of_each_check(found: Iterable[tuple[Generated, VerifiedCase]]) -> Sequence[Failure]:
    failures: dict[str, Failure] = {}
    for scenario, case in found:
        for check in broken_checks(case)[:1]:
            failures.setdefault(check, Failure(check, scenario, case))
    return list(failures.values())


def _in_one_case(
    options: FuzzOptions, found: Sequence[tuple[Generated, VerifiedCase]]
) -> VerifiedCase:
    """Return a case with each check at its worst, except broken ones, which have their own case."""
    worst: dict[str, CheckOutcome] = {}
    for _, case in found:
        for outcome in case.outcomes:
            if outcome.state is not CheckState.BROKEN:
                worst[outcome.check] = max(
                    worst.get(outcome.check, outcome), outcome, key=_severity
                )
    failed = sum(bool(broken_checks(case)) for _, case in found)
    failed_too = f", {failed} of them failed" if failed else ""
    return VerifiedCase(
        name=ALL,
        title=f"{counted(len(found), 'scenario')} of the seed {options.seed}{failed_too}",
        group=GROUP,
        outcomes=tuple(worst.values()),
        events=sum(case.events or 0 for _, case in found),
    )


def _severity(outcome: CheckOutcome) -> int:
    """Order states: held before skipped ones, then warnings and what could not be judged."""
    order = (*NOT_HELD, CheckState.HELD, CheckState.SKIPPED)
    return -order.index(outcome.state)
