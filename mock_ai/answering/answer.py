"""What a request for a stream gets: it is noted in the journal, and a scenario chosen."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from mock_ai.actions import Finish, Send, Start
from mock_ai.actions.headers import JSON_HEADERS, reason_phrase, with_length
from mock_ai.answering.cors import cors_headers
from mock_ai.answering.matching import Named, Unmatched, choose
from mock_ai.answering.overrides import read_overrides
from mock_ai.answering.runs import NO_RUN, run_in, without_run
from mock_ai.asking import Question
from mock_ai.errors import BadRequest, WrongScenario
from mock_ai.facts import Facts
from mock_ai.planning.http1 import Write, framing_of, lay_out
from mock_ai.playing.driver import Performance
from mock_ai.playing.journal import Ended, Entry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mock_ai.answering.house import House
    from mock_ai.answering.incoming import Incoming
    from mock_ai.answering.overrides import Overrides
    from mock_ai.answering.runs import Run
    from mock_ai.asking import Asked
    from mock_ai.language.scenario import Scenario
    from mock_ai.planning.http1 import Cue, Script
    from mock_ai.playing.wire import Wire


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no stream, as JSON; `data` is the whole reply."""

    status: int
    data: bytes
    reusable: bool

    async def perform(self, wire: Wire) -> None:
        """Write it, and wait until it is gone."""
        wire.write(self.data)
        if wire.full:
            await wire.drain()


Answer: TypeAlias = Performance | Refusal
"""`perform` does all on the connection, and `reusable` tells whether another may follow there."""


async def answer(incoming: Incoming, house: House) -> Answer:
    """Return the reply to a request."""
    try:
        return await _reply(incoming, house)
    except BadRequest as error:
        return _refusal(incoming, error.status, {"error": str(error)})


async def _reply(incoming: Incoming, house: House) -> Answer:
    try:
        asked = incoming.asked(incoming.question())
        overrides = read_overrides(incoming.headers, incoming.query)
    except BadRequest:
        _note_refused(incoming, house)
        raise
    run = house.runs[incoming.run or run_in(asked.question.question)]
    entry = _note(asked, run, overrides)
    meant = asked.with_question(without_run(asked.question))
    found = _choose(house, run, incoming, meant)
    if isinstance(found, Unmatched):
        run.journal.end(entry, Ended.UNMATCHED)
        return _refusal(incoming, 404, _in_json(found))
    entry.scenario = found.name
    entry.attempt = run.attempts.count(found.name, asked.question)
    try:
        script = await house.repertoire.script(
            found,
            Facts(meant, entry.attempt, entry.request),
            overrides.faults,
            method=incoming.method,
            http_1_0=incoming.http_1_0,
        )
    except WrongScenario as error:
        run.journal.end(entry, Ended.UNPLAYABLE)
        raise BadRequest(f"'{found.name}' cannot be played for this request: {error}") from error
    except asyncio.CancelledError:
        run.journal.end(entry, run.stage.interrupted)
        raise
    # The head does not announce that a broken reply closes: clients would take it for its end.
    entry.cues = _opened(script, incoming)
    return Performance(script, entry, run.stage, incoming.keep_alive and script.reusable)


def _note(asked: Asked, run: Run, overrides: Overrides) -> Entry:
    run.requests += 1
    speed = run.stage.speed if overrides.speed is None else overrides.speed
    faults = overrides.faults
    entry = Entry(asked, run=run.id, request=run.requests, speed=speed, more_faults=faults)
    return run.journal.add(entry)


def _note_refused(incoming: Incoming, house: House) -> None:
    """Keep what asks nothing, lest a client that asks wrongly looks like one that never came."""
    run = house.runs[incoming.run or NO_RUN]
    entry = run.journal.add(Entry(incoming.asked(Question("")), run=run.id))
    run.journal.end(entry, Ended.REFUSED)


def _choose(house: House, run: Run, incoming: Incoming, meant: Asked) -> Scenario | Unmatched:
    named = Named(
        incoming.scenario,
        incoming.headers.get("X-Scenario"),
        None if incoming.query is None else incoming.query.get("scenario"),
        run.standing,
    )
    facts = Facts(meant, run.attempts.count("", meant.question), run.requests)
    return choose(house.shelf.scenarios, named, facts, house.default)


def _refusal(incoming: Incoming, status: int, value: Mapping[str, object]) -> Refusal:
    body = json.dumps(value).encode()
    headers = with_length(tuple(JSON_HEADERS.items()), len(body))
    start = Start(status, reason_phrase(status), headers)
    framing = framing_of(start, method=incoming.method, http_1_0=incoming.http_1_0)
    script = lay_out((start, Send(body), Finish()), framing)
    data = b"".join(cue.data for cue in _opened(script, incoming) if isinstance(cue, Write))
    return Refusal(status, data, incoming.keep_alive)


def _opened(script: Script, incoming: Incoming) -> tuple[Cue, ...]:
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
