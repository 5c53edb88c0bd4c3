"""Which scenarios say something about a backend: its dialect has to have their steps.

A scenario that needs something the backend does not declare is skipped, with the reason.
"""

from collections.abc import Iterator
from typing import Final

from streamproof.contracts.frames import FrameKind
from streamproof.contracts.verdict import Verdict
from streamproof.harness.verify.dialects import CHAT
from streamproof.harness.verify.expected_events import expected_reply
from streamproof.harness.verify.targets.target import RelayTarget
from streamproof.mock_ai.dialects import CATALOGUE
from streamproof.mock_ai.dialects.output import BlockKind
from streamproof.mock_ai.errors import InvalidScenario
from streamproof.mock_ai.scenario.expectation import Expectation
from streamproof.mock_ai.scenario.model import Scenario
from streamproof.mock_ai.scenario.step_types import (
    ChunkStep,
    ContentStep,
    EventStep,
    JsonStep,
    RawStep,
    every_step,
)

VERBATIM: Final = (ChunkStep, EventStep, JsonStep, RawStep)
TOO_LARGE: Final = ("event_too_large", "answer_too_large")


def why_skipped(scenario: Scenario, relay: RelayTarget) -> str | None:
    """Return why a scenario says nothing about a backend, or None if it does."""
    if relay.dialect != CHAT and (why := _unfit_for(scenario, relay.dialect)):
        return why
    for capability in needed_capabilities(scenario, relay):
        if capability not in relay.capabilities:
            return f"it needs {capability}, which is not declared"
    return None


def _unfit_for(scenario: Scenario, dialect: str) -> str | None:
    """Return why a scenario cannot be played in a dialect, or why its outcome is open."""
    if any(reply.dialect not in (None, dialect) for reply in scenario.replies):
        return "it is written for another dialect"
    steps = [step for reply in scenario.replies for step in every_step(reply.steps)]
    if any(isinstance(one, ContentStep) and one.kind is not BlockKind.TEXT for one in steps):
        return "it has steps besides text"
    if all(reply.dialect == dialect for reply in scenario.replies):
        return _open_in_its_dialect(scenario, dialect)
    if any(isinstance(step, VERBATIM) for step in steps):
        return "it has events that are written out for the chat dialect"
    try:
        reply = expected_reply(scenario, dialect=dialect)
    except InvalidScenario:
        return f"it cannot be played in the dialect {CATALOGUE[dialect].name}"
    verdict = reply.report.verdict
    if verdict is Verdict.NOT_A_STREAM and reply.events:
        return "clients differ in whether they read events of another Content-Type"
    wanted = scenario.expect.verdict if scenario.expect else verdict
    if verdict != wanted or verdict is Verdict.VIOLATED:
        return f"its stream means something else in the dialect {dialect}: {verdict}"
    return None


def _open_in_its_dialect(scenario: Scenario, dialect: str) -> str | None:
    """Return why it is open what a backend makes of a stream that is written for its dialect."""
    verdict = expected_reply(scenario, dialect=dialect).report.verdict
    if verdict in (Verdict.VIOLATED, Verdict.TRUNCATED):
        return f"clients differ in what they make of its stream, which is {verdict}"
    return None


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
    if _is_silent(expect):
        yield "time_limits"


def _is_silent(expect: Expectation) -> bool:
    return expect.verdict == Verdict.STALLED
