"""What a report says about a whole run: the verdict, the counts, and what could deceive."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from streamproof.contracts.text import counted
from streamproof.harness.reports.result import EXCUSED, CheckState, RunResult

MOST_NAMES = 8


def verdict(result: RunResult) -> str:
    """Return the result of a run as one sentence."""
    if result.early_end is not None:
        return f"The run ended early: {result.early_end.why.rstrip('.')}."
    if not result.cases:
        return "Nothing was verified."
    every = counted(len(result.cases), "case")
    excused = ", ".join(
        f"{result.count(state)} {state}" for state in EXCUSED if result.count(state)
    )
    more = f", apart from {excused}" if excused else ""
    if result.broken:
        return f"{len(result.broken)} of {every} broken{more}."
    return f"No check is broken in {every}{more}."


def summary(result: RunResult) -> str:
    """Return one line with the number of cases, and of checks by their state."""
    checks = sum(len(case.outcomes) for case in result.cases)
    states = (f"{result.count(state)} {state}" for state in CheckState if result.count(state))
    cases = counted(len(result.cases), "case")
    return f"{result.subject} {result.target}: {cases}, {checks} checks: {', '.join(states)}"


def arithmetic(result: RunResult) -> Iterator[str]:
    """Yield what was declared as the sum of what ran and what did not, with the names."""
    missing = result.not_run
    if missing:
        every, names = len(result.planned), first_names(missing)
        ran = every - len(missing)
        yield f"{counted(every, 'case')} = {ran} run + {len(missing)} not run: {names}"
    skipped: dict[str, list[str]] = defaultdict(list)
    for _, outcome in result.outcomes():
        if outcome.skipped_because is not None:
            skipped[outcome.skipped_because].append(outcome.check)
    number = sum(map(len, skipped.values()))
    if not number:
        return
    checks = sum(len(case.outcomes) for case in result.cases)
    yield f"{counted(checks, 'check')} = {checks - number} run + {number} skipped:"
    for reason, found in skipped.items():
        yield f"  {len(found)} {reason}: {first_names(dict.fromkeys(found))}"


def doubts(result: RunResult) -> Iterator[str]:
    """Yield what could make a pass meaningless, each as one sentence."""
    read = [case.events for case in result.cases if case.events is not None]
    if read and not any(read):
        yield "Nothing was streamed: no case got an event."
    outcomes = [outcome for _, outcome in result.outcomes()]
    if all(outcome.state is CheckState.SKIPPED for outcome in outcomes):
        yield "0 checks ran."
    undeclared = Counter(one.undeclared for one in outcomes if one.undeclared is not None)
    for capability, number in undeclared.items():
        yield (
            f"{number} of {counted(len(outcomes), 'check')} were skipped because the capability"
            f" {capability} is not declared."
        )


@dataclass(frozen=True, slots=True)
class Excuse:
    """A reason of the list of known failures, with the checks that it excuses as `CASE:CHECK`."""

    state: CheckState
    reason: str
    issue: str | None
    checks: tuple[str, ...]


def excuses(result: RunResult) -> Iterator[Excuse]:
    """Yield each reason for which a broken check does not fail the run."""
    found: dict[tuple[CheckState, str, str | None], list[str]] = defaultdict(list)
    for case, outcome in result.outcomes():
        if outcome.state in EXCUSED and outcome.listed is not None:
            key = (outcome.state, outcome.listed.reason, outcome.listed.issue)
            found[key].append(f"{case.path}:{outcome.check}")
    for (state, reason, issue), checks in found.items():
        yield Excuse(state, reason, issue, tuple(checks))


def first_names(names: Iterable[str], most: int = MOST_NAMES) -> str:
    """Write the first names, and how many more there are if it is more than one."""
    every = list(names)
    if len(every) <= most + 1:
        return ", ".join(every)
    return f"{', '.join(every[:most])} and {len(every) - most} more"
