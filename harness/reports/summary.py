"""What a report says about a whole run: the verdict, the counts, and what could deceive."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from streamproof.contracts.text import counted, first_names
from streamproof.harness.reports.result import EXCUSED, REFERENCE, CheckState, RunResult


def verdict(result: RunResult) -> str:
    """Return the result of a run as one sentence."""
    if result.early_end is not None:
        return f"The run ended early: {result.early_end.why.rstrip('.')}."
    if not result.cases:
        return "Nothing was verified."
    every = counted(len(result.cases), "case")
    apart = [state for state in (CheckState.UNJUDGED, *EXCUSED) if result.count(state)]
    names = ", ".join(f"{result.count(state)} {state}" for state in apart)
    more = f", apart from {names}" if names else ""
    if result.broken:
        return f"{len(result.broken)} of {every} broken{more}."
    return f"No check is broken in {every}{more}."


def summary(result: RunResult) -> str:
    """Return one line with the number of cases, and of checks by their state."""
    checks = sum(len(case.outcomes) for case in result.cases)
    counts = f"{counted(len(result.cases), 'case')}, {counted(checks, 'check')}"
    states = (f"{result.count(state)} {state}" for state in CheckState if result.count(state))
    return ": ".join(filter(None, (f"{result.subject} {result.target}", counts, ", ".join(states))))


def arithmetic(result: RunResult) -> Iterator[str]:
    """Yield what was declared as the sum of what ran and what did not, with the names."""
    cases = _skipped_cases(result)
    if result.not_run:
        cases["because the run ended early"] += result.not_run
    every = len(result.planned) or len(result.cases)
    yield from _sum(every, counted(every, "case"), cases)
    checks: dict[str, list[str]] = defaultdict(list)
    for _, outcome in result.outcomes():
        if outcome.skipped_because is not None:
            checks[outcome.skipped_because].append(outcome.check)
    every = sum(len(case.outcomes) for case in result.cases)
    yield from _sum(every, counted(every, "check"), checks)
    untested: dict[str, list[str]] = defaultdict(list)
    for name, why in result.capabilities.items():
        if why is not None:
            untested[f"because {why}"].append(name)
    every = len(result.capabilities)
    noun = "capability" if every == 1 else "capabilities"
    yield from _sum(every, f"{every} declared {noun}", untested, ("tested", "not tested"))


def _skipped_cases(result: RunResult) -> dict[str, list[str]]:
    """Return the paths of the cases that were skipped, by the reason."""
    found: dict[str, list[str]] = defaultdict(list)
    for case in result.cases:
        if case.skipped is not None:
            found[f"because {case.skipped}"].append(case.path)
    return found


def _sum(
    every: int,
    shown: str,
    skipped: Mapping[str, list[str]],
    words: tuple[str, str] = ("run", "skipped"),
) -> Iterator[str]:
    number = sum(map(len, skipped.values()))
    if number:
        yield f"{shown} = {every - number} {words[0]} + {number} {words[1]}:"
    for reason, names in skipped.items():
        yield f"  {len(names)} {reason}: {first_names(dict.fromkeys(names))}"


def doubts(result: RunResult) -> Iterator[str]:
    """Yield what could make a pass meaningless, each as one sentence."""
    if result.target == REFERENCE:
        yield "The reference relay was verified, because no backend was given."
    read = [case.events for case in result.cases if case.events is not None]
    if read and not any(read):
        yield "Nothing was streamed: no case got an event."
    outcomes = [outcome for _, outcome in result.outcomes()]
    if all(outcome.state is CheckState.SKIPPED for outcome in outcomes):
        yield "0 checks ran."
    for reason, names in _skipped_cases(result).items():
        yield f"{_of(len(names), len(result.cases), 'case')} skipped {reason}."
    undeclared = Counter(one.skipped_because for one in outcomes if not one.declared)
    for why, number in undeclared.items():
        yield f"{_of(number, len(outcomes), 'check')} skipped {why}."


def _of(number: int, every: int, noun: str) -> str:
    return f"{number} of {counted(every, noun)} {'was' if number == 1 else 'were'}"


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
