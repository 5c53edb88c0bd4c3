"""What a request for a stream gets: it is noted in the journal, and a scenario chosen."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from streamproof.mock_ai.actions import Finish, Send, Start
from streamproof.mock_ai.actions.headers import JSON_HEADERS, reason_phrase, with_length
from streamproof.mock_ai.errors import InvalidRequest, InvalidScenario
from streamproof.mock_ai.http1.writer import ScheduledWrite, framing_of, lay_out
from streamproof.mock_ai.journal.journal import JournalEntry, ReplyEnding
from streamproof.mock_ai.playing.driver import Performance
from streamproof.mock_ai.request.context import RequestContext
from streamproof.mock_ai.request.question import Question
from streamproof.mock_ai.serving.cors import cors_headers
from streamproof.mock_ai.serving.matching import NamedScenarios, Unmatched, choose_scenario
from streamproof.mock_ai.serving.overrides import read_overrides
from streamproof.mock_ai.serving.runs import NO_RUN, run_in, without_run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamproof.mock_ai.http1.writer import WireAction, WireScript
    from streamproof.mock_ai.playing.wire import Wire
    from streamproof.mock_ai.request.question import Asked
    from streamproof.mock_ai.request.received import ReceivedRequest
    from streamproof.mock_ai.scenario.model import Scenario
    from streamproof.mock_ai.serving.overrides import Overrides
    from streamproof.mock_ai.serving.runs import Run
    from streamproof.mock_ai.serving.state import MockState


@dataclass(frozen=True, slots=True)
class JsonReply:
    """Why there is no stream, as JSON; `data` is the whole reply."""

    status: int
    data: bytes
    reusable: bool

    async def perform(self, wire: Wire) -> None:
        """Write it, and wait until it is gone."""
        wire.write(self.data)
        if wire.full:
            await wire.drain()


Answer: TypeAlias = Performance | JsonReply
"""`perform` does all on the connection, and `reusable` tells whether another may follow there."""


async def answer(incoming: ReceivedRequest, state: MockState) -> Answer:
    """Return the reply to a request."""
    try:
        return await _reply(incoming, state)
    except InvalidRequest as error:
        return _refusal(incoming, error.status, {"error": str(error)})


async def _reply(incoming: ReceivedRequest, state: MockState) -> Answer:
    try:
        asked = incoming.asked(incoming.question())
        overrides = read_overrides(incoming.headers, incoming.query)
    except InvalidRequest:
        _note_refused(incoming, state)
        raise
    run = state.runs[incoming.run or run_in(asked.question.question)]
    entry = _note(asked, run, overrides)
    meant = asked.with_question(without_run(asked.question))
    found = _choose(state, run, incoming, meant)
    if isinstance(found, Unmatched):
        run.journal.end(entry, ReplyEnding.UNMATCHED)
        return _refusal(incoming, 404, _in_json(found))
    entry.scenario = found.name
    entry.attempt = run.attempts.count(found.name, asked.question)
    try:
        script = await state.script_cache.script(
            found,
            RequestContext(meant, entry.attempt, entry.request),
            overrides.faults,
            method=incoming.method,
            http_1_0=incoming.http_1_0,
        )
    except InvalidScenario as error:
        run.journal.end(entry, ReplyEnding.UNPLAYABLE)
        raise InvalidRequest(
            f"'{found.name}' cannot be played for this request: {error}"
        ) from error
    except asyncio.CancelledError:
        run.journal.end(entry, run.stage.interrupted)
        raise
    # The head does not announce that a broken reply closes: clients would take it for its end.
    entry.cues = _opened(script, incoming)
    return Performance(script, entry, run.stage, incoming.keep_alive and script.reusable)


def _note(asked: Asked, run: Run, overrides: Overrides) -> JournalEntry:
    run.requests += 1
    speed = run.stage.speed if overrides.speed is None else overrides.speed
    faults = overrides.faults
    entry = JournalEntry(asked, run=run.id, request=run.requests, speed=speed, more_faults=faults)
    return run.journal.add(entry)


def _note_refused(incoming: ReceivedRequest, state: MockState) -> None:
    """Keep what asks nothing, lest a client that asks wrongly looks like one that never came."""
    run = state.runs[incoming.run or NO_RUN]
    entry = run.journal.add(JournalEntry(incoming.asked(Question("")), run=run.id))
    run.journal.end(entry, ReplyEnding.REFUSED)


def _choose(
    state: MockState, run: Run, incoming: ReceivedRequest, meant: Asked
) -> Scenario | Unmatched:
    named = NamedScenarios(
        incoming.scenario,
        incoming.headers.get("X-Scenario"),
        None if incoming.query is None else incoming.query.get("scenario"),
        run.standing,
    )
    facts = RequestContext(meant, run.attempts.count("", meant.question), run.requests)
    return choose_scenario(state.registry.scenarios, named, facts, state.default)


def _refusal(incoming: ReceivedRequest, status: int, value: Mapping[str, object]) -> JsonReply:
    body = json.dumps(value).encode()
    headers = with_length(tuple(JSON_HEADERS.items()), len(body))
    start = Start(status, reason_phrase(status), headers)
    framing = framing_of(start, method=incoming.method, http_1_0=incoming.http_1_0)
    script = lay_out((start, Send(body), Finish()), framing)
    data = b"".join(
        cue.data for cue in _opened(script, incoming) if isinstance(cue, ScheduledWrite)
    )
    return JsonReply(status, data, incoming.keep_alive)


def _opened(script: WireScript, incoming: ReceivedRequest) -> tuple[WireAction, ...]:
    return script.opened(
        cors_headers(incoming.headers),
        http_1_0=incoming.http_1_0,
        keep_alive=incoming.keep_alive,
    )


def _in_json(found: Unmatched) -> Mapping[str, object]:
    near = [
        {**near._asdict(), "fields": [field._asdict() for field in near.fields]}
        for near in found.near
    ]
    return {"error": found.message, "near": near}
