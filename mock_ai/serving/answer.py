"""The reply to a request: note it in the journal, choose a scenario, plan what it sends."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from streamproof.mock_ai.actions import Finish, Send, Start
from streamproof.mock_ai.actions.head import Framing
from streamproof.mock_ai.actions.headers import JSON_HEADERS, reason_phrase, with_length
from streamproof.mock_ai.dialects.output import ProviderError
from streamproof.mock_ai.endpoints import endpoints_at, find_endpoint
from streamproof.mock_ai.errors import InvalidRequest, InvalidScenario
from streamproof.mock_ai.http1.writer import ScheduledWrite, framing_of, lay_out
from streamproof.mock_ai.journal.journal import JournalEntry, Refusal, ReplyEnding
from streamproof.mock_ai.planning.dialect_of_reply import VERBATIM
from streamproof.mock_ai.planning.script_cache import script_of
from streamproof.mock_ai.request.context import RequestContext
from streamproof.mock_ai.request.dialect import fitting_dialect, forced_dialect
from streamproof.mock_ai.request.providers import is_provider_path
from streamproof.mock_ai.request.question import NO_QUESTION
from streamproof.mock_ai.request.received import allowed_methods
from streamproof.mock_ai.request.target import CHAT_PATH
from streamproof.mock_ai.serving.cors import cors_headers
from streamproof.mock_ai.serving.matching import NamedScenarios, Unmatched, choose_scenario
from streamproof.mock_ai.serving.overrides import read_overrides
from streamproof.mock_ai.serving.runs import NO_RUN, run_in, without_run

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping, Sequence

    from streamproof.mock_ai.endpoints.endpoint import Endpoint, EndpointCall
    from streamproof.mock_ai.faults import Fault
    from streamproof.mock_ai.http1.writer import WireAction, WireScript
    from streamproof.mock_ai.playing.driver import StreamGroup
    from streamproof.mock_ai.playing.wire import Wire
    from streamproof.mock_ai.request.received import ReceivedRequest
    from streamproof.mock_ai.scenario.summary import ScenarioSummary
    from streamproof.mock_ai.serving.overrides import Overrides
    from streamproof.mock_ai.serving.runs import Run
    from streamproof.mock_ai.serving.state import MockState


_NOT_ALLOWED: Final = 405


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


@dataclass(frozen=True, slots=True)
class JsonReply:
    """The reason why there is no stream, as JSON; `data` is the whole reply."""

    status: int
    data: bytes
    reusable: bool

    async def send(self, wire: Wire) -> None:
        """Write it, and wait until the kernel has it."""
        wire.write(self.data)
        if wire.full:
            await wire.drain()


ServedReply: TypeAlias = StreamReply | JsonReply


async def answer(request: ReceivedRequest, state: MockState) -> ServedReply:
    """Return the reply to a request; it is not sent yet."""
    try:
        request.read_question()
        overrides = await read_overrides(request)
        forced_dialect(request)  # an unknown name is an error
    except InvalidRequest as error:
        return _refuse_invalid(request, state, error)
    run = state.runs[request.run or run_in(request.question.question)]
    context = _context(request, run)
    entry = _note(context, run, overrides, state.runs.clock.now_ms())
    asked = find_endpoint(request)
    found = _choose(state, run, context, for_question=request.asks and asked is None)
    try:
        if not isinstance(found, Unmatched):
            script = await _of_scenario(found, entry, run, state)
        elif asked is not None and not found.named:
            entry.endpoint = asked[0].name
            script = await asyncio.to_thread(_of_endpoint, *asked, context, overrides.faults)
        else:
            return _refuse_unmatched(found, entry, run, state)
    except InvalidScenario as error:
        why = f"'{entry.scenario or entry.endpoint}' cannot be played for this request: {error}"
        return _refuse(entry, run, ReplyEnding.UNPLAYABLE, InvalidRequest.status, {"error": why})
    except asyncio.CancelledError:
        run.journal.end(entry, run.group.interrupted)
        raise
    # The head does not announce that a cut reply closes: clients would take the close for its end.
    entry.actions = _with_head(script, request)
    return StreamReply(script, entry, run.group)


async def _of_scenario(
    found: ScenarioSummary, entry: JournalEntry, run: Run, state: MockState
) -> WireScript:
    entry.scenario = found.name
    entry.context.scenario_attempt = run.attempts.count(entry.context, found.name)
    scenario = found.loaded
    if scenario is None:
        scenario = await asyncio.to_thread(found.load)
    return await state.script_cache.script(scenario, entry.context, entry.more_faults)


def _of_endpoint(
    endpoint: Endpoint, call: EndpointCall, context: RequestContext, faults: Sequence[Fault]
) -> WireScript:
    reply = replace(endpoint.reply(call), faults=tuple(faults))
    return script_of(reply, context, VERBATIM)


def _refuse_unmatched(
    found: Unmatched, entry: JournalEntry, run: Run, state: MockState
) -> JsonReply:
    if state.on_unmatched is not None:
        state.on_unmatched(found)
    return _refuse(entry, run, ReplyEnding.UNMATCHED, _status(entry.request), found.as_json())


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


def _refuse_invalid(request: ReceivedRequest, state: MockState, error: InvalidRequest) -> JsonReply:
    """Refuse an invalid request; note it, so that it does not look as if it never came."""
    run = state.runs[request.run or NO_RUN]
    request.question = NO_QUESTION
    context = RequestContext(request, NO_QUESTION, request_number=0, message_attempt=0)
    received_ms = state.runs.clock.now_ms()
    entry = run.journal.add(JournalEntry(context, run=run.id, received_ms=received_ms))
    return _refuse(entry, run, ReplyEnding.REFUSED, error.status, {"error": str(error)})


def _refuse(
    entry: JournalEntry, run: Run, ending: ReplyEnding, status: int, body: Mapping[str, object]
) -> JsonReply:
    """Return a reply without a stream, and note it as the end of the entry.

    The client gets the error as its provider words it; the journal keeps the mock's own words.
    """
    reply = _json_reply(entry.request, status, _in_dialect(entry.request, status, body))
    entry.refusal = Refusal(status, body, reply.data, run.group.scheduler.clock.now_ms())
    run.journal.end(entry, ending)
    return reply


def _in_dialect(
    request: ReceivedRequest, status: int, body: Mapping[str, object]
) -> Mapping[str, object]:
    """Return an error in the words of the provider whose path it is, with the near scenarios."""
    dialect = fitting_dialect(request)
    if dialect is None:
        return body
    near: Any = body.get("near", ())
    names = ", ".join(miss["scenario"] for miss in near)
    message = f"{body['error']}{f'; the nearest are: {names}' if names else ''}"
    return {**dialect.error_body(ProviderError(status, message)), "near": [*near]}


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


def _status(request: ReceivedRequest) -> int:
    """Return the status for a request that no scenario answers."""
    allowed = _allowed_methods(request.path)
    return _NOT_ALLOWED if allowed and request.method not in allowed else 404


def _allowed_methods(path: str) -> tuple[str, ...]:
    """Return the methods that a path is for; none if it is for any."""
    if path == CHAT_PATH or is_provider_path(path):
        return allowed_methods(path)
    return tuple(dict.fromkeys(method for one in endpoints_at(path) for method in one.methods))


def _json_reply(request: ReceivedRequest, status: int, value: Mapping[str, object]) -> JsonReply:
    body = json.dumps(value).encode()
    headers = with_length(tuple(JSON_HEADERS.items()), len(body))
    if status == _NOT_ALLOWED:
        headers = (*headers, ("Allow", ", ".join(_allowed_methods(request.path))))
    start = Start(status, reason_phrase(status), headers, framing=Framing.LENGTH)
    framing = framing_of(start, method=request.method, http_1_0=request.http_1_0)
    script = lay_out((start, Send(body), Finish()), framing)
    actions = _with_head(script, request)
    data = b"".join(action.data for action in actions if isinstance(action, ScheduledWrite))
    return JsonReply(status, data, request.keep_alive)


def _with_head(script: WireScript, request: ReceivedRequest) -> tuple[WireAction, ...]:
    return script.with_head(
        cors_headers(request.header("Origin")),
        http_1_0=request.http_1_0,
        keep_alive=request.keep_alive,
    )
