"""The reply to a request: note it in the journal, choose what answers, plan what it sends."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from streamproof.mock_ai.endpoints import find_endpoint
from streamproof.mock_ai.errors import InvalidRequest, InvalidScenario
from streamproof.mock_ai.journal.journal import JournalEntry
from streamproof.mock_ai.planning.dialect_of_reply import VERBATIM
from streamproof.mock_ai.planning.script_cache import script_of
from streamproof.mock_ai.request.context import RequestContext
from streamproof.mock_ai.request.dialect import forced_dialect
from streamproof.mock_ai.serving.matching import NamedScenarios, Unmatched, choose_scenario
from streamproof.mock_ai.serving.overrides import NO_OVERRIDES, Overrides, read_overrides
from streamproof.mock_ai.serving.refusal import (
    JsonReply,
    refuse_broken,
    refuse_invalid,
    refuse_unmatched,
    refuse_unplayable,
)
from streamproof.mock_ai.serving.reply_head import with_head
from streamproof.mock_ai.serving.runs import NO_RUN, run_in, without_run

if TYPE_CHECKING:
    from collections.abc import Awaitable, Coroutine, Mapping
    from typing import Any

    from streamproof.mock_ai.endpoints.endpoint import Endpoint, EndpointCall
    from streamproof.mock_ai.http1.writer import WireScript
    from streamproof.mock_ai.playing.driver import StreamGroup
    from streamproof.mock_ai.playing.wire import Wire
    from streamproof.mock_ai.request.received import ReceivedRequest
    from streamproof.mock_ai.scenario.summary import ScenarioSummary
    from streamproof.mock_ai.serving.misses import MissReply
    from streamproof.mock_ai.serving.runs import Run
    from streamproof.mock_ai.serving.state import MockState


@dataclass(frozen=True, slots=True)
class StreamReply:
    """A script for a connection, the journal entry of its request, and the group that plays it."""

    script: WireScript
    entry: JournalEntry
    group: StreamGroup

    @property
    def status(self) -> int:
        """The status in its head."""
        return self.script.start.status

    @property
    def reusable(self) -> bool:
        """Whether another request can follow on the connection."""
        return self.entry.request.keep_alive and self.script.reusable

    def send(self, wire: Wire) -> Coroutine[Any, Any, None]:
        """Play it; raises `ConnectionError`, or is cancelled, if it ends too early."""
        return self.group.play(self.script, wire, self.entry)


ServedReply: TypeAlias = "StreamReply | JsonReply | MissReply"


async def answer(request: ReceivedRequest, state: MockState) -> ServedReply:
    """Return the reply to a request; it is not sent yet."""
    try:
        request.read_question()
        overrides = await read_overrides(request)
        forced_dialect(request)  # an unknown name is an error
    except InvalidRequest as error:
        return refuse_invalid(request, state, error)
    run = state.runs[request.run or run_in(request.question.question)]
    context = _context(request, run)
    entry = _note(context, run, overrides, state.runs.clock.now_ms())
    asked = find_endpoint(request)
    for_question = request.asks and asked is None
    found = _choose(state, run, context, for_question=for_question)
    if not isinstance(found, Unmatched):
        return await _play(_script(found, entry, run, state), entry, run, state)
    if state.misses is not None and not found.named:
        why_not = state.misses.why_not(request, state)
        if why_not is None:
            again = partial(_recorded, entry, run, state, for_question=for_question)
            return state.misses.reply(entry, run, state, again)
        found = replace(found, message=f"{found.message}; it is not passed on: {why_not}")
    if asked is None or found.named:
        return refuse_unmatched(found, entry, run, state)
    entry.endpoint = asked[0].name
    making = asyncio.to_thread(_script_of_endpoint, *asked, entry)
    return await _play(making, entry, run, state)


async def scripted_preflight(
    request: ReceivedRequest, state: MockState, scripted: Mapping[str, ScenarioSummary]
) -> ServedReply | None:
    """Return the reply of one of these scenarios to a preflight; None if no rule matches.

    Only rules choose it, because a browser sends no name of a scenario before it knows the answer.
    """
    run = state.runs[request.run or NO_RUN]
    context = _context(request, run)
    found = choose_scenario(scripted, NamedScenarios(), context)
    if isinstance(found, Unmatched):
        return None
    entry = _note(context, run, NO_OVERRIDES, state.runs.clock.now_ms())
    return await _play(_script(found, entry, run, state), entry, run, state)


async def _play(
    making: Awaitable[WireScript], entry: JournalEntry, run: Run, state: MockState
) -> ServedReply:
    """Return the reply with a script, or the reason why it cannot be played."""
    try:
        script = await making
    except InvalidScenario as error:
        name = entry.scenario or entry.endpoint
        why = f"'{name}' cannot be played for this request: {error}"
        return refuse_unplayable(entry, run, state, why)
    except Exception as error:  # noqa: BLE001  # the client gets an answer in any case
        return refuse_broken(entry, run, state, error)
    except asyncio.CancelledError:
        run.journal.end(entry, run.group.interrupted)
        raise
    entry.actions = with_head(script, entry.request, state.origins)
    return StreamReply(script, entry, run.group)


async def _script(
    found: ScenarioSummary, entry: JournalEntry, run: Run, state: MockState
) -> WireScript:
    entry.scenario = found.name
    entry.context.scenario_attempt = run.attempts.count(entry.context, found.name)
    scenario = found.loaded
    if scenario is None:
        scenario = await asyncio.to_thread(found.load)
    entry.reply = scenario.replies[scenario.index_for(entry.context)]
    return await state.script_cache.script(scenario, entry.context, entry.more_faults)


async def _recorded(
    entry: JournalEntry, run: Run, state: MockState, *, for_question: bool
) -> ServedReply | None:
    """Return the reply of a scenario that was recorded since the request arrived; else None."""
    found = _choose(state, run, entry.context, for_question=for_question)
    if isinstance(found, Unmatched):
        return None
    return await _play(_script(found, entry, run, state), entry, run, state)


def _script_of_endpoint(endpoint: Endpoint, call: EndpointCall, entry: JournalEntry) -> WireScript:
    entry.reply = endpoint.reply(call)
    return script_of(replace(entry.reply, faults=entry.more_faults), entry.context, VERBATIM)


def _context(request: ReceivedRequest, run: Run) -> RequestContext:
    """Count a request in its run."""
    run.requests += 1
    context = RequestContext(request, without_run(request.question), run.requests)
    context.message_attempt = run.attempts.count(context)
    return context


def _note(
    context: RequestContext, run: Run, overrides: Overrides, received_ms: float
) -> JournalEntry:
    entry = JournalEntry(
        context,
        run=run.id,
        speed=run.group.speed if overrides.speed is None else overrides.speed,
        more_faults=overrides.faults,
        received_ms=received_ms,
    )
    return run.journal.add(entry)


def _choose(
    state: MockState, run: Run, context: RequestContext, *, for_question: bool
) -> ScenarioSummary | Unmatched:
    """Choose a scenario; what only questions get is not for other requests."""
    request = context.request
    named = NamedScenarios(
        request.scenario,
        request.header("X-Scenario"),
        None if request.query is None else request.query.get("scenario"),
    )
    if not for_question:
        named = named._replace(in_question=False)
        return choose_scenario(state.registry.scenarios, named, context)
    named = named._replace(take_selected=run.take_selected)
    return choose_scenario(state.registry.scenarios, named, context, state.default)
