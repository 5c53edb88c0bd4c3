"""The verdict of a run in one sentence, and the warnings that could make it meaningless."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from streamproof.contracts.text import counted
from streamproof.harness.reports.result import CheckState, MarkKind, RunResult

MANY_SKIPPED = 0.1
"""If more than this share of the checks is skipped, the counts say little."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What was verified, and the words for both results."""

    name: str
    broken: str
    held: str


SUBJECTS = {
    "relay": Subject("The relay", "breaks its contract", "keeps its contract"),
    "ai": Subject("The AI service", "breaks its contract", "keeps its contract"),
    "stream": Subject("The stream", "breaks its contract", "keeps its contract"),
    "doctor": Subject("The stream", "is damaged on its way", "reaches the page undamaged"),
}


@dataclass(frozen=True, slots=True)
class Doubt:
    """A reason to read the verdict with care: what is the case, and what it means."""

    what: str
    means: str


def headline(result: RunResult) -> str:
    """Return the verdict as one sentence."""
    if result.early_end is not None:
        return f"The run is incomplete after {counted(len(result.cases), 'case')}."
    if not result.cases:
        return "Nothing was verified."
    subject, total, broken = SUBJECTS[result.subject], len(result.cases), len(result.broken)
    if total == 1:
        checks = len(result.cases[0].outcomes)
        number = result.count(CheckState.BROKEN)
        share = f"{number} of {counted(checks, 'check')}" if broken else counted(checks, "check")
        return f"{subject.name} {subject.broken if broken else subject.held}: {share}."
    if broken:
        return f"{subject.name} {subject.broken} in {broken} of {counted(total, 'case')}."
    return f"{subject.name} {subject.held} in all {counted(total, 'case')}."


def doubts(result: RunResult) -> Iterator[Doubt]:
    """Yield what could make the verdict meaningless, the worst first."""
    if result.early_end is not None:
        left = f" {counted(len(result.not_run), 'case')} did not run." if result.not_run else ""
        yield Doubt(
            f"The run ended early: {result.early_end.why}.",
            f"The report has what was done until then.{left}",
        )
    checks = sum(len(case.outcomes) for case in result.cases)
    if not checks:
        yield Doubt("Not one check ran.", "The verdict says nothing about the target.")
    elif _nothing_streamed(result):
        yield Doubt(
            "Nothing was streamed.",
            "Not one event arrived in any case, so the checks of order, text and end saw nothing.",
        )
    undeclared = Counter(one.undeclared for _, one in result.outcomes() if one.undeclared)
    for capability, number in undeclared.most_common():
        yield Doubt(
            f"{number} of {counted(checks, 'check')} were skipped.",
            f"They need the capability {capability}, which is not declared.",
        )
    skipped = result.count(CheckState.SKIPPED) - undeclared.total()
    if skipped > checks * MANY_SKIPPED:
        yield Doubt(
            f"{skipped} of {counted(checks, 'check')} were skipped.",
            "They depend on checks that failed, so they may fail once those hold.",
        )
    for reason in dict.fromkeys(result.not_judged.values()):
        names = [name for name, why in result.not_judged.items() if why == reason]
        yield Doubt(f"{counted(len(names), 'check')} did not run: {', '.join(names)}.", reason)


def _nothing_streamed(result: RunResult) -> bool:
    timelines = [case.timeline for case in result.cases if case.timeline]
    events = (mark for marks in timelines for mark in marks if mark.kind is MarkKind.EVENT)
    return bool(timelines) and not any(events)
