"""What a request for a stream gets: it is read, noted in the journal, and a scenario chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import HttpVersion11, web

from mock_ai.answering.cors import cors_headers
from mock_ai.answering.matching import Named, Unmatched, choose
from mock_ai.answering.overrides import read_overrides
from mock_ai.answering.runs import run_in, without_run
from mock_ai.asking import Asked, kept_headers, read_body, read_fields
from mock_ai.errors import BadRequest, WrongScenario
from mock_ai.facts import Facts
from mock_ai.playing.driver import ScriptedResponse
from mock_ai.playing.journal import Ended, Entry

if TYPE_CHECKING:
    from mock_ai.answering.house import House
    from mock_ai.answering.runs import Run
    from mock_ai.language.scenario import Scenario


async def answer(
    request: web.BaseRequest, house: House, run_id: str | None, prefix: str | None
) -> web.StreamResponse:
    """Return the reply to a request of which the URL names a run and a scenario, or does not.

    Raises `BadRequest`, and what aiohttp raises for a body that is too large.
    """
    query = request.query if "?" in request.raw_path else None  # a URL is slow to look into
    asked = await _read(request)
    overrides = read_overrides(request.headers, query)
    run = house.runs[run_id or run_in(asked.question.question)]
    speed = run.stage.speed if overrides.speed is None else overrides.speed
    entry = run.journal.add(Entry(asked, run=run.id, speed=speed, more_faults=overrides.faults))
    meant = asked.with_question(without_run(asked.question))
    named = Named(
        prefix,
        request.headers.get("X-Scenario"),
        query.get("scenario") if query else None,
        run.standing,
    )
    found = _choose(house, run, named, meant)
    if isinstance(found, Unmatched):
        run.journal.end(entry, Ended.UNMATCHED)
        return _unmatched(found)
    entry.scenario = found.name
    entry.attempt = run.attempts.count(found.name, asked.question)
    try:
        script = house.repertoire.script(
            found,
            Facts(meant, entry.attempt),
            overrides.faults,
            method=request.method,
            http_1_0=request.version < HttpVersion11,
        )
    except WrongScenario as error:
        run.journal.end(entry, Ended.UNPLAYABLE)
        raise BadRequest(f"'{found.name}' cannot be played for this request: {error}") from error
    return ScriptedResponse(script, cors_headers(request.headers), entry, run.stage)


async def _read(request: web.BaseRequest) -> Asked:
    body = b""
    if request.method == "POST":
        content = request.content
        body = content.read_nowait() if content.is_eof() else await request.read()
        question = read_body(request.headers.get("Content-Type", ""), body)
    else:
        question = read_fields(request.query)
    headers = kept_headers(request.headers.items())
    return Asked(request.method, request.raw_path, headers, body, question)


def _choose(house: House, run: Run, named: Named, meant: Asked) -> Scenario | Unmatched:
    facts = Facts(meant, run.attempts.count("", meant.question))
    return choose(house.shelf.scenarios, named, facts, house.default)


def _unmatched(found: Unmatched) -> web.Response:
    near = [
        {**near._asdict(), "fields": [field._asdict() for field in near.fields]}
        for near in found.near
    ]
    return web.json_response({"error": found.message, "near": near}, status=404)
