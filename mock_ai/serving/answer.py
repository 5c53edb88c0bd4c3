"""The reply to a request: note it in the journal, choose a scenario, plan what it sends."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from streamproof.mock_ai.actions import Finish, Send, Start
from streamproof.mock_ai.actions.head import Framing
from streamproof.mock_ai.actions.headers import JSON_HEADERS, reason_phrase, with_length
from streamproof.mock_ai.dialects.output import ProviderError
from streamproof.mock_ai.errors import InvalidRequest, InvalidScenario
from streamproof.mock_ai.http1.writer import ScheduledWrite, framing_of, lay_out
from streamproof.mock_ai.journal.journal import JournalEntry, Refusal, ReplyEnding
from streamproof.mock_ai.request.context import RequestContext
from streamproof.mock_ai.request.dialect import fitting_dialect, forced_dialect
from streamproof.mock_ai.request.providers import is_provider_path
from streamproof.mock_ai.request.question import NO_QUESTION
from streamproof.mock_ai.request.received import allowed_methods
from streamproof.mock_ai.request.target import CHAT_PATH
from streamproof.mock_ai.serving.cors import cors_headers, is_preflight, preflight_headers
from streamproof.mock_ai.serving.matching import NamedScenarios, Unmatched, choose_scenario
from streamproof.mock_ai.serving.overrides import NO_OVERRIDES, Overrides, read_overrides
from streamproof.mock_ai.serving.runs import NO_RUN, run_in, without_run

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping, Sequence

    from streamproof.contracts.origins import Origins
    from streamproof.mock_ai.faults import Fault
    from streamproof.mock_ai.http1.writer import WireAction, WireScript
    from streamproof.mock_ai.playing.driver import StreamGroup
    from streamproof.mock_ai.playing.wire import Wire
    from streamproof.mock_ai.request.received import ReceivedRequest
    from streamproof.mock_ai.scenario.summary import ScenarioSummary
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
    found = _choose(state, run, context)
    if isinstance(found, Unmatched):
        if state.on_unmatched is not None:
            state.on_unmatched(found)
        return _refuse(
            entry, run, state.origins, ReplyEnding.UNMATCHED, _status(request), found.as_json()
        )
    return await _play(found, entry, run, state, overrides.faults)


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
    return await _play(found, entry, run, state)


async def _play(
    found: ScenarioSummary,
    entry: JournalEntry,
    run: Run,
    state: MockState,
    faults: Sequence[Fault] = (),
) -> ServedReply:
    """Return the reply of a scenario, or the reason why it cannot be played."""
    context = entry.context
    entry.scenario = found.name
    context.scenario_attempt = run.attempts.count(context, found.name)
    try:
        scenario = found.loaded
        if scenario is None:
            scenario = await asyncio.to_thread(found.load)
        script = await state.script_cache.script(scenario, context, faults)
    except InvalidScenario as error:
        why = f"'{found.name}' cannot be played for this request: {error}"
        return _refuse(
            entry, run, state.origins, ReplyEnding.UNPLAYABLE, InvalidRequest.status, {"error": why}
        )
    except asyncio.CancelledError:
        run.journal.end(entry, run.group.interrupted)
        raise
    # The head does not announce that a cut reply closes: clients would take the close for its end.
    entry.actions = _with_head(script, entry.request, state.origins)
    return StreamReply(script, entry, run.group)


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
    body = {"error": str(error)}
    return _refuse(entry, run, state.origins, ReplyEnding.REFUSED, error.status, body)


def _refuse(
    entry: JournalEntry,
    run: Run,
    origins: Origins,
    ending: ReplyEnding,
    status: int,
    body: Mapping[str, object],
) -> JsonReply:
    """Return a reply without a stream, and note it as the end of the entry.

    The client gets the error as its provider words it; the journal keeps the mock's own words.
    """
    worded = _in_dialect(entry.request, status, body)
    reply = _json_reply(entry.request, status, worded, origins)
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


def _choose(state: MockState, run: Run, context: RequestContext) -> ScenarioSummary | Unmatched:
    """Choose a scenario; what only questions get is not for other requests."""
    request = context.request
    named = NamedScenarios(
        request.scenario,
        request.header("X-Scenario"),
        None if request.query is None else request.query.get("scenario"),
    )
    if not request.asks:
        return choose_scenario(state.registry.scenarios, named, context)
    named = named._replace(take_selected=run.take_selected)
    return choose_scenario(state.registry.scenarios, named, context, state.default)


def _status(request: ReceivedRequest) -> int:
    """Return the status for a request that no scenario answers."""
    known = request.path == CHAT_PATH or is_provider_path(request.path)
    return _NOT_ALLOWED if known and not request.asks else 404


def _json_reply(
    request: ReceivedRequest, status: int, value: Mapping[str, object], origins: Origins
) -> JsonReply:
    body = json.dumps(value).encode()
    headers = with_length(tuple(JSON_HEADERS.items()), len(body))
    if status == _NOT_ALLOWED:
        headers = (*headers, ("Allow", ", ".join(allowed_methods(request.path))))
    start = Start(status, reason_phrase(status), headers, framing=Framing.LENGTH)
    framing = framing_of(start, method=request.method, http_1_0=request.http_1_0)
    script = lay_out((start, Send(body), Finish()), framing)
    actions = _with_head(script, request, origins)
    data = b"".join(action.data for action in actions if isinstance(action, ScheduledWrite))
    return JsonReply(status, data, request.keep_alive)


def _with_head(
    script: WireScript, request: ReceivedRequest, origins: Origins
) -> tuple[WireAction, ...]:
    asks = is_preflight(request.method, request.header)
    return script.with_head(
        preflight_headers(request.header, origins)
        if asks
        else cors_headers(request.header("Origin"), origins),
        http_1_0=request.http_1_0,
        keep_alive=request.keep_alive,
    )
