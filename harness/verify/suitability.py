"""Which scenarios say something about a backend: its dialect has to have their steps.

A scenario that needs something the backend does not declare is skipped, with the reason.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from streamproof.contracts.frames import FrameKind
from streamproof.contracts.verdict import Verdict
from streamproof.harness.verify.dialects import CHAT
from streamproof.harness.verify.expected_events import (
    expected_reply,
    falls_silent,
    planned_reply,
)
from streamproof.harness.verify.targets.target import RelayTarget
from streamproof.mock_ai.dialects import CATALOGUE
from streamproof.mock_ai.dialects.output import BlockKind
from streamproof.mock_ai.errors import InvalidScenario
from streamproof.mock_ai.scenario.model import Reply, Scenario
from streamproof.mock_ai.scenario.step_types import (
    ChunkStep,
    ContentStep,
    EventStep,
    JsonStep,
    RawStep,
    every_step,
)

VERBATIM: Final = (ChunkStep, EventStep, JsonStep, RawStep)
BESIDES_TEXT: Final = "it has steps besides text"
TOO_LARGE: Final = ("event_too_large", "answer_too_large")


def why_skipped(scenario: Scenario, relay: RelayTarget) -> str | None:
    """Return why a scenario says nothing about a backend, or None if it does."""
    if relay.dialect != CHAT and (why := _why_unfit(scenario, relay.dialect)):
        return why
    for capability in needed_capabilities(scenario, relay):
        if capability not in relay.capabilities:
            return f"it needs {capability}, which is not declared"
    return None


def _why_unfit(scenario: Scenario, dialect: str) -> str | None:
    """Return why a scenario cannot be played in a dialect, or why its outcome is open there."""
    if all(reply.dialect == dialect for reply in scenario.replies):
        return _why_open(scenario, dialect)
    if why := why_unwritten(scenario.replies, dialect):
        return why
    reply = expected_reply(scenario, dialect=dialect)
    verdict = reply.report.verdict
    if verdict is Verdict.NOT_A_STREAM and reply.events:
        return "clients differ in whether they read events of another Content-Type"
    if means_something_else(scenario, verdict) or verdict is Verdict.VIOLATED:
        return f"its stream means something else in the dialect {dialect}: {verdict}"
    return None


def _why_open(scenario: Scenario, dialect: str) -> str | None:
    """Return why it is open what a backend makes of a stream that is written for its dialect."""
    if _has_more_than_text(scenario.replies):
        return BESIDES_TEXT
    verdict = expected_reply(scenario, dialect=dialect).report.verdict
    if verdict in (Verdict.VIOLATED, Verdict.TRUNCATED):
        return f"clients differ in what they make of its stream, which is {verdict}"
    return None


def why_unwritten(replies: Sequence[Reply], dialect: str) -> str | None:
    """Return why the steps of replies have no form in a dialect, or None if they have one."""
    if any(reply.dialect not in (None, dialect) for reply in replies):
        return "it is written for another dialect"
    if any(isinstance(step, VERBATIM) for reply in replies for step in every_step(reply.steps)):
        return "it has events that are written out for the chat dialect"
    if _has_more_than_text(replies):
        return BESIDES_TEXT
    try:
        for reply in replies:
            planned_reply(reply, dialect=dialect)
    except InvalidScenario:
        return f"it cannot be played in the dialect {CATALOGUE[dialect].name}"
    return None


def _has_more_than_text(replies: Sequence[Reply]) -> bool:
    steps = (step for reply in replies for step in every_step(reply.steps))
    return any(isinstance(one, ContentStep) and one.kind is not BlockKind.TEXT for one in steps)


def means_something_else(scenario: Scenario, verdict: Verdict) -> bool:
    """Tell whether a verdict is not the one that a scenario expects."""
    return scenario.expect is not None and verdict != scenario.expect.verdict


def needed_capabilities(scenario: Scenario, relay: RelayTarget) -> Iterator[str]:
    """Yield the capabilities without which the outcome of a scenario is open."""
    expect = scenario.expect
    if expect is None:
        return
    kinds = set(expect.frontend)
    if relay.dialect == CHAT and kinds & {FrameKind.RAW, FrameKind.OTHER}:
        yield "raw_passthrough"
    if FrameKind.SOURCES in kinds and relay.profile.has_frames:
        yield "sources"
    if FrameKind.ERROR in kinds and relay.profile.has_frames:
        yield "reports_errors"
    if expect.stored.attempts > 1 and expect.stored.turn == Verdict.COMPLETED:
        yield "retries"
    if expect.stored.reason in TOO_LARGE:
        yield "size_limits"
    if falls_silent(scenario, expect):
        yield "time_limits"
